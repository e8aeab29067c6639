"""What passes between the workflow of a pipeline's run and its activities: never values, they lie in the rows."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ..graphs.plan import Plan
from .jobs import OpenJob, PriorityName
from .tool_runs import Payload

RunStatus = Literal["queued", "running", "waiting", "succeeded", "failed", "canceled"]
OPEN_RUN = ("queued", "running", "waiting")

Given = dict[str, list[str]]
"""Ports at which ended steps, and inputs, gave something, by their id within one graph."""


MOST_EVENTS = 6_000
"""A history this long goes on as new; what is open then may take as much again before Temporal's own limit."""


class RunOrder(Payload):
    """All that ``PipelineRunWorkflow`` is told."""

    run_id: str
    most_events: int = MOST_EVENTS


class SectionOrder(Payload):
    """Items ``first`` to ``first + count`` of the map ``step``, for a workflow of their own.

    ``concurrency`` of them are worked on at once; ``skip_failed`` goes on when one fails.
    """

    run_id: str
    step: str
    first: int
    count: int
    concurrency: int = 1
    skip_failed: bool = False
    most_events: int = MOST_EVENTS


class Begun(Payload):
    """The plan, and what earlier histories of this run have done already, by the prefix of the graph."""

    plan: Plan
    given: dict[str, Given] = {}


class StepOrder(Payload):
    """``step`` is the path. ``attempt`` counts from 1; ``number`` is a loop's round."""

    run_id: str
    step: str
    attempt: int = 1
    number: int = 0


class StepEnd(Payload):
    """``ports`` gave something. A failed step has ``error`` (``DomainError.wire()``)."""

    ports: list[str] = []
    error: dict[str, Any] | None = None
    retryable: bool = False


class StepStart(Payload):
    """How a step goes on, exactly one of: it has ended; a job is to be run, or another's to be waited for; it waits
    for ``seconds`` or a decision; its graph is to be run for ``items``; an address is to be called."""

    ended: StepEnd | None = None
    job: OpenJob | None = None
    same_as: str | None = None
    waits: Literal["time", "decision"] | None = None
    seconds: float = 0
    items: int | None = None
    calls: bool = False


class Round(Payload):
    """One run of a nested graph: what is given at its beginning."""

    given: dict[str, Given] = {}


class RoundEnd(Payload):
    """How the loop's step has ended; None if another round follows."""

    ended: StepEnd | None = None


class StepFailure(Payload):
    """A step fails by what happened within its own graph; ``error`` is ``DomainError.wire()``."""

    run_id: str
    step: str
    error: dict[str, Any]


class RunEndOrder(Payload):
    """How the workflow thinks that the run ends. ``step`` is the one that failed."""

    run_id: str
    status: Literal["succeeded", "failed", "canceled"]
    error: dict[str, Any] | None = None
    step: str | None = None


class RunEnd(Payload):
    """How it has ended: whoever ends a run first wins."""

    status: str


class OpenRun(BaseModel):
    """What is needed to start, or compare, the workflow of an open run."""

    model_config = ConfigDict(frozen=True)

    id: str
    account_id: str
    pipeline_id: str | None
    priority: PriorityName
    fairness_weight: float
    request_id: str | None
    cancel_requested: bool
    created_at: datetime
