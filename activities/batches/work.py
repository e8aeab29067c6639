"""The beginning and the end of a batch and of the rows of a pipeline's, each one transaction, safe to repeat."""

from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from models.errors import DomainError, Interrupted
from models.graphs.graph import Graph
from models.payloads.batches import (
    BatchEnd,
    BatchEndOrder,
    BatchOrder,
    BatchPlan,
    RowOrder,
    RowStart,
)
from models.payloads.jobs import PriorityName
from models.payloads.runs import OPEN_RUN
from models.repositories.batch_rows import BatchRows
from models.repositories.batches import Batches, hold_of
from models.repositories.events import Events
from models.repositories.runs import Runs, view_open
from models.session import Database
from models.settings import Settings
from models.tables import Batch, BatchRow, Run
from temporal.errors import job_ended
from temporal.heartbeat import until

from ..run_opening import RunOpener, Wanted
from ..tools.base import Catalogue

MOST_ROWS_OF_HISTORY = 2_000
"""More than one history has room for: what is left is told to the next."""


log = structlog.get_logger(__name__)


class BatchActivities:
    """Activities of ``BatchWorkflow``; whoever ends a batch first wins, and both learn who did."""

    def __init__(self, database: Database, settings: Settings, catalogue: Catalogue) -> None:
        self._database = database
        self._settings = settings
        self._catalogue = catalogue

    @activity.defn(name="batches.begin")
    async def begin(self, order: BatchOrder) -> BatchPlan:
        """What is left to be done of this round."""
        async with self._database.transaction() as session:
            batch = await Batches(session).begin(order.batch_id, order.round)
            if batch is None:
                raise job_ended()
            rows = BatchRows(session)
            plan = BatchPlan(
                activity=f"tools.{batch.tool_id}" if batch.tool_id else None,
                queue=batch.queue,
                timeout=batch.timeout,
                concurrency=batch.concurrency,
                paused=batch.status == "paused",
                chunks=await rows.open_chunks(batch) if batch.tool_id else [],
                rows=[] if batch.tool_id else await rows.open_numbers(batch.id, MOST_ROWS_OF_HISTORY),
            )
        await self._tell(batch)
        return plan

    @activity.defn(name="batches.open_row")
    async def open_row(self, order: RowOrder) -> RowStart:
        """Open the run of a row, its hold carved out of the batch's; a row that cannot be run has failed."""
        try:
            async with self._database.transaction() as session:
                batch, row = await self._locked(session, order)
                if row is None:
                    return RowStart()
                if row.run_id is not None:
                    return RowStart(run=view_open(await Runs(session).of_work(row.run_id)))
                if batch.status == "paused":
                    return RowStart(paused=True)
                return RowStart(run=view_open(await self._open(session, batch, row)))
        except DomainError as error:
            if error.retryable:
                raise
            await self._fail(order, error)
            return RowStart()

    @activity.defn(name="batches.close_row")
    async def close_row(self, order: RowOrder) -> None:
        """End a row as its run has ended; a run whose workflow is gone ends here."""
        async with self._database.transaction() as session:
            batch, row = await self._locked(session, order)
            if row is None or row.run_id is None:
                return
            await Runs(session).end(row.run_id, "failed", Interrupted().wire(), None)
            await BatchRows(session).close(batch, row, await Runs(session).of_work(row.run_id))
        await self._tell(batch)

    @activity.defn(name="batches.await_run")
    async def await_run(self, run_id: str) -> None:
        """Returns when a run that somebody else started has ended."""

        async def ended() -> bool:
            async with self._database.transaction() as session:
                return (await Runs(session).of_work(run_id)).status not in OPEN_RUN

        await until(ended)

    @activity.defn(name="batches.end")
    async def end(self, order: BatchEndOrder) -> BatchEnd:
        """Status and event of a batch, and what is left of its hold given back."""
        async with self._database.transaction() as session:
            batch = await Batches(session).end(order.batch_id, order.status, order.error)
        took = (datetime.now(UTC) - batch.created_at).total_seconds()
        log.info("batch ended", batch_id=batch.id, status=batch.status, rows=batch.total, seconds=round(took, 1))
        await self._tell(batch)
        return BatchEnd(status=batch.status)

    async def _open(self, session: AsyncSession, batch: Batch, row: BatchRow) -> Run:
        opener = RunOpener(
            self._catalogue, self._settings, batch.account_id, batch.user_id, batch.language, batch.request_id
        )
        wanted = Wanted(
            Graph.model_validate(batch.graph),
            {**batch.parameters["inputs"], **row.input["inputs"]},
            row.ceiling,
            PriorityName(batch.priority),
            batch.pipeline_id,
            batch.pipeline_version,
            hold=hold_of(batch),
            expanded=True,
        )
        run = await opener.open(session, wanted)
        row.run_id, row.state = run.id, "running"
        await session.flush()
        return run

    async def _fail(self, order: RowOrder, error: DomainError) -> None:
        async with self._database.transaction() as session:
            batch, row = await self._locked(session, order)
            if row is not None and row.run_id is None:
                await BatchRows(session).fail(batch, row, error.wire())
        await self._tell(batch)

    async def _locked(self, session: AsyncSession, order: RowOrder) -> tuple[Batch, BatchRow | None]:
        """The open batch, and its row unless that has ended."""
        batch = await Batches(session).lock(order.batch_id)
        if batch is None:
            raise job_ended()
        row = await BatchRows(session).get(batch, order.number)
        return batch, row if row is not None and row.state in ("pending", "running") else None

    async def _tell(self, batch: Batch) -> None:
        await self._database.once(lambda session: Events(session).hint(batch.account_id, batch.id))
