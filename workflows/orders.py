"""What the workflows of jobs and runs are started with, whether by a client or by another workflow."""

from datetime import datetime
from typing import Any

from temporalio.common import Priority, SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from models.payloads.batches import OpenBatch
from models.payloads.jobs import OpenJob
from models.payloads.runs import OpenRun
from models.payloads.tool_runs import ToolRunInput
from temporal import queues
from temporal.request_ids import MEMO

PRIORITY_KEYS = {"high": 2, "normal": 3, "low": 4}


def tool_run(job: OpenJob, now: datetime) -> ToolRunInput:
    """The input of a job's workflow; what is left of its deadline counts from ``now``."""
    deadline = None if job.deadline is None else max(0.1, (job.deadline - now).total_seconds())
    return ToolRunInput(
        job_id=job.id,
        activity=f"tools.{job.tool_id}",
        queue=job.queue,
        timeout=job.timeout,
        chunked=job.chunked,
        deadline=deadline,
    )


def of_job(job: OpenJob, step: str = "") -> dict[str, Any]:
    """Queue, priority, attributes and memo of a job's workflow; ``step`` is that of its run, if it has one."""
    found = {"AccountId": job.account_id, "ToolId": job.tool_id, "JobId": job.id}
    found |= {"PipelineRunId": job.pipeline_run} if job.pipeline_run else {}
    return {
        "task_queue": queues.CORE,
        "priority": priority(job.priority, job.account_id, job.fairness_weight),
        "search_attributes": attributes(found),
        "memo": memo(job.request_id),
        "static_summary": f"{step}: {job.tool_id}" if step else job.tool_id,
    }


def of_run(run: OpenRun) -> dict[str, Any]:
    """Queue, priority, attributes and memo of a run's workflow."""
    found = {"AccountId": run.account_id, "PipelineRunId": run.id}
    found |= {"PipelineId": run.pipeline_id} if run.pipeline_id else {}
    return {
        "task_queue": queues.CORE,
        "priority": priority(run.priority, run.account_id, run.fairness_weight),
        "search_attributes": attributes(found),
        "memo": memo(run.request_id),
        "static_summary": "pipeline",
    }


def of_batch(batch: OpenBatch) -> dict[str, Any]:
    """Queue, priority, attributes and memo of a batch's workflow."""
    found = {"AccountId": batch.account_id}
    found |= {"ToolId": batch.tool_id} if batch.tool_id else {}
    found |= {"PipelineId": batch.pipeline_id} if batch.pipeline_id else {}
    return {
        "task_queue": queues.CORE,
        "priority": priority(batch.priority, batch.account_id, batch.fairness_weight),
        "search_attributes": attributes(found),
        "memo": memo(batch.request_id),
        "static_summary": f"batch: {batch.tool_id or 'pipeline'}",
    }


def priority(name: str, account_id: str, weight: float) -> Priority:
    """Accounts share a queue by their weights within each priority."""
    return Priority(priority_key=PRIORITY_KEYS[name], fairness_key=account_id, fairness_weight=weight)


def memo(request_id: str | None) -> dict[str, str]:
    """By which the logs of the activities find the request; see ``temporal/request_ids.py``."""
    return {MEMO: request_id} if request_id is not None else {}


def attributes(found: dict[str, str]) -> TypedSearchAttributes:
    """By which operators find the workflow."""
    return TypedSearchAttributes(
        [SearchAttributePair(SearchAttributeKey.for_keyword(name), value) for name, value in found.items()]
    )
