"""What a job is opened with, what a worker is given of it, and what the API shows."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["queued", "running", "succeeded", "failed", "canceled"]


class PriorityName(StrEnum):
    """How urgent a job is; ``high`` by entitlement."""

    low = "low"
    normal = "normal"
    high = "high"


OPEN = ("queued", "running")


class JobOrder(BaseModel):
    """A validated, priced call of a tool. ``credits`` is the hold and so the ceiling; times are seconds.

    ``pipeline_run`` and ``pipeline_step`` are set where a pipeline calls it, ``model`` where the call named one.
    """

    model_config = ConfigDict(frozen=True)

    account_id: str
    user_id: str | None
    tool_id: str
    tool_version: str
    queue: str
    chunked: bool
    timeout: float
    priority: PriorityName
    inputs: dict[str, Any]
    parameters: dict[str, Any]
    credits: int
    language: str
    request_id: str | None = None
    retried_from: str | None = None
    cancel_after: float | None = None
    pipeline_run: str | None = None
    pipeline_step: str | None = None
    model: str | None = None
    comparison_id: str | None = None


class Fence(BaseModel):
    """Which attempt speaks: only the newest one of the workflow's run is heard."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    attempt: int


class InputRow(BaseModel):
    """One input file as a worker needs it."""

    model_config = ConfigDict(frozen=True)

    port: str
    sha256: str
    size: int
    mime_type: str
    name: str


class JobWork(BaseModel):
    """What an attempt is given to do; ``texts`` are the text ports, ``timeout`` its limit in seconds, which an operator
    may have raised."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    account_id: str
    tool_id: str
    parameters: dict[str, Any]
    files: list[InputRow]
    texts: dict[str, str]
    language: str
    timeout: float
    scanning: bool = False
    rejected: str | None = None


class OpenJob(BaseModel):
    """What is needed to start, or compare, the workflow of an open job."""

    model_config = ConfigDict(frozen=True)

    id: str
    account_id: str
    user_id: str | None
    tool_id: str
    queue: str
    chunked: bool
    timeout: float
    priority: PriorityName
    fairness_weight: float
    status: str
    request_id: str | None
    cancel_requested: bool
    created_at: datetime
    deadline: datetime | None
    pipeline_run: str | None = None
