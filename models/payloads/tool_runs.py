"""What passes between the workflow of a job and its activities: never bytes, local paths or parameters."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """Frozen; fields are only ever added, with defaults, since histories hold old ones."""

    model_config = ConfigDict(frozen=True)


class ToolRunInput(Payload):
    """All that ``ToolRunWorkflow`` is told; resolved at submit, so that history records it. Times in seconds."""

    job_id: str
    activity: str
    queue: str
    timeout: float
    chunked: bool = False
    deadline: float | None = None


class Moved(Payload):
    """An operator wants the job on ``queue`` from now on, each attempt ``timeout`` seconds long."""

    queue: str
    timeout: float


class ToolTask(Payload):
    """Input of a tool's activity. ``position`` is the chunk's, for chunked tools; ``moved`` counts moves."""

    job_id: str
    position: int | None = None
    moved: int = 0


class StoredOutput(Payload):
    """One output whose bytes are in the store under its digest."""

    name: str
    filename: str
    sha256: str
    size: int
    mime_type: str
    kind: str
    metadata: dict[str, Any] = {}


class ToolOutcome(Payload):
    """What a finished tool activity hands to ``jobs.settle``. ``credits`` lowers the charge below the hold."""

    outputs: list[StoredOutput]
    engine: str
    data: dict[str, Any] = {}
    credits: int | None = None


class Plan(Payload):
    """How many chunks a chunked tool wants."""

    chunks: int


class SettleInput(Payload):
    job_id: str
    outcome: ToolOutcome


class ReleaseInput(Payload):
    """``status`` is ``failed`` or ``canceled``; ``error`` is ``DomainError.wire()``."""

    job_id: str
    status: str
    error: dict[str, Any] | None = None


class JobEnd(Payload):
    """The outcome that won: the status in which the job has ended."""

    status: str
