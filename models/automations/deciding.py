"""Whether a firing becomes a run: one list of reasons why not, in the order in which they are looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..graphs.expressions import evaluate

MOST_FAILURES = 10
"""In a row; then an automation pauses itself."""
MOST_DEPTH = 5
"""How many automations may have led to each other."""
DELIBERATE = ("manual", "backfill")
"""Somebody asked for it just now: also while the automation is paused."""


@dataclass(frozen=True)
class Facts:
    """All that a decision rests on. ``busy``: runs with the same concurrency key that go on.

    ``overlaps``: the schedule's run before goes on, and its policy is to skip then.
    """

    automation_id: str
    state: str
    why: str
    ancestry: Sequence[str] = ()
    repeated: bool = False
    overlaps: bool = False
    condition: str | None = None
    event: Mapping[str, Any] | None = None
    busy: int = 0
    at_once: int = 1
    keyed: bool = False


def refusal(facts: Facts) -> str | None:
    """Why it does not run; None if it does. Raises ``ExpressionFailed`` where the condition cannot be computed."""
    if facts.state != "active" and facts.why not in DELIBERATE:
        return "paused"
    if facts.repeated:
        return "repeated_time"
    if facts.overlaps:
        return "overlap"
    if facts.automation_id in facts.ancestry:
        return "own_doing"
    if len(facts.ancestry) >= MOST_DEPTH:
        return "too_deep"
    if facts.condition is not None and evaluate(facts.condition, {"event": facts.event or {}}) is not True:
        return "condition"
    if facts.keyed and facts.busy >= facts.at_once:
        return "busy"
    return None


def filled(values: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs or parameters with every ``{"expression": CEL}`` computed of the event; raises ``ExpressionFailed``."""
    return {name: _filled(value, event) for name, value in values.items()}


def expressions(values: Mapping[str, Any]) -> dict[str, str]:
    """The expressions among inputs or parameters, by name."""
    return {name: value["expression"] for name, value in values.items() if _computed(value)}


def _filled(value: Any, event: Mapping[str, Any]) -> Any:
    return evaluate(value["expression"], {"event": event}) if _computed(value) else value


def _computed(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"expression"} and isinstance(value["expression"], str)
