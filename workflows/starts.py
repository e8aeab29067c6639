"""How each workflow is started: its id, queue, priority, attributes and memo. Resolved here, recorded in history."""

from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from models.payloads.automations import FiringOrder
from models.payloads.batches import BatchOrder, OpenBatch, ResultsOrder
from models.payloads.files import IngestInput
from models.payloads.jobs import OpenJob
from models.payloads.mails import MailDelivery
from models.payloads.runs import OpenRun, RunOrder
from temporal import ids, policies, queues

from . import orders
from .automation_run import AutomationRunWorkflow
from .batch import BatchWorkflow
from .batch_results import BatchResultsWorkflow
from .file_ingest import FileIngestWorkflow
from .mail_delivery import MailDeliveryWorkflow
from .maintenance import MaintenanceWorkflow
from .pipeline_run import PipelineRunWorkflow
from .tool_run import ToolRunWorkflow

AGAIN: dict[str, Any] = {
    "id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE,
    "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
    "rpc_timeout": policies.RPC_TIMEOUT,
}
"""Start it, or leave the running one alone."""


async def start_job(client: Client, job: OpenJob) -> None:
    """Start ``job-{id}``; a job whose workflow was started before is left alone."""
    order = orders.tool_run(job, datetime.now(UTC))
    await _once(client, ToolRunWorkflow.run, order, ids.of_job(job.id), orders.of_job(job))


async def start_run(client: Client, run: OpenRun) -> None:
    """Start ``run-{id}``; a run whose workflow was started before is left alone."""
    await _once(client, PipelineRunWorkflow.run, RunOrder(run_id=run.id), ids.of_run(run.id), orders.of_run(run))


async def start_batch(client: Client, batch: OpenBatch) -> None:
    """Start ``batch-{id}-{round}``; a round whose workflow was started before is left alone."""
    order = BatchOrder(batch_id=batch.id, round=batch.round)
    await _once(client, BatchWorkflow.run, order, ids.of_batch(batch.id, batch.round), orders.of_batch(batch))


async def start_results(client: Client, batch: OpenBatch) -> None:
    """Have the zip of a batch's results made, unless that is being done."""
    await client.start_workflow(
        BatchResultsWorkflow.run,
        ResultsOrder(batch_id=batch.id),
        id=ids.of_results(batch.id, batch.round),
        **AGAIN,
        **orders.of_batch(batch),
    )


async def start_firing(client: Client, firing_id: str) -> None:
    """Start ``firing-{id}``, or leave the running one alone."""
    await client.start_workflow(
        AutomationRunWorkflow.run,
        FiringOrder(firing_id=firing_id),
        id=ids.of_firing(firing_id),
        task_queue=queues.CORE,
        memo=orders.memo(firing_id),
        static_summary="automation",
        **AGAIN,
    )


async def _once(client: Client, workflow: Any, order: Any, workflow_id: str, given: dict[str, Any]) -> None:
    """Start a workflow whose id is used once; one that was started before is left alone."""
    try:
        await client.start_workflow(
            workflow,
            order,
            id=workflow_id,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            rpc_timeout=policies.RPC_TIMEOUT,
            **given,
        )
    except WorkflowAlreadyStartedError:
        return


async def ensure_maintenance(client: Client, every: timedelta) -> None:
    """Have the schedule of the maintenance workflow, at this interval, and run it now."""
    if not await create_maintenance(client, every):
        handle = client.get_schedule_handle(ids.MAINTENANCE)
        await handle.update(lambda _: ScheduleUpdate(schedule=_maintenance(every)))
        await handle.trigger()


async def create_maintenance(client: Client, every: timedelta) -> bool:
    """Make the schedule if it is missing, and run it then; False if it is there."""
    try:
        await client.create_schedule(ids.MAINTENANCE, _maintenance(every), trigger_immediately=True)
    except ScheduleAlreadyRunningError:
        return False
    return True


def _maintenance(every: timedelta) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            MaintenanceWorkflow.run,
            id=ids.MAINTENANCE,
            task_queue=queues.CORE,
            priority=Priority(priority_key=1),
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=2)),
    )


async def start_ingest(client: Client, file_id: str, request_id: str | None = None) -> None:
    """Start ``file-{id}``, or leave the running one alone.

    ``request_id`` is that of the upload; None when the sweep starts it.
    """
    await client.start_workflow(
        FileIngestWorkflow.run,
        IngestInput(file_id=file_id),
        id=ids.of_file(file_id),
        task_queue=queues.CORE,
        memo=orders.memo(request_id),
        **AGAIN,
    )


async def start_mail(client: Client, mail_id: str, request_id: str | None = None) -> None:
    """Start ``mail-{id}``, or leave the running one alone.

    ``request_id`` is that of the call that sends it; None when the sweep starts it.
    """
    await client.start_workflow(
        MailDeliveryWorkflow.run,
        MailDelivery(mail_id=mail_id),
        id=ids.of_mail(mail_id),
        task_queue=queues.CORE,
        memo=orders.memo(request_id),
        **AGAIN,
    )
