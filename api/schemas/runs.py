"""Runs of pipelines as the API shows and takes them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from pydantic import Field

from activities.graph_prices import Line
from models.graphs.graph import Graph
from models.payloads.jobs import PriorityName
from models.payloads.runs import OPEN_RUN, RunStatus
from models.tables import Run, RunStep
from temporal.ids import of_run

from .base import Body, View
from .jobs import JobError, error_view


class RunRequest(Body):
    """``inputs`` by the names of the graph's inputs. ``budget``: the most that the run may cost; the quote by default.

    ``version`` is a saved one; the published one by default, else the newest draft.
    """

    inputs: dict[str, Any] = {}
    budget: int | None = Field(None, ge=0, description="Credits; the run asks before it would cost more.")
    priority: PriorityName = PriorityName.normal
    version: int | None = Field(None, ge=1)


class GraphRunRequest(Body):
    """A graph that is run once, without being saved."""

    graph: Graph
    inputs: dict[str, Any] = {}
    budget: int | None = Field(None, ge=0, description="Credits; the run asks before it would cost more.")
    priority: PriorityName = PriorityName.normal


class RunQuoteRequest(Body):
    inputs: dict[str, Any] = {}
    version: int | None = Field(None, ge=1)


class ResumeRequest(Body):
    """Do ``from_step`` and what depends on it again, with some of its parameters changed; what failed, by default."""

    from_step: str | None = None
    parameters: dict[str, Any] = {}
    budget: int | None = Field(None, ge=0)


class Decision(Body):
    approved: bool
    note: str = Field("", max_length=2000)


class QuoteLine(View):
    """``times``: how often the step is expected to run at most."""

    step: str
    tool_id: str
    times: int
    credits: int


class RunQuoteView(View):
    """``credits`` is the ceiling that a run keeps to unless its owner agrees to more."""

    credits: int
    breakdown: list[QuoteLine]


def quote_view(lines: Sequence[Line]) -> RunQuoteView:
    """The sum of what each step may cost."""
    shown = [QuoteLine.model_validate(line) for line in lines]
    return RunQuoteView(credits=sum(line.credits for line in shown), breakdown=shown)


class CreditsOfRun(View):
    """``used`` grows as steps end; ``held`` is what is still set aside; ``budget`` what may be charged at most."""

    budget: int
    held: int
    used: int


class Waiting(View):
    """``kind`` time, approval, budget (``needed`` credits, ``left`` within the budget) or paused (its tool is)."""

    kind: str
    until: datetime
    title: str | None = None
    needed: int | None = None
    left: int | None = None


class StepView(View):
    """``step`` is the path: ``resize``, or ``each[3]/resize`` within a map. ``cached``: made before, for nothing."""

    step: str
    type: str
    tool_id: str | None
    status: str
    attempt: int
    job_id: str | None
    cached: bool
    reused: bool
    credits: int
    outputs: dict[str, Any]
    error: JobError | None
    waiting: Waiting | None
    decision: dict[str, Any] | None
    started_at: datetime | None
    completed_at: datetime | None


class StepPage(View):
    data: list[StepView]
    next_cursor: str | None


class RunView(View):
    """A run. ``steps`` are the nodes of its graph, begun or not; those within maps and loops are in ``/steps``."""

    id: str
    pipeline_id: str | None
    pipeline_version: int | None
    status: RunStatus
    priority: PriorityName
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    credits: CreditsOfRun
    steps: list[StepView]
    error: JobError | None
    failed_step: str | None
    resumed_from: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    workflow_id: str


class RunPage(View):
    data: list[RunView]
    next_cursor: str | None


class Difference(View):
    """One thing in which two runs differ; ``path`` is like ``inputs.title``, ``resize.parameters.width``."""

    path: str
    here: Any
    there: Any


class ComparisonView(View):
    """``here`` and ``there`` are the runs' ids."""

    here: str
    there: str
    differences: list[Difference]


def step_view(row: RunStep, language: str) -> StepView:
    return StepView(
        step=row.step,
        type=row.type,
        tool_id=row.tool_id,
        status=row.status,
        attempt=row.attempt,
        job_id=row.job_id,
        cached=row.cached,
        reused=row.reused,
        credits=row.credits if row.completed_at is not None else 0,
        outputs=row.outputs,
        error=error_view(row.error, language),
        waiting=Waiting.model_validate(row.waiting) if row.waiting else None,
        decision=row.decision,
        started_at=row.started_at,
        completed_at=row.completed_at,
    )


def run_view(run: Run, rows: Iterable[RunStep], held: int, language: str) -> RunView:
    """Render a run with the rows of its own graph's steps."""
    begun = {row.step: row for row in rows}
    idle = "pending" if run.status in OPEN_RUN else "skipped"
    ended = [row.credits for row in begun.values() if row.completed_at is not None]
    nodes: Sequence[dict[str, Any]] = run.graph.get("nodes", [])
    return RunView(
        id=run.id,
        pipeline_id=run.pipeline_id,
        pipeline_version=run.pipeline_version,
        status=cast(RunStatus, run.status),
        priority=PriorityName(run.priority),
        inputs=run.inputs,
        outputs=run.outputs or _outputs(nodes, begun),
        credits=CreditsOfRun(budget=run.budget, held=held, used=run.used or sum(ended)),
        steps=[
            step_view(begun[node["id"]], language) if node["id"] in begun else _not_begun(node, idle) for node in nodes
        ],
        error=error_view(run.error, language),
        failed_step=run.failed_step,
        resumed_from=run.resumed_from,
        created_at=run.created_at,
        started_at=run.started_at,
        completed_at=run.completed_at,
        workflow_id=of_run(run.id),
    )


def _outputs(nodes: Sequence[dict[str, Any]], begun: dict[str, RunStep]) -> dict[str, Any]:
    """What an open run has given so far."""
    return {
        str(node["parameters"]["name"]): begun[node["id"]].outputs["value"]
        for node in nodes
        if node["type"] == "output" and node["id"] in begun and "value" in begun[node["id"]].outputs
    }


def _not_begun(node: dict[str, Any], status: str) -> StepView:
    return StepView(
        step=node["id"],
        type=node["type"],
        tool_id=node.get("tool"),
        status=status,
        attempt=0,
        job_id=None,
        cached=False,
        reused=False,
        credits=0,
        outputs={},
        error=None,
        waiting=None,
        decision=None,
        started_at=None,
        completed_at=None,
    )
