"""What passes between the workflow of a batch and its activities: never the rows' values, they lie in the rows."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from .jobs import PriorityName
from .runs import MOST_EVENTS, OpenRun
from .tool_runs import Payload, StoredOutput

BatchStatus = Literal["queued", "running", "paused", "succeeded", "failed", "canceled"]
RowState = Literal["pending", "running", "succeeded", "failed", "canceled"]
OPEN_BATCH = ("queued", "running", "paused")
OPEN_ROW = ("pending", "running")

Wish = Literal["pause", "resume"]


class BatchOrder(Payload):
    """All that ``BatchWorkflow`` is told."""

    batch_id: str
    round: int = 1
    most_events: int = MOST_EVENTS


class BatchPlan(Payload):
    """What is left to do: ``chunks`` of a tool's rows by number, or ``rows`` of a pipeline, at most so many at once."""

    activity: str | None = None
    queue: str = ""
    timeout: float = 0
    concurrency: int = 1
    paused: bool = False
    chunks: list[int] = []
    rows: list[int] = []


class RowsOrder(Payload):
    """A chunk of rows of a tool's batch. ``turn`` grows with each order of the same workflow, to fence older ones."""

    batch_id: str
    chunk: int
    turn: int


class RowsEnd(Payload):
    """``left``: rows of the chunk that are still to be done. ``paused``: since the batch is paused."""

    left: int = 0
    paused: bool = False


class RowOrder(Payload):
    """One row of a pipeline's batch."""

    batch_id: str
    number: int


class RowStart(Payload):
    """``run`` is to be run for the row; None if there is nothing to do. ``paused``: since the batch is paused."""

    run: OpenRun | None = None
    paused: bool = False


class BatchEndOrder(Payload):
    """How the workflow thinks that the batch ends; None: as its rows have ended."""

    batch_id: str
    status: Literal["failed", "canceled"] | None = None
    error: dict[str, Any] | None = None


class BatchEnd(Payload):
    """How it has ended: whoever ends a batch first wins."""

    status: str


class ResultsOrder(Payload):
    """The zip of a batch's results is wanted."""

    batch_id: str


class RowResult(BaseModel):
    """How a row of a tool ended. ``credits`` is the charge, at most the row's ceiling; ``error`` as on a failed job."""

    model_config = ConfigDict(frozen=True)

    number: int
    outputs: list[StoredOutput] = []
    many: list[str] = []
    data: dict[str, Any] = {}
    credits: int | None = None
    error: dict[str, Any] | None = None


class RowWork(BaseModel):
    """A row that an attempt has taken."""

    model_config = ConfigDict(frozen=True)

    number: int
    input: dict[str, Any]
    ceiling: int


class ChunkWork(BaseModel):
    """The rows of a chunk that an attempt has taken, and what they have in common."""

    model_config = ConfigDict(frozen=True)

    account_id: str
    language: str
    parameters: dict[str, Any]
    rows: list[RowWork]
    paused: bool = False


class OpenBatch(BaseModel):
    """What is needed to start, or compare, the workflow of an open batch."""

    model_config = ConfigDict(frozen=True)

    id: str
    account_id: str
    round: int
    tool_id: str | None
    pipeline_id: str | None
    priority: PriorityName
    fairness_weight: float
    paused: bool
    request_id: str | None
    cancel_requested: bool
    created_at: datetime
