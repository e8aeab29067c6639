"""How each workflow is started: its id, queue, priority, attributes and memo. Resolved here, recorded in history."""

from datetime import UTC, datetime, timedelta

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
from temporalio.common import (
    Priority,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from models.payloads.files import IngestInput
from models.payloads.jobs import OpenJob
from models.payloads.mails import MailDelivery
from models.payloads.tool_runs import ToolRunInput
from temporal import ids, policies, queues
from temporal.request_ids import MEMO

from .file_ingest import FileIngestWorkflow
from .mail_delivery import MailDeliveryWorkflow
from .maintenance import MaintenanceWorkflow
from .tool_run import ToolRunWorkflow

PRIORITY_KEYS = {"high": 2, "normal": 3, "low": 4}


async def start_job(client: Client, job: OpenJob) -> None:
    """Start ``job-{id}``; a job whose workflow was started before is left alone."""
    deadline = None
    if job.deadline is not None:
        deadline = max(0.1, (job.deadline - datetime.now(UTC)).total_seconds())
    order = ToolRunInput(
        job_id=job.id,
        activity=f"tools.{job.tool_id}",
        queue=job.queue,
        timeout=job.timeout,
        chunked=job.chunked,
        deadline=deadline,
    )
    try:
        await client.start_workflow(
            ToolRunWorkflow.run,
            order,
            id=ids.of_job(job.id),
            task_queue=queues.CORE,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            priority=Priority(
                priority_key=PRIORITY_KEYS[job.priority],
                fairness_key=job.account_id,
                fairness_weight=job.fairness_weight,
            ),
            search_attributes=_attributes(AccountId=job.account_id, ToolId=job.tool_id, JobId=job.id),
            memo=_memo(job.request_id),
            static_summary=job.tool_id,
            rpc_timeout=policies.RPC_TIMEOUT,
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
    """Start ``file-{id}``, or leave the running one alone; one that has ended is harmless, since its row tells.

    ``request_id`` is that of the upload; None when the sweep starts it.
    """
    await client.start_workflow(
        FileIngestWorkflow.run,
        IngestInput(file_id=file_id),
        id=ids.of_file(file_id),
        task_queue=queues.CORE,
        memo=_memo(request_id),
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        rpc_timeout=policies.RPC_TIMEOUT,
    )


async def start_mail(client: Client, mail_id: str, request_id: str | None = None) -> None:
    """Start ``mail-{id}``, or leave the running one alone; one that has ended is harmless, since its row tells.

    ``request_id`` is that of the call that sends it; None when the sweep starts it.
    """
    await client.start_workflow(
        MailDeliveryWorkflow.run,
        MailDelivery(mail_id=mail_id),
        id=ids.of_mail(mail_id),
        task_queue=queues.CORE,
        memo=_memo(request_id),
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        rpc_timeout=policies.RPC_TIMEOUT,
    )


def _memo(request_id: str | None) -> dict[str, str]:
    """By which the logs of the activities find the request; see ``temporal/request_ids.py``."""
    return {MEMO: request_id} if request_id is not None else {}


def _attributes(**values: str) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [SearchAttributePair(SearchAttributeKey.for_keyword(name), value) for name, value in values.items()]
    )
