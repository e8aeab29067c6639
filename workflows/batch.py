"""The workflow of a batch."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from temporalio import workflow
from temporalio.exceptions import (
    ApplicationError,
    ChildWorkflowError,
    FailureError,
    WorkflowAlreadyStartedError,
    is_cancelled_exception,
)
from temporalio.workflow import ChildWorkflowCancellationType, ParentClosePolicy

from models.payloads.batches import BatchEnd, BatchEndOrder, BatchOrder, BatchPlan, RowOrder, RowsOrder, Wish
from models.payloads.runs import OpenRun, RunOrder
from temporal import ids
from temporal.errors import to_wire

from . import calls, orders


class Drained(Exception):
    """Nothing runs any more, though not all is done: go on as new."""


@workflow.defn(name="Batch")
class BatchWorkflow:
    """Run every row, some at once: a tool's by chunks, a pipeline's as ``PipelineRun`` each; report, settle, end.

    What was done lies in the rows, so that a history that grows long goes on as new from them.
    """

    def __init__(self) -> None:
        self._paused = False
        self._told = 0
        self._turn = 0

    @workflow.run
    async def run(self, order: BatchOrder) -> BatchEnd:
        end = BatchEndOrder(batch_id=order.batch_id)
        try:
            await self._all(order)
        except Drained:
            workflow.continue_as_new(order)
        except (FailureError, asyncio.CancelledError) as failure:
            canceled = is_cancelled_exception(failure) or workflow.cancellation_reason() is not None
            error = None if canceled else to_wire(failure, None)
            end = BatchEndOrder(batch_id=order.batch_id, status="canceled" if canceled else "failed", error=error)
        await calls.report_batch(order)
        return self._ended(await calls.end_batch(end), end)

    @workflow.signal
    def wish(self, wish: Wish) -> None:
        """The owner wants it to pause, or to go on. The row says so, too, for those who were not told."""
        self._told += 1
        self._paused = wish == "pause"

    @workflow.query
    def paused(self) -> bool:
        """Whether it takes itself for paused; the sweep compares that with the row."""
        return self._paused

    async def _all(self, order: BatchOrder) -> None:
        while True:
            told = self._told
            plan = await calls.begin_batch(order)
            self._learn(told, plan.paused)
            if plan.chunks:
                await self._side_by_side(order, plan, plan.chunks, self._chunk)
            elif plan.rows:
                await self._side_by_side(order, plan, plan.rows, self._row)
            else:
                return

    async def _side_by_side(
        self,
        order: BatchOrder,
        plan: BatchPlan,
        numbers: list[int],
        work: Callable[[BatchOrder, BatchPlan, int], Awaitable[bool]],
    ) -> None:
        """``work`` on each number until it says that it is done; raises ``Drained`` once everything begun has ended."""
        waiting = deque(numbers)
        workers = [asyncio.create_task(self._worker(order, plan, waiting, work)) for _ in numbers[: plan.concurrency]]
        try:
            await asyncio.gather(*workers)
        finally:
            for each in workers:
                each.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        if waiting:
            raise Drained

    async def _worker(
        self,
        order: BatchOrder,
        plan: BatchPlan,
        waiting: deque[int],
        work: Callable[[BatchOrder, BatchPlan, int], Awaitable[bool]],
    ) -> None:
        while waiting and workflow.info().get_current_history_length() < order.most_events:
            if self._paused:
                await workflow.wait_condition(lambda: not self._paused)
                continue
            number = waiting.popleft()
            if not await work(order, plan, number):
                waiting.append(number)

    async def _chunk(self, order: BatchOrder, plan: BatchPlan, chunk: int) -> bool:
        self._turn += 1
        told = self._told
        end = await calls.run_rows(plan, RowsOrder(batch_id=order.batch_id, chunk=chunk, turn=self._turn))
        self._learn(told, end.paused)
        return end.left == 0

    async def _row(self, order: BatchOrder, plan: BatchPlan, number: int) -> bool:
        told, row = self._told, RowOrder(batch_id=order.batch_id, number=number)
        start = await calls.open_row(row)
        if start.run is not None:
            await self._run(start.run)
            await calls.close_row(row)
        elif start.paused:
            self._learn(told, paused=True)
            return False
        return True

    async def _run(self, run: OpenRun) -> None:
        """Run a pipeline as a child; its row tells how it ended."""
        try:
            await workflow.execute_child_workflow(
                "PipelineRun",
                RunOrder(run_id=run.id),
                id=ids.of_run(run.id),
                cancellation_type=ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
                parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
                **orders.of_run(run),
            )
        except ChildWorkflowError:
            if workflow.cancellation_reason() is not None:
                raise
        except WorkflowAlreadyStartedError:  # by the sweep, or an earlier life of this batch
            await calls.await_run(run.id)

    def _learn(self, told: int, paused: bool) -> None:
        """Believe what the row said, unless the owner has spoken since it was asked."""
        if told == self._told:
            self._paused = paused

    def _ended(self, ended: BatchEnd, wanted: BatchEndOrder) -> BatchEnd:
        if ended.status == "canceled":
            raise asyncio.CancelledError
        if ended.status == "failed":
            code = str((wanted.error or {}).get("code", "failed"))
            raise ApplicationError(f"the batch failed: {code}", type=code, non_retryable=True)
        return ended
