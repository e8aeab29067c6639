"""The life of a batch's row: opened with one hold for all rows, begun, paused, ended once, tried again for what failed.

Lock order everywhere: account, batch, its rows, runs, jobs, grants.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import BatchEnded, BatchOpen, NotFound
from ..payloads.batches import OPEN_BATCH, OPEN_ROW, OpenBatch
from ..payloads.jobs import PriorityName
from ..tables import Account, Batch, BatchRow
from .credits import Credits
from .events import Events
from .runs import Runs

OPEN_STATES = Batch.status.in_(OPEN_BATCH)
TOLD_EVERY = timedelta(seconds=0.5)


def hold_of(batch: Batch) -> str:
    """The hold of the batch's present round."""
    return f"{batch.id}.{batch.round}"


class Batches:
    """Verbs of batches inside the caller's transaction. A batch that is not the account's own does not exist."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.events = Events(session)
        self.credits = Credits(session)

    async def open(self, batch: Batch, rows: list[dict[str, Any]]) -> Batch:
        """Set the rows' ceilings aside by one hold and write batch, rows and first event; raises
        ``InsufficientCredits``. ``rows`` are values of ``BatchRow``, numbered from 1; those with an error have failed.
        """
        batch.round = 1
        batch.total = len(rows)
        batch.failed = sum(row["error"] is not None for row in rows)
        batch.committed = sum(row["ceiling"] for row in rows)
        await self.credits.hold(batch.account_id, hold_of(batch), batch.committed)
        weight = await self.session.execute(select(Account.fairness_weight).where(Account.id == batch.account_id))
        batch.fairness_weight = weight.scalar_one()
        self.session.add(batch)
        await self.session.flush()
        await self.session.execute(insert(BatchRow), [{"batch_id": batch.id, **row} for row in rows])
        await self.session.refresh(batch)
        await self.tell(batch, "batch.queued")
        return batch

    async def get(self, account_id: str, batch_id: str) -> Batch:
        """The account's own batch; raises ``NotFound`` for any other."""
        return _found(await self._one(Batch.id == batch_id, Batch.account_id == account_id))

    async def of_work(self, batch_id: str) -> Batch:
        """A batch by id alone, for its workflow; raises ``NotFound``."""
        return _found(await self._one(Batch.id == batch_id))

    async def begin(self, batch_id: str, round_number: int) -> Batch | None:
        """The batch, marked as running; None if this round has ended. A second call changes nothing."""
        batch = await self.lock(batch_id)
        if batch is None or batch.round != round_number:
            return None
        if batch.status == "queued":
            batch.status = "running"
            batch.round_at = func.now()
            batch.started_at = func.coalesce(Batch.started_at, func.now())
            await self.session.flush()
            await self.session.refresh(batch)
            await self.tell(batch, "batch.running")
        return batch

    async def lock(self, batch_id: str) -> Batch | None:
        """The open batch with its account and row locked; None if it has ended."""
        return await self._locked(Batch.id == batch_id, OPEN_STATES)

    async def pause(self, account_id: str, batch_id: str, paused: bool) -> Batch:
        """Stop beginning rows, or go on; what runs ends by itself. Raises ``BatchEnded``."""
        await self.get(account_id, batch_id)
        batch = await self.lock(batch_id)
        if batch is None:
            raise BatchEnded()
        if paused != (batch.status == "paused"):
            batch.status = "paused" if paused else "running"
            await self.session.flush()
            await self.tell(batch, f"batch.{batch.status}")
        return batch

    async def request_cancel(self, account_id: str, batch_id: str) -> Batch:
        """Remember that the owner wants it ended; harmless on a batch that has ended."""
        batch = await self.get(account_id, batch_id)
        await self.session.execute(
            update(Batch)
            .where(Batch.id == batch_id, OPEN_STATES, Batch.cancel_requested_at.is_(None))
            .values(cancel_requested_at=func.now())
        )
        return batch

    async def cancel_all(self, account_id: str) -> None:
        """Remember that every open batch of the account must end; the sweep sees to it."""
        await self.session.execute(
            update(Batch)
            .where(Batch.account_id == account_id, OPEN_STATES)
            .values(cancel_requested_at=func.coalesce(Batch.cancel_requested_at, func.now()))
        )

    async def end(self, batch_id: str, status: str | None, error: dict[str, Any] | None) -> Batch:
        """End the batch and what is still open of it, and give back what is left of its hold; whoever ends it first
        wins. ``status`` None: as its rows have ended."""
        batch = await self.lock(batch_id)
        if batch is None:
            return await self.of_work(batch_id)
        stopped, used = await self._stop_rows(batch_id)
        await self.credits.void(hold_of(batch))
        batch.canceled += stopped
        batch.used += used
        batch.committed = batch.used
        batch.status = status or ("succeeded" if batch.succeeded else "failed")
        batch.error, batch.completed_at = error, func.now()
        await self.session.flush()
        await self.session.refresh(batch)
        await self.tell(batch, f"batch.{batch.status}")
        return batch

    async def retry(
        self, batch: Batch, rows: list[dict[str, Any]], failed: Sequence[tuple[int, dict[str, Any]]]
    ) -> Batch:
        """Open another round for ``rows`` (number and ceiling each) with a hold of its own, and note why others still
        cannot run. Raises ``BatchOpen`` and ``InsufficientCredits``."""
        batch = _found(await self._locked(Batch.id == batch.id))
        if batch.status in OPEN_BATCH:
            raise BatchOpen()
        batch.round += 1
        await self.credits.hold(batch.account_id, hold_of(batch), sum(row["ceiling"] for row in rows))
        fresh = {"state": "pending", "attempt": batch.round, "run_id": None, "error": None, "completed_at": None}
        await self.session.execute(update(BatchRow), [{"batch_id": batch.id, **fresh, **row} for row in rows])
        if failed:
            await self.session.execute(
                update(BatchRow), [{"batch_id": batch.id, "number": number, "error": why} for number, why in failed]
            )
        batch.failed -= len(rows)
        batch.committed = batch.used + sum(row["ceiling"] for row in rows)
        batch.budget = max(batch.budget, batch.committed)
        batch.status, batch.error, batch.cancel_requested_at, batch.completed_at = "queued", None, None, None
        batch.report_file_id = batch.table_file_id = batch.zip_file_id = batch.zip_error = None
        batch.round_done = 0
        await self.session.flush()
        await self.tell(batch, "batch.queued")
        return batch

    async def keep_files(self, batch: Batch, **ids: Any) -> None:
        """Note the files that were made of the batch; raises nothing if they were noted before."""
        await self.session.execute(update(Batch).where(Batch.id == batch.id, Batch.round == batch.round).values(**ids))

    async def note(self, batch: Batch) -> None:
        """Say how far the batch is, at most twice a second."""
        due = or_(Batch.told_at.is_(None), Batch.told_at < func.now() - TOLD_EVERY)
        told = await self.session.execute(
            update(Batch).where(Batch.id == batch.id, due).values(told_at=func.now()).returning(Batch.id)
        )
        if told.scalar() is not None:
            await self.tell(batch, "batch.progress")

    async def tell(self, batch: Batch, kind: str) -> None:
        """An event on the account's stream."""
        data = {
            "batch_id": batch.id,
            "status": batch.status,
            "total": batch.total,
            "succeeded": batch.succeeded,
            "failed": batch.failed,
            "canceled": batch.canceled,
            "credits_used": batch.used,
        }
        await self.events.record(batch.account_id, kind, data)

    async def open_batches(self, older_than: timedelta, after: str = "", limit: int = 500) -> list[OpenBatch]:
        """Open batches in the order of their ids, for the sweep that compares them with their workflows."""
        found = await self.session.execute(
            select(Batch)
            .where(OPEN_STATES, Batch.created_at < func.now() - older_than, Batch.id > after)
            .order_by(Batch.id)
            .limit(limit)
        )
        return [view_open(batch) for batch in found.scalars()]

    async def list(
        self, account_id: str, limit: int, before: str | None, filters: dict[str, str | None]
    ) -> list[Batch]:
        """The account's batches, newest first, below the id ``before``; ``filters`` are columns."""
        query = select(Batch).where(Batch.account_id == account_id).order_by(Batch.id.desc()).limit(limit)
        for column, value in filters.items():
            if value is not None:
                query = query.where(getattr(Batch, column) == value)
        if before:
            query = query.where(Batch.id < before)
        return list((await self.session.execute(query)).scalars())

    async def _stop_rows(self, batch_id: str) -> tuple[int, int]:
        """Cancel what has not ended, runs with it; how many rows, and what their runs were charged."""
        open_rows = await self.session.execute(
            select(BatchRow)
            .where(BatchRow.batch_id == batch_id, BatchRow.state.in_(OPEN_ROW), BatchRow.run_id.is_not(None))
            .order_by(BatchRow.number)
            .with_for_update()
        )
        used = 0
        for row in open_rows.scalars():
            assert row.run_id is not None
            await Runs(self.session).end(row.run_id, "canceled", None, None)
            row.credits = (await Runs(self.session).of_work(row.run_id)).used
            used += row.credits
        await self.session.flush()
        stopped = await self.session.execute(
            update(BatchRow)
            .where(BatchRow.batch_id == batch_id, BatchRow.state.in_(OPEN_ROW))
            .values(state="canceled", completed_at=func.now())
            .returning(BatchRow.number)
        )
        return len(stopped.all()), used

    async def _locked(self, *conditions: Any) -> Batch | None:
        """The batch with its account, which comes first, and its row locked."""
        locked = await self.session.execute(
            select(Batch)
            .join(Account, Account.id == Batch.account_id)
            .where(*conditions)
            .with_for_update(of=[Account, Batch])
            .execution_options(populate_existing=True)
        )
        return locked.scalar()

    async def _one(self, *conditions: Any) -> Batch | None:
        return (await self.session.execute(select(Batch).where(*conditions))).scalar()


def _found(batch: Batch | None) -> Batch:
    if batch is None:
        raise NotFound(what="batch")
    return batch


def view_open(batch: Batch) -> OpenBatch:
    """What starting a workflow needs of a row."""
    return OpenBatch(
        id=batch.id,
        account_id=batch.account_id,
        round=batch.round,
        tool_id=batch.tool_id,
        pipeline_id=batch.pipeline_id,
        priority=PriorityName(batch.priority),
        fairness_weight=batch.fairness_weight,
        paused=batch.status == "paused",
        request_id=batch.request_id,
        cancel_requested=batch.cancel_requested_at is not None,
        created_at=batch.created_at,
    )
