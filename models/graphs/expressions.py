"""Expressions that users write: CEL, the Common Expression Language, which cannot loop, write or reach anything.

It can still go over a list within a list within a list. What that may come to is known before: an expression that would
take long, or much memory, is refused and not begun, since it would hold up everybody's steps.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import cel
import pydantic_core

from ..errors import ExpressionFailed

MOST_CHARACTERS = 2_000
BOUND = re.compile(r"\.(?:all|exists|exists_one|filter|map)\(\s*([A-Za-z_]\w*)\s*,")
"""Names that a macro of CEL binds, which the parser counts as variables."""

MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*$")
STRING = re.compile(r"""[rRbB]{0,2}(\"\"\"|'''|"|')(?:\\.|(?!\1).)*\1""", re.DOTALL)
MOST_WORK = 200_000_000
"""Bytes of values that an expression may come to look at, in the worst case: about a second."""


def problem(expression: str, known: frozenset[str] | None = None) -> str | None:
    """What is wrong with an expression, in a line; None if it can be run. ``known``: the variables that it may use."""
    if len(expression) > MOST_CHARACTERS:
        return f"longer than {MOST_CHARACTERS} characters"
    try:
        program = cel.compile(expression)
    except ValueError as error:
        return _first_line(error)
    bound = set(BOUND.findall(expression))
    unknown = sorted(set(program.variables()) - bound - known) if known is not None else []
    return f"unknown names: {', '.join(unknown)}" if unknown else None


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """The expression's value as JSON; raises ``ExpressionFailed`` where it cannot be computed of these variables."""
    if work(expression, variables) > MOST_WORK:
        raise ExpressionFailed(reason="it would go over too much: fewer items, or fewer lists within lists")
    try:
        value = cel.evaluate(expression, dict(variables))
    except (ValueError, TypeError, LookupError, RuntimeError, ArithmeticError) as error:
        raise ExpressionFailed(reason=_first_line(error) or type(error).__name__) from error
    return pydantic_core.to_jsonable_python(value, fallback=str)


def work(expression: str, variables: Mapping[str, Any]) -> int:
    """Bytes that it may come to look at: all of them, again for every item of every list that it goes over.

    A macro whose body names none of the variables looks at its own items only.
    """
    size = len(pydantic_core.to_json(dict(variables), fallback=str))
    depth, again = _nesting(STRING.sub("''", expression), variables.keys())
    return (
        size * len(expression) if not depth else size * max(1, _longest(variables)) ** (depth if again else depth - 1)
    )


def _nesting(expression: str, names: Iterable[str]) -> tuple[int, bool]:
    """How deep macros lie within macros, and whether a body names one of the variables."""
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, names)) or '$^'})\b")
    depth = deepest = 0
    again, opened = False, list[bool]()
    for at, sign in enumerate(expression):
        if sign == "(":
            opened.append(bool(MACRO.search(expression, 0, at)))
            depth += opened[-1]
            deepest = max(deepest, depth)
        elif sign == ")" and opened:
            depth -= opened.pop()
        elif depth and named.match(expression, at):
            again = True
    return deepest, again


def _longest(value: Any) -> int:
    """Items of the longest list or object within."""
    if isinstance(value, str):
        return 1
    if isinstance(value, Mapping):
        return max([len(value), *map(_longest, value.values())])
    if isinstance(value, list | tuple):
        return max([len(value), *map(_longest, value)])
    return 1


def _first_line(error: Exception) -> str:
    return str(error).partition("ERROR: ")[2].splitlines()[0] if "ERROR: " in str(error) else str(error)[:200]
