"""Expressions that users write: CEL, the Common Expression Language, which cannot loop, write or reach anything."""

import re
from collections.abc import Mapping
from typing import Any

import cel
import pydantic_core

from ..errors import ExpressionFailed

MOST_CHARACTERS = 2_000
BOUND = re.compile(r"\.(?:all|exists|exists_one|filter|map)\(\s*([A-Za-z_]\w*)\s*,")
"""Names that a macro of CEL binds, which the parser counts as variables."""


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
    try:
        value = cel.evaluate(expression, dict(variables))
    except (ValueError, TypeError, LookupError, RuntimeError, ArithmeticError) as error:
        raise ExpressionFailed(reason=_first_line(error) or type(error).__name__) from error
    return pydantic_core.to_jsonable_python(value, fallback=str)


def _first_line(error: Exception) -> str:
    return str(error).partition("ERROR: ")[2].splitlines()[0] if "ERROR: " in str(error) else str(error)[:200]
