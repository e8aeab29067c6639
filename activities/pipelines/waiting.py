"""What a step waits for: a time, a person's approval, or more credits; as it is kept on its row."""

from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity

from models.errors import BudgetRefused, InsufficientCredits
from models.graphs.graph import Node
from models.payloads.runs import StepOrder, StepStart
from models.repositories.pauses import PAUSED, Pauses
from models.repositories.run_steps import RunSteps
from models.session import Database
from models.tables import Run, RunStep

from .book import Books, Place
from .notes import Notes
from .rows import branch, end_of, open_row, open_run
from .values import bound

DECIDED_BY_PEOPLE = frozenset({"approval", "budget"})
PAUSED_DAYS = 30
BUDGET_DAYS = 7
"""After which an unanswered question for more credits counts as refused."""


class WaitActivities:
    """Begins waits, and finds out how they ended."""

    def __init__(self, database: Database, books: Books) -> None:
        self._database = database
        self._books = books
        self._notes = Notes(database)

    @activity.defn(name="steps.wake")
    async def wake(self, order: StepOrder) -> StepStart:
        """What became of a step that waited: it ended, or waits on, or may now be opened again (all empty)."""
        place = (await self._books.of(order.run_id)).place(order.step)
        values = await bound(self._database, order.run_id, order.step, place)
        async with self._database.transaction() as session:
            run, row = await open_row(session, order)
            if row.status != "waiting" or row.waiting is None:
                return StepStart(ended=end_of(row))
            kind, decision = row.waiting["kind"], row.decision
            if kind in DECIDED_BY_PEOPLE and decision is None and left(row) > 0:
                return StepStart(waits="decision", seconds=left(row))
            approved = bool(decision and decision["approved"])
            await self._go_on(RunSteps(session), run, row)
            if kind == PAUSED or (kind == "budget" and approved):
                row.attempt -= 1  # so that it is opened again
                return StepStart()
            if kind == "budget":
                error = needed_more(row).wire()
                await RunSteps(session).fail(run, row, error, branch(place, error))
            else:
                port = "value" if kind == "time" else "approved" if approved else "refused"
                await RunSteps(session).end(run, row, {port: values["value"]})
        await self._notes.tell(run)
        return StepStart(ended=end_of(row))

    async def begin(self, order: StepOrder, place: Place, waiting: dict[str, Any]) -> StepStart:
        """Write that the step waits, and in which workflow."""
        waiting = waiting | {"workflow_id": activity.info().workflow_id}
        async with self._database.transaction() as session:
            run = await open_run(session, order.run_id)
            if waiting["kind"] == PAUSED and not await Pauses(session).holds(str(place.node.tool)):
                return StepStart()  # resumed meanwhile: it is opened again
            row = await RunSteps(session).begin(
                run,
                order.step,
                place.node.type,
                status="waiting",
                waiting=waiting,
                decision=None,
                attempt=order.attempt,
                tool_id=place.node.tool,
            )
            if waiting["kind"] in DECIDED_BY_PEOPLE:
                run.status = "waiting"
        await self._notes.tell(run)
        kind = "decision" if waiting["kind"] in DECIDED_BY_PEOPLE else "time"
        return StepStart(waits=kind, seconds=left(row))

    async def _go_on(self, steps: RunSteps, run: Run, row: RunStep) -> None:
        """The run no longer waits, unless for another step."""
        row.status = "running"
        await steps.session.flush()
        if run.status == "waiting" and not await steps.waiting_for_people(run.id):
            run.status = "running"


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


def paused() -> dict[str, Any]:
    """Until an operator resumes the tool; looked at again after a month."""
    return {"kind": PAUSED, "until": _iso(datetime.now(UTC) + timedelta(days=PAUSED_DAYS))}


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
