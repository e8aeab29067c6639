"""How the workflows of payments are started, told and asked: each belongs to a row and lives as long as that."""

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    WithStartWorkflowOperation,
)
from temporalio.common import WorkflowIDConflictPolicy

from models.payloads.billing import Change, Changed, PurchaseOrder, SubscriptionOrder
from temporal import ids, policies, queues

from .purchase import PurchaseWorkflow
from .reconcile import ReconcileWorkflow
from .starts import AGAIN
from .subscription import SubscriptionWorkflow

SUBSCRIPTION, PURCHASE = ids.of_subscription(""), ids.of_purchase("")
RUNNING = "WorkflowType IN ('Subscription', 'Purchase') AND ExecutionStatus = 'Running'"


async def tell(client: Client, workflow_id: str) -> None:
    """Say that something changed, to a running workflow or to one that is started for it."""
    if workflow_id.startswith(SUBSCRIPTION):
        order = SubscriptionOrder(subscription_id=workflow_id.removeprefix(SUBSCRIPTION))
        await client.start_workflow(
            SubscriptionWorkflow.run,
            order,
            id=workflow_id,
            task_queue=queues.CORE,
            start_signal="changed",
            static_summary="subscription",
            **AGAIN,
        )
    else:
        await client.start_workflow(
            PurchaseWorkflow.run,
            PurchaseOrder(purchase_id=workflow_id.removeprefix(PURCHASE)),
            id=workflow_id,
            task_queue=queues.CORE,
            start_signal="changed",
            static_summary="purchase",
            **AGAIN,
        )


async def running(client: Client) -> frozenset[str]:
    """Ids of all that run. One that began this moment may be missing: it is told once more, which does no harm."""
    return frozenset([each.id async for each in client.list_workflows(RUNNING)])


async def change(client: Client, order: Change) -> Changed:
    """Have a wish carried out, by the running workflow or by one that is started for it; the same command is done
    once. Raises ``WorkflowUpdateFailedError`` around the named error."""
    start = WithStartWorkflowOperation(
        SubscriptionWorkflow.run,
        SubscriptionOrder(subscription_id=order.subscription_id),
        id=ids.of_subscription(order.subscription_id),
        task_queue=queues.CORE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary="subscription",
    )
    return await client.execute_update_with_start_workflow(
        SubscriptionWorkflow.change,
        order,
        start_workflow_operation=start,
        id=order.command_id,
        rpc_timeout=policies.COMMAND_RPC,
    )


async def create_reconcile(client: Client) -> None:
    """Have the daily comparison with the payment provider, unless there is one."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(ReconcileWorkflow.run, id=ids.RECONCILE, task_queue=queues.CORE),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=policies.RECONCILE_EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=policies.RECONCILE_EVERY),
    )
    try:
        await client.create_schedule(ids.RECONCILE, schedule)
    except ScheduleAlreadyRunningError:
        return
