"""Steps that are computed at once, of their values alone."""

from collections.abc import Callable, Mapping
from typing import Any

from models.errors import ExpressionFailed
from models.graphs.expressions import evaluate
from models.graphs.graph import Node

from .values import Values

Compute = Callable[[Node, Values, Mapping[str, Any]], Values]
"""Of the node, the values at its ports and the run's inputs by name: what it gives, by port."""


def truth(expression: str, value: Any, inputs: Any) -> bool:
    """Raises ``ExpressionFailed`` for what is neither true nor false."""
    found = evaluate(expression, {"value": value, "inputs": inputs})
    if not isinstance(found, bool):
        raise ExpressionFailed(reason=f"true or false is wanted, not {found!r}"[:200])
    return found


def _condition(node: Node, values: Values, inputs: Mapping[str, Any]) -> Values:
    held = truth(node.parameters["expression"], values["value"], inputs)
    return {"true" if held else "false": values["value"]}


def _switch(node: Node, values: Values, inputs: Mapping[str, Any]) -> Values:
    for case in node.parameters["cases"]:
        if truth(case["expression"], values["value"], inputs):
            return {case["name"]: values["value"]}
    return {"otherwise": values["value"]}


def _transform(node: Node, values: Values, inputs: Mapping[str, Any]) -> Values:
    variables = {"value": values.get("value"), "inputs": values.get("inputs", [])}
    result = evaluate(node.parameters["expression"], variables)
    wanted = node.parameters.get("kind", "json")
    kinds: dict[str, tuple[type, ...]] = {"text": (str,), "number": (int, float), "boolean": (bool,)}
    if wanted in kinds and (
        not isinstance(result, kinds[wanted]) or (isinstance(result, bool) != (wanted == "boolean"))
    ):
        raise ExpressionFailed(reason=f"{wanted} is wanted, not {result!r}"[:200])
    return {"result": result}


def _collect(node: Node, values: Values, inputs: Mapping[str, Any]) -> Values:
    return {"items": values["values"]}


def _join(node: Node, values: Values, inputs: Mapping[str, Any]) -> Values:
    return {"value": values["values"][0]}


def _output(node: Node, values: Values, inputs: Mapping[str, Any]) -> Values:
    return {"value": values["value"]}


COMPUTED: dict[str, Compute] = {
    "condition": _condition,
    "switch": _switch,
    "transform": _transform,
    "collect": _collect,
    "join": _join,
    "output": _output,
}
