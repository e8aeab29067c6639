"""The beginning and the end of a run, each one transaction, safe to repeat."""

import structlog
from temporalio import activity

from models.payloads.runs import Begun, RunEnd, RunEndOrder, RunOrder
from models.repositories.run_steps import RunSteps
from models.repositories.runs import Runs
from models.session import Database
from temporal.errors import job_ended

from .book import Books
from .notes import Notes

log = structlog.get_logger(__name__)


class RunActivities:
    """Local activities of ``PipelineRunWorkflow``; whoever ends a run first wins, and both learn who did."""

    def __init__(self, database: Database, books: Books) -> None:
        self._database = database
        self._books = books
        self._notes = Notes(database)

    @activity.defn(name="runs.begin")
    async def begin(self, order: RunOrder) -> Begun:
        """The plan, and which steps have ended before this history began."""
        async with self._database.transaction() as session:
            run = await Runs(session).begin(order.run_id)
            if run is None:
                raise job_ended()
            given = await RunSteps(session).given(order.run_id, "")
        book = self._books.keep(run)
        await self._notes.tell(run)
        return Begun(plan=book.plan, given={"": given})

    @activity.defn(name="runs.end")
    async def end(self, order: RunEndOrder) -> RunEnd:
        """Outputs, status and event of a run, and what is left of its hold given back."""
        async with self._database.transaction() as session:
            status = await Runs(session).end(order.run_id, order.status, order.error, order.step)
            run = await Runs(session).of_work(order.run_id)
        log.info("run ended", run_id=order.run_id, status=status)
        await self._notes.tell(run)
        return RunEnd(status=status)
