"""Typed wrappers of every activity that workflows call by name; a test compares them with the registered ones."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from temporalio import workflow

from models.payloads.automations import FiringEnd, FiringOrder, FiringStart
from models.payloads.batches import (
    BatchEnd,
    BatchEndOrder,
    BatchOrder,
    BatchPlan,
    ResultsOrder,
    RowOrder,
    RowsEnd,
    RowsOrder,
    RowStart,
)
from models.payloads.billing import (
    Change,
    Changed,
    PurchaseOrder,
    ReconcileEnd,
    ReconcileOrder,
    SubscriptionLook,
    SubscriptionNext,
)
from models.payloads.files import IngestEnd, IngestInput
from models.payloads.mails import MailDelivery, MailFailure
from models.payloads.runs import (
    Begun,
    Round,
    RoundEnd,
    RunEnd,
    RunEndOrder,
    RunOrder,
    SectionOrder,
    StepEnd,
    StepFailure,
    StepOrder,
    StepStart,
)
from models.payloads.tool_runs import (
    JobEnd,
    Payload,
    Plan,
    ReleaseInput,
    SettleInput,
    ToolOutcome,
    ToolRunInput,
    ToolTask,
)
from temporal import policies, queues

T = TypeVar("T")

CHORES = (
    "maintenance.sweep_jobs",
    "maintenance.start_missing",
    "files.expire",
    "files.purge",
    "maintenance.expire",
)
"""Activities of the minutely maintenance, in order; each takes and returns nothing that matters."""


async def run_tool(order: ToolRunInput, moved: int = 0) -> ToolOutcome:
    return await _tool(order, "", ToolTask(job_id=order.job_id, moved=moved), ToolOutcome)


async def plan_tool(order: ToolRunInput, moved: int = 0) -> Plan:
    return await _tool(order, ".plan", ToolTask(job_id=order.job_id, moved=moved), Plan)


async def run_chunk(order: ToolRunInput, moved: int, position: int) -> None:
    await _tool(order, ".chunk", ToolTask(job_id=order.job_id, position=position, moved=moved), type(None))


async def join_chunks(order: ToolRunInput, moved: int = 0) -> ToolOutcome:
    return await _tool(order, ".join", ToolTask(job_id=order.job_id, moved=moved), ToolOutcome)


async def settle_job(job_id: str, outcome: ToolOutcome) -> JobEnd:
    """Runs to its end even when the workflow is canceled meanwhile."""
    return await _shielded(_end("jobs.settle", SettleInput(job_id=job_id, outcome=outcome)))


async def release_job(job_id: str, status: str, error: dict[str, Any] | None) -> JobEnd:
    """Runs to its end even when the workflow is canceled meanwhile."""
    return await _shielded(_end("jobs.release", ReleaseInput(job_id=job_id, status=status, error=error)))


async def begin_run(order: RunOrder) -> Begun:
    return await _local("runs.begin", order, Begun)


async def end_run(order: RunEndOrder) -> RunEnd:
    """Runs to its end even when the workflow is canceled meanwhile."""
    return await _shielded(_local("runs.end", order, RunEnd))


async def open_step(order: StepOrder) -> StepStart:
    return await _local("steps.open", order, StepStart)


async def close_step(order: StepOrder) -> StepEnd:
    return await _local("steps.close", order, StepEnd)


async def wake_step(order: StepOrder) -> StepStart:
    return await _local("steps.wake", order, StepStart)


async def fail_step(order: StepOrder, error: dict[str, Any]) -> StepEnd:
    return await _local("steps.fail", StepFailure(run_id=order.run_id, step=order.step, error=error), StepEnd)


async def begin_section(order: SectionOrder) -> Begun:
    return await _local("sections.begin", order, Begun)


async def close_map(order: StepOrder) -> StepEnd:
    return await _local("maps.close", order, StepEnd)


async def begin_round(order: StepOrder) -> Round:
    return await _local("rounds.begin", order, Round)


async def close_round(order: StepOrder) -> RoundEnd:
    return await _local("rounds.close", order, RoundEnd)


async def call_address(order: StepOrder) -> StepEnd:
    """On a queue: an answer may take a minute. Tried again where a worker is lost; the node has its own retry."""
    ended: StepEnd = await workflow.execute_activity(
        "steps.call", order, task_queue=queues.CORE, result_type=StepEnd, **policies.CALL.options()
    )
    return ended


async def await_job(job_id: str) -> None:
    """Returns when a job that another run has has ended."""
    await workflow.execute_activity(
        "jobs.await", job_id, task_queue=queues.CORE, result_type=type(None), **policies.WATCH.options()
    )


async def begin_batch(order: BatchOrder) -> BatchPlan:
    return await _local("batches.begin", order, BatchPlan)


async def run_rows(plan: BatchPlan, order: RowsOrder) -> RowsEnd:
    """Some rows of a tool, on the tool's queue."""
    end: RowsEnd = await workflow.execute_activity(
        f"{plan.activity}.rows",
        order,
        task_queue=plan.queue,
        result_type=RowsEnd,
        **policies.rows(plan.timeout).options(),
    )
    return end


