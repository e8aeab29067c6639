"""What a workflow waits for, as the server knows it, and who listens to a queue.

A move goes through a signal of our own, not ``UpdateActivityOptions``: a worker is told the limit with which an
activity was scheduled, not the one that was set later (server 1.32, SDK 1.35), and ends the attempt at that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.api.enums.v1 import PendingActivityState, TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from .policies import RPC_TIMEOUT

RUNNING = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED


@dataclass(frozen=True)
class Pending:
    """An open activity. ``timeout``: seconds of one attempt; ``failure``: of the attempt before this one."""

    type: str
    running: bool
    queue: str
    attempt: int
    timeout: float
    scheduled_at: datetime
    next_attempt_at: datetime | None
    worker: str
    failure: str


async def pending(client: Client, workflow_id: str) -> list[Pending]:
    """What the workflow waits for now; nothing if Temporal knows none of this id or it has ended."""
    try:
        found = await client.get_workflow_handle(workflow_id).describe(rpc_timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return []
    return [_pending(each) for each in found.raw_description.pending_activities]


async def listeners(client: Client, queues: Sequence[str]) -> dict[str, int]:
    """How many workers have asked each queue for activities within the last five minutes."""
    counts = {}
    for name in queues:
        asked = DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=name),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        )
        found = await client.workflow_service.describe_task_queue(asked, timeout=RPC_TIMEOUT)
        counts[name] = len(found.pollers)
    return counts


def _pending(found: PendingActivityInfo) -> Pending:
    later = found.HasField("next_attempt_schedule_time")
    return Pending(
        type=found.activity_type.name,
        running=found.state == RUNNING,
        queue=found.activity_options.task_queue.name,
        attempt=found.attempt,
        timeout=found.activity_options.start_to_close_timeout.ToTimedelta().total_seconds(),
        scheduled_at=found.scheduled_time.ToDatetime(tzinfo=UTC),
        next_attempt_at=found.next_attempt_schedule_time.ToDatetime(tzinfo=UTC) if later else None,
        worker=found.last_worker_identity,
        failure=found.last_failure.message[:300],
    )
