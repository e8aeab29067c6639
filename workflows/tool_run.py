"""The workflow of a job."""

import asyncio
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

from models.payloads.tool_runs import JobEnd, Moved, ToolOutcome, ToolRunInput
from temporal.errors import to_wire

from . import calls
from .moving import Movable

CHUNKS_AT_ONCE = 4


@workflow.defn(name="ToolRun")
class ToolRunWorkflow:
    """Run the tool, then settle its job; on failure or cancel give the hold back. End as the job's row has ended."""

    def __init__(self) -> None:
        self._movable = Movable()

    @workflow.run
    async def run(self, order: ToolRunInput) -> JobEnd:
        error = None
        try:
            outcome = await (self._in_chunks(order) if order.chunked else self._movable.run(order, calls.run_tool))
            end = await calls.settle_job(order.job_id, outcome)
        except (FailureError, asyncio.CancelledError) as failure:
            canceled = is_cancelled_exception(failure) or workflow.cancellation_reason() is not None
            error = None if canceled else to_wire(failure, order.deadline)
            end = await calls.release_job(order.job_id, "canceled" if canceled else "failed", error)
        return self._ended(end, error)

    @workflow.signal
    def move(self, moved: Moved) -> None:
        """An operator's wish; the job's row says so, too, for a workflow that is started anew."""
        self._movable.move(moved)

    async def _in_chunks(self, order: ToolRunInput) -> ToolOutcome:
        plan = await self._movable.run(order, calls.plan_tool)
        at_once = asyncio.Semaphore(CHUNKS_AT_ONCE)

        async def chunk(position: int) -> None:
            async with at_once:
                await self._movable.run(order, partial(calls.run_chunk, position=position))

        pieces = [asyncio.ensure_future(chunk(position)) for position in range(plan.chunks)]
        try:
            await asyncio.gather(*pieces)
        finally:
            for piece in pieces:
                piece.cancel()
            await asyncio.gather(*pieces, return_exceptions=True)
        return await self._movable.run(order, calls.join_chunks)

    def _ended(self, end: JobEnd, error: dict[str, object] | None) -> JobEnd:
        if end.status == "canceled":
            raise asyncio.CancelledError
        if end.status == "failed":
            code = str((error or {}).get("code", "interrupted"))
            raise ApplicationError(f"the job failed: {code}", type=code, non_retryable=True)
        return end
