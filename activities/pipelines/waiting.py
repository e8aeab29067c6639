"""What a step waits for: a time, a person's approval, or more credits; as it is kept on its row."""

from datetime import UTC, datetime, timedelta
from typing import Any

from models.errors import BudgetRefused, InsufficientCredits
from models.graphs.graph import Node
from models.tables import RunStep

DECIDED_BY_PEOPLE = frozenset({"approval", "budget"})
BUDGET_DAYS = 7
"""After which an unanswered question for more credits counts as refused."""


def waits(node: Node, short: InsufficientCredits | None = None) -> dict[str, Any]:
    """``kind`` and ``until``, and what is asked. ``short``: where credits of budget or account are wanting."""
    now = datetime.now(UTC)
    if short is not None:
        asked = {"needed": int(short.params["needed"]), "left": int(short.params["available"])}
        return {"kind": "budget", **asked, "until": _iso(now + timedelta(days=BUDGET_DAYS))}
    parameters = node.parameters
    if node.type == "approval":
        until = now + timedelta(days=float(parameters.get("days", 7)))
        return {"kind": "approval", "title": parameters.get("title", ""), "until": _iso(until)}
    if parameters.get("until"):
        return {"kind": "time", "until": _iso(datetime.fromisoformat(parameters["until"]))}
    return {"kind": "time", "until": _iso(now + timedelta(seconds=float(parameters["seconds"])))}


def left(row: RunStep) -> float:
    """Seconds until the waiting ends by itself; 0 if that is past."""
    if row.waiting is None:
        return 0.0
    return max(0.0, (datetime.fromisoformat(row.waiting["until"]) - datetime.now(UTC)).total_seconds())


def needed_more(row: RunStep) -> BudgetRefused:
    """Why a step that waited for more credits fails."""
    assert row.waiting is not None
    return BudgetRefused(needed=row.waiting["needed"], left=row.waiting["left"])


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
