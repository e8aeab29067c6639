"""The workflow of a pipeline's run."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

from models.payloads.runs import RunEnd, RunEndOrder, RunOrder
from temporal.errors import to_wire

from . import calls
from .running import Drained, Runner, StepFailed


@workflow.defn(name="PipelineRun")
class PipelineRunWorkflow:
    """Run every step that its links let run, each tool as a ``ToolRun`` of its own; end as the run's row has ended."""

    def __init__(self) -> None:
        self._runner = Runner()

    @workflow.run
    async def run(self, order: RunOrder) -> RunEnd:
        self._runner.most_events = order.most_events
        end = RunEndOrder(run_id=order.run_id, status="succeeded")
        try:
            begun = await calls.begin_run(order)
            await self._runner.graph(order.run_id, begun.plan, "", begun.given)
        except StepFailed as failed:
            end = RunEndOrder(run_id=order.run_id, status="failed", error=failed.error, step=failed.step)
        except Drained:
            workflow.continue_as_new(order)
        except (FailureError, asyncio.CancelledError) as failure:
            canceled = is_cancelled_exception(failure) or workflow.cancellation_reason() is not None
            error = None if canceled else to_wire(failure, None)
            end = RunEndOrder(run_id=order.run_id, status="canceled" if canceled else "failed", error=error)
        return self._ended(await calls.end_run(end), end)

    @workflow.signal
    def decided(self, step: str) -> None:
        """A person has decided on a step that waits."""
        self._runner.decided(step)

    def _ended(self, ended: RunEnd, wanted: RunEndOrder) -> RunEnd:
        if ended.status == "canceled":
            raise asyncio.CancelledError
        if ended.status == "failed":
            code = str((wanted.error or {}).get("code", "interrupted"))
            raise ApplicationError(f"the run failed: {code}", type=code, non_retryable=True)
        return ended
