"""The workflow of one firing of an automation."""

import asyncio
from contextlib import suppress

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import FailureError, WorkflowAlreadyStartedError
from temporalio.workflow import ChildWorkflowCancellationType, ParentClosePolicy

from models.payloads.automations import FiringOrder
from models.payloads.runs import OpenRun, RunOrder
from temporal import ids, policies

from . import calls, orders
from .pipeline_run import PipelineRunWorkflow

SCHEDULED = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
"""The server's own: for which time its schedule started a workflow."""


@workflow.defn(name="AutomationRun")
class AutomationRunWorkflow:
    """Decide the firing, wait where its events are joined, run what it opens, and count how that has ended.

    It lasts as long as the run, by which a schedule knows that firings overlap; when it is canceled so is the run.
    """

    @workflow.run
    async def run(self, order: FiringOrder) -> None:
        if order.firing_id is None and order.scheduled_for is None:
            order = order.model_copy(update={"scheduled_for": self._scheduled_for()})
        started = await calls.start_firing(order)
        while started.wait is not None:
            await workflow.sleep(started.wait)
            started = await calls.start_firing(order)
        if started.run is not None:
            await self._finish(started.run, FiringOrder(firing_id=started.firing_id))

    async def _finish(self, run: OpenRun, order: FiringOrder) -> None:
        """A run that the sweep has started, or will end because it was stopped from outside, is waited for."""
        with suppress(FailureError, WorkflowAlreadyStartedError, asyncio.CancelledError):  # the row tells how it ended
            await workflow.execute_child_workflow(
                PipelineRunWorkflow.run,
                RunOrder(run_id=run.id),
                id=ids.of_run(run.id),
                parent_close_policy=ParentClosePolicy.ABANDON,
                cancellation_type=ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
                **orders.of_run(run),
            )
        pauses = policies.pauses()
        while not (await calls.close_firing(order)).ended:
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(order)
            await workflow.sleep(next(pauses))

    def _scheduled_for(self) -> object:
        return workflow.info().typed_search_attributes.get(SCHEDULED)
