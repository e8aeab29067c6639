"""Jobs as the API shows and takes them."""

from datetime import datetime
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field

from models.errors import DomainError
from models.payloads.jobs import PriorityName, Status
from models.tables import Job
from temporal.ids import of_job


class ExecuteRequest(BaseModel):
    """Inputs by port (file ids, lists of them, or text) and parameters of the tool; ``model`` fixes some of them."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    model: str | None = Field(None, max_length=200, description="An id of /api/models.")
    priority: PriorityName = PriorityName.normal
    quote_id: str | None = None


class Progress(BaseModel):
    """``fraction`` is 0 to 1, ``step`` a stable name."""

    fraction: float
    step: str
    message: str


class CreditsOfJob(BaseModel):
    held: int
    used: int


class JobOutput(BaseModel):
    name: str
    file_id: str
    mime_type: str
    url: str
    metadata: dict[str, Any]


class JobError(BaseModel):
    code: str
    message: str
    retryable: bool
    errors: list[dict[str, str]] | None = Field(None, description="path and message of every field that was wrong")


class JobView(BaseModel):
    """A job. After its end ``credits.held`` is 0; ``processing_time_ms`` counts from the first start."""

    id: str
    tool_id: str
    tool_version: str
    model: str | None
    status: Status
    priority: PriorityName
    progress: Progress
    queue_position: int | None = None
    inputs: dict[str, Any]
    parameters: dict[str, Any]
    credits: CreditsOfJob
    outputs: list[JobOutput]
    data: dict[str, Any]
    error: JobError | None = None
    engine: str | None
    retried_from: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    processing_time_ms: int | None
    workflow_id: str


class JobPage(BaseModel):
    data: list[JobView]
    next_cursor: str | None


class JobLogLine(BaseModel):
    """One event of the job in words."""

    at: datetime
    event: str
    data: dict[str, Any]


class JobLogs(BaseModel):
    data: list[JobLogLine]


class JobFilters(BaseModel):
    """Filters of the list of jobs."""

    status: Status | None = Field(None, description="queued, running, succeeded, failed or canceled")
    tool_id: str | None = None
    model: str | None = Field(None, max_length=200)
    priority: PriorityName | None = None


def given(job: Job) -> dict[str, Any]:
    """The inputs as the caller gave them: an id, a list of ids where the port takes many, or text."""
    many = job.inputs["many"]
    files: dict[str, Any] = {port: ids if port in many else ids[0] for port, ids in job.inputs["files"].items()}
    return {**files, **job.inputs["texts"]}


def error_view(wire: dict[str, Any] | None, language: str) -> JobError | None:
    """A stored error in words."""
    if wire is None:
        return None
    named = DomainError.from_wire(wire)
    return JobError(
        code=named.code, message=named.detail(language), retryable=named.retryable, errors=named.problems(language)
    )


def view(job: Job, language: str, queue_position: int | None = None) -> JobView:
    """Render a row in ``language`` ("zh" or "en")."""
    took = None
    if job.started_at and job.completed_at:
        took = round((job.completed_at - job.started_at).total_seconds() * 1000)
    return JobView(
        id=job.id,
        tool_id=job.tool_id,
        tool_version=job.tool_version,
        model=job.model,
        status=cast(Status, job.status),
        priority=PriorityName(job.priority),
        progress=Progress(fraction=round(job.fraction, 4), step=job.step, message=job.message),
        queue_position=queue_position,
        inputs=given(job),
        parameters=job.parameters,
        credits=CreditsOfJob(held=job.held, used=job.used),
        outputs=[JobOutput(url=f"/api/files/{each['file_id']}/content", **each) for each in job.outputs],
        data=job.data,
        error=error_view(job.error, language),
        engine=job.engine,
        retried_from=job.retried_from,
        created_at=job.created_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
        processing_time_ms=took,
        workflow_id=of_job(job.id),
    )
