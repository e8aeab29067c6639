"""The rows of a batch: taken by an attempt, kept with their files and charges, each ended once.

Whoever writes here has locked the batch (``Batches.lock``); only the newest attempt of a chunk is heard.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..payloads.batches import OPEN_ROW, ChunkWork, RowResult, RowWork
from ..payloads.jobs import Fence
from ..tables import Batch, BatchRow, File, Run
from .batches import Batches, hold_of
from .credits import Credits
from .files import Files

OPEN_STATES = BatchRow.state.in_(OPEN_ROW)
LARGEST_CHUNK = 200

KEEP = text(
    """
    UPDATE batch_rows SET state = ended.state, credits = ended.credits, outputs = ended.outputs, data = ended.data,
        error = NULLIF(ended.error, 'null'), completed_at = now()
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS ended
        (number integer, state text, credits bigint, outputs jsonb, data jsonb, error jsonb)
    WHERE batch_rows.batch_id = :batch AND batch_rows.number = ended.number
    """
)


class BatchRows:
    """Verbs of rows inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def open_chunks(self, batch: Batch) -> list[int]:
        """Chunks that have rows to be done, by number."""
        chunk = (BatchRow.number - 1) // chunk_size(batch)
        found = await self.session.execute(
            select(chunk).where(BatchRow.batch_id == batch.id, OPEN_STATES).distinct().order_by(chunk)
        )
        return [int(each) for each in found.scalars()]

    async def open_numbers(self, batch_id: str, limit: int) -> list[int]:
        """Rows to be done."""
        found = await self.session.execute(
            select(BatchRow.number)
            .where(BatchRow.batch_id == batch_id, OPEN_STATES)
            .order_by(BatchRow.number)
            .limit(limit)
        )
        return list(found.scalars())

    async def take(self, batch: Batch, chunk: int, fence: Fence) -> ChunkWork:
        """The open rows of a chunk, taken for this attempt; those that a newer one has are left out."""
        size = chunk_size(batch)
        first = chunk * size + 1
        mine = or_(BatchRow.fence_run != fence.run_id, BatchRow.fence_attempt <= fence.attempt)
        taken = await self.session.execute(
            update(BatchRow)
            .where(BatchRow.batch_id == batch.id, BatchRow.number.between(first, first + size - 1), OPEN_STATES, mine)
            .values(state="running", fence_run=fence.run_id, fence_attempt=fence.attempt)
            .returning(BatchRow.number, BatchRow.input, BatchRow.ceiling)
        )
        rows = sorted(taken.all(), key=lambda row: row.number)
        return ChunkWork(
            account_id=batch.account_id,
            language=batch.language,
            parameters=batch.parameters,
            rows=[RowWork(number=row.number, input=row.input, ceiling=row.ceiling) for row in rows],
        )

    async def keep(self, batch: Batch, results: Sequence[RowResult], fence: Fence, retention: timedelta | None) -> int:
        """End rows of a tool: files, charges, states and counts at once; returns how many were still this attempt's."""
        rows = await self._held_by(batch, [each.number for each in results], fence)
        mine = [each for each in results if each.number in rows]
        done = [each for each in mine if each.error is None]
        made = [output for each in done for output in each.outputs]
        files = iter(
            await Files(self.session).create_made(batch.account_id, made, retention, request_id=batch.request_id)
        )
        charges = {each.number: _charge(each, rows[each.number].ceiling) for each in done}
        ids = {f"row:{batch.id}:{number}:{rows[number].attempt}": amount for number, amount in charges.items()}
        await Credits(self.session).charge(batch.account_id, hold_of(batch), ids, "batch")
        ended = [
            {
                "number": each.number,
                "state": "failed" if each.error else "succeeded",
                "credits": charges.get(each.number, 0),
                "outputs": {} if each.error else _outputs(each, [next(files) for _ in each.outputs]),
                "data": each.data,
                "error": each.error,
            }
            for each in mine
        ]
        await self.session.execute(KEEP, {"batch": batch.id, "rows": json.dumps(ended)})
        counts = [("failed" if each.error else "succeeded", charges.get(each.number, 0), rows[each.number].ceiling)
                  for each in mine]  # fmt: skip
        await self._count(batch, counts)
        return len(mine)

    async def close(self, batch: Batch, row: BatchRow, run: Run) -> None:
        """End the row of a pipeline as its run has ended; it was charged by its jobs."""
        row.state = run.status
        row.error, row.credits, row.outputs = run.error, run.used, run.outputs
        row.completed_at = func.now()
        await self.session.flush()
        await self._count(batch, [(row.state, row.credits, row.ceiling)])

    async def fail(self, batch: Batch, row: BatchRow, error: dict[str, Any]) -> None:
        """The row could not be begun."""
        row.state, row.error, row.completed_at = "failed", error, func.now()
        await self.session.flush()
        await self._count(batch, [(row.state, row.credits, row.ceiling)])

    async def get(self, batch: Batch, number: int) -> BatchRow | None:
        """One row as it is now."""
        return await self.session.get(BatchRow, (batch.id, number), populate_existing=True)

    async def _count(self, batch: Batch, ended: Sequence[tuple[str, int, int]]) -> None:
        """Add rows that have ended (state, credits, ceiling) to the batch's counts, and say how far it is."""
        for state, credits, ceiling in ended:
            setattr(batch, state, getattr(batch, state) + 1)
            batch.used += credits
            batch.committed += credits - ceiling
        batch.round_done += len(ended)
        await self.session.flush()
        await Batches(self.session).note(batch)

    async def failed(self, batch_id: str, after: int = 0, limit: int = 1000) -> Sequence[BatchRow]:
        """Rows that failed, above the number ``after``."""
        return await self.page(batch_id, limit, after, "failed")

    async def page(self, batch_id: str, limit: int, after: int, state: str | None) -> Sequence[BatchRow]:
        """Rows in their order, above the number ``after``."""
        query = select(BatchRow).where(BatchRow.batch_id == batch_id, BatchRow.number > after)
        if state is not None:
            query = query.where(BatchRow.state == state)
        return (await self.session.execute(query.order_by(BatchRow.number).limit(limit))).scalars().all()

    async def _held_by(self, batch: Batch, numbers: Sequence[int], fence: Fence) -> dict[int, Row[int, int, int]]:
        """Number, ceiling and attempt of those that this attempt may end, by number."""
        found = await self.session.execute(
            select(BatchRow.number, BatchRow.ceiling, BatchRow.attempt)
            .where(BatchRow.batch_id == batch.id, BatchRow.number.in_(numbers), BatchRow.state == "running")
            .where(BatchRow.fence_run == fence.run_id, BatchRow.fence_attempt == fence.attempt)
            .order_by(BatchRow.number)
            .with_for_update()
        )
        return {row.number: row for row in found}


def chunk_size(batch: Batch) -> int:
    """Rows that one activity works on: so many that it costs little, so few that several slots share a small batch."""
    return max(1, min(LARGEST_CHUNK, batch.total // batch.concurrency))


def _charge(result: RowResult, ceiling: int) -> int:
    return ceiling if result.credits is None else max(0, min(ceiling, result.credits))


def _outputs(result: RowResult, files: Sequence[File]) -> dict[str, Any]:
    """File ids by the name of the output, lists where it may give several."""
    outputs: dict[str, Any] = {}
    for made, file in zip(result.outputs, files, strict=True):
        if made.name in result.many:
            outputs.setdefault(made.name, []).append(file.id)
        else:
            outputs[made.name] = file.id
    return outputs