async def open_row(order: RowOrder) -> RowStart:
    return await _local("batches.open_row", order, RowStart)


async def close_row(order: RowOrder) -> None:
    await _local("batches.close_row", order, type(None))


async def await_run(run_id: str) -> None:
    """Returns when a run that was started elsewhere has ended."""
    await workflow.execute_activity(
        "batches.await_run", run_id, task_queue=queues.CORE, result_type=type(None), **policies.WATCH.options()
    )


async def report_batch(order: BatchOrder) -> None:
    """Runs to its end even when the workflow is canceled meanwhile."""
    await _shielded(_core("batches.report", order, policies.REPORT))


async def end_batch(order: BatchEndOrder) -> BatchEnd:
    """Runs to its end even when the workflow is canceled meanwhile."""
    return await _shielded(_local("batches.end", order, BatchEnd))


async def pack_batch(order: ResultsOrder) -> None:
    await _core("batches.zip", order, policies.RESULTS)


async def start_firing(order: FiringOrder) -> FiringStart:
    return await _local("firings.start", order, FiringStart)


async def close_firing(order: FiringOrder) -> FiringEnd:
    """Runs to its end even when the workflow is canceled meanwhile."""
    return await _shielded(_local("firings.close", order, FiringEnd))


async def look_at_subscription(order: SubscriptionLook) -> SubscriptionNext:
    following: SubscriptionNext = await workflow.execute_activity(
        "subscriptions.look", order, task_queue=queues.CORE, result_type=SubscriptionNext, **policies.LOOK.options()
    )
    return following


async def change_subscription(order: Change) -> Changed:
    done: Changed = await workflow.execute_activity(
        "subscriptions.change", order, task_queue=queues.CORE, result_type=Changed, **policies.COMMAND.options()
    )
    return done


async def look_at_purchase(order: PurchaseOrder) -> SubscriptionNext:
    following: SubscriptionNext = await workflow.execute_activity(
        "purchases.look", order, task_queue=queues.CORE, result_type=SubscriptionNext, **policies.LOOK.options()
    )
    return following


async def catch_up() -> None:
    """Keep and deliver what the provider should have told in the last days."""
    await workflow.execute_activity("billing.catch_up", task_queue=queues.CORE, **policies.SWEEP.options())


async def reconcile_page(order: ReconcileOrder) -> ReconcileEnd:
    end: ReconcileEnd = await workflow.execute_activity(
        "billing.reconcile", order, task_queue=queues.CORE, result_type=ReconcileEnd, **policies.SWEEP.options()
    )
    return end


async def chore(name: str) -> None:
    await workflow.execute_activity(name, task_queue=queues.CORE, **policies.SWEEP.options())


async def ingest_file(order: IngestInput) -> IngestEnd:
    ended: IngestEnd = await workflow.execute_activity(
        "files.ingest", order, task_queue=queues.CORE, result_type=IngestEnd, **policies.INGEST.options()
    )
    return ended


async def deliver_mail(order: MailDelivery) -> None:
    await workflow.execute_activity(
        "mails.deliver", order, task_queue=queues.CORE, result_type=type(None), **policies.MAIL.options()
    )


async def give_up_mail(failure: MailFailure) -> None:
    await workflow.execute_activity(
        "mails.give_up", failure, task_queue=queues.CORE, result_type=type(None), **policies.END_OF_JOB.options()
    )


async def _end(name: str, argument: SettleInput | ReleaseInput) -> JobEnd:
    end: JobEnd = await workflow.execute_local_activity(
        name, argument, result_type=JobEnd, **policies.END_OF_JOB.local()
    )
    return end


async def _local(name: str, argument: Payload, result: type[T]) -> T:
    answer: T = await workflow.execute_local_activity(name, argument, result_type=result, **policies.STEP.local())
    return answer


async def _core(name: str, argument: Payload, policy: policies.ActivityPolicy) -> None:
    await workflow.execute_activity(name, argument, task_queue=queues.CORE, result_type=type(None), **policy.options())


async def _tool(order: ToolRunInput, stage: str, task: ToolTask, result: type[T]) -> T:
    policy = policies.tool(order.timeout, order.deadline)
    answer: T = await workflow.execute_activity(
        order.activity + stage, task, task_queue=order.queue, result_type=result, **policy.options()
    )
    return answer


async def _shielded(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            continue
    return task.result()
