"""In what two runs differ."""

from typing import Any

from .schemas.runs import Difference, RunView


def differences(here: RunView, there: RunView, graph: dict[str, Any], other: dict[str, Any]) -> list[Difference]:
    """Inputs, parameters of steps, outputs and credits that are not the same, by path."""
    found: list[Difference] = []
    _compare("inputs", here.inputs, there.inputs, found)
    _compare("", _parameters(graph), _parameters(other), found)
    _compare("outputs", here.outputs, there.outputs, found)
    credits = [{step.step: step.credits for step in run.steps} for run in (here, there)]
    _compare("credits", credits[0] | {"used": here.credits.used}, credits[1] | {"used": there.credits.used}, found)
    return found


def _parameters(graph: dict[str, Any]) -> dict[str, Any]:
    return {node["id"]: {"parameters": node.get("parameters", {})} for node in graph.get("nodes", [])}


def _compare(path: str, here: Any, there: Any, found: list[Difference]) -> None:
    if isinstance(here, dict) and isinstance(there, dict):
        for key in sorted(here.keys() | there.keys()):
            _compare(f"{path}.{key}" if path else str(key), here.get(key), there.get(key), found)
    elif here != there:
        found.append(Difference(path=path, here=here, there=there))
