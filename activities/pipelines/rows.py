"""Rows of runs and steps as the activities of pipelines take and tell them."""

from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import DomainError
from models.payloads.runs import StepEnd, StepOrder
from models.repositories.run_steps import RunSteps
from models.repositories.runs import Runs
from models.tables import Run, RunStep
from temporal.errors import job_ended

from .book import Place
from .values import Values


async def open_run(session: AsyncSession, run_id: str) -> Run:
    """The run, locked with its account; one that has ended ends the activity for good."""
    run = await Runs(session).lock(run_id)
    if run is None:
        raise job_ended()
    return run


async def open_row(session: AsyncSession, order: StepOrder) -> tuple[Run, RunStep]:
    """The locked run and the row of a step that was begun."""
    run = await open_run(session, order.run_id)
    row = await RunSteps(session).get(order.run_id, order.step)
    if row is None:
        raise job_ended()
    return run, row


def branch(place: Place, error: dict[str, object]) -> Values:
    """What a failed step gives: its error, where the drawing has a way for it."""
    return {"error": error} if place.node.on_error == "branch" else {}


def end_of(row: RunStep) -> StepEnd:
    """A row that has ended, as the workflow is told of it."""
    error = row.error if row.status == "failed" else None
    retryable = error is not None and DomainError.from_wire(error).retryable
    return StepEnd(ports=sorted(row.outputs), error=error, retryable=retryable)
