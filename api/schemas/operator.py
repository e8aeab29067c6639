"""What operators see and ask for."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from models.repositories.stuck import Backlog
from models.tables import Job, RunStep
from temporal.pending import Pending

LONGEST_TIMEOUT = 86_400.0


class PauseRequest(BaseModel):
    """``reason`` is shown to users whose calls are refused."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=300)


class PauseView(BaseModel):
    """``told``: steps of pipelines that waited for the tool and go on."""

    tool_id: str
    paused: bool
    reason: str = ""
    told: int = 0


class MoveRequest(BaseModel):
    """``pool``: whose workers shall run the job. ``timeout``: seconds that each attempt has from now on."""

    model_config = ConfigDict(extra="forbid")

    pool: str | None = Field(None, max_length=64)
    timeout: float | None = Field(None, gt=0, le=LONGEST_TIMEOUT)


class ActivityView(BaseModel):
    """What the job's workflow waits for, as Temporal knows it. ``failure`` is that of the attempt before."""

    type: str
    running: bool
    queue: str
    attempt: int
    timeout: float
    scheduled_at: datetime
    next_attempt_at: datetime | None
    worker: str
    failure: str


class OpenJobView(BaseModel):
    """An open job of anybody's. ``activities`` is null where Temporal was not asked, or did not answer."""

    id: str
    account_id: str
    tool_id: str
    status: str
    queue: str
    timeout: float
    step: str
    message: str
    run_id: str | None
    run_step: str | None
    created_at: datetime
    started_at: datetime | None
    workflow_id: str
    activities: list[ActivityView] | None = None


class OpenStepView(BaseModel):
    """An open step that has no job: it waits for a paused tool, or calls an address."""

    run_id: str
    step: str
    account_id: str
    type: str
    tool_id: str | None
    status: str
    waiting: dict[str, Any] | None
    started_at: datetime


class QueueView(BaseModel):
    """A pool: ``workers`` have asked its queue for work within the last minutes; null where Temporal is away."""

    pool: str
    queue: str
    workers: int | None
    queued: int
    running: int


class StuckView(BaseModel):
    jobs: list[OpenJobView]
    steps: list[OpenStepView]
    queues: list[QueueView]


def job_view(job: Job, workflow_id: str, found: list[Pending] | None) -> OpenJobView:
    """A job with what Temporal says of it."""
    return OpenJobView(
        id=job.id,
        account_id=job.account_id,
        tool_id=job.tool_id,
        status=job.status,
        queue=job.queue,
        timeout=job.timeout,
        step=job.step,
        message=job.message,
        run_id=job.pipeline_run,
        run_step=job.pipeline_step,
        created_at=job.created_at,
        started_at=job.started_at,
        workflow_id=workflow_id,
        activities=None if found is None else [ActivityView(**vars(each)) for each in found],
    )


def open_step_view(row: RunStep, account_id: str) -> OpenStepView:
    return OpenStepView(
        run_id=row.run_id,
        step=row.step,
        account_id=account_id,
        type=row.type,
        tool_id=row.tool_id,
        status=row.status,
        waiting=row.waiting,
        started_at=row.started_at,
    )


def queue_view(pool: str, queue: str, backlog: Backlog, workers: int | None) -> QueueView:
    return QueueView(pool=pool, queue=queue, workers=workers, queued=backlog.queued, running=backlog.running)
