"""Doing part of a run again: which steps may be taken over, and with which graph."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from activities.run_opening import Wanted
from models.errors import InvalidInput, RunOpen, wrong
from models.graphs.graph import Graph
from models.payloads.jobs import PriorityName
from models.payloads.runs import OPEN_RUN
from models.repositories.run_steps import RunSteps
from models.repositories.runs import Runs

from .running import RunSubmission
from .schemas.runs import ResumeRequest

T = TypeVar("T")


async def resumed(
    session: AsyncSession,
    submit: RunSubmission,
    run_id: str,
    body: ResumeRequest,
    do: Callable[[AsyncSession, Wanted], Awaitable[T]],
) -> T:
    """Ask ``do`` for the rest of a run that has ended; raises ``RunOpen`` or ``InvalidInput``."""
    run = await Runs(session).get(submit.caller.account_id, run_id)
    if run.status in OPEN_RUN:
        raise RunOpen
    graph = Graph.model_validate(run.graph)
    names = [node.id for node in graph.nodes]
    if body.from_step is not None and body.from_step not in names:
        raise InvalidInput(errors=[wrong("from_step", "流程中没有这个步骤", "the graph has no such step")])
    if body.parameters and body.from_step is None:
        raise InvalidInput(errors=[wrong("from_step", "改参数时须给出步骤", "changed parameters want a step")])
    rows = await RunSteps(session).rows(run_id, names)
    succeeded = {name for name, row in rows.items() if row.status == "succeeded" and row.type != "input"}
    again = (
        {body.from_step} if body.from_step else {name for name in names if name in rows} - succeeded - _inputs(graph)
    )
    wanted = Wanted(
        graph=changed(graph, body.from_step, body.parameters),
        inputs=run.inputs,
        budget=body.budget,
        priority=PriorityName(run.priority),
        pipeline_id=run.pipeline_id,
        version=run.pipeline_version,
        resumed_from=run.id,
        reused=frozenset(succeeded - downstream(graph, again)),
        expanded="pipeline_id" not in body.parameters,
    )
    return await do(session, wanted)


def downstream(graph: Graph, steps: set[str]) -> set[str]:
    """``steps`` and all that depends on them."""
    found, front = set(steps), list(steps)
    after: dict[str, list[str]] = {}
    for edge in graph.edges:
        after.setdefault(edge.source, []).append(edge.target)
    while front:
        for target in after.get(front.pop(), []):
            if target not in found:
                found.add(target)
                front.append(target)
    return found


def changed(graph: Graph, step: str | None, parameters: dict[str, object]) -> Graph:
    """The graph with ``parameters`` laid over those of one node; null takes one away."""
    nodes = [
        node.model_copy(
            update={
                "parameters": {
                    key: value for key, value in {**node.parameters, **parameters}.items() if value is not None
                }
            }
        )
        if node.id == step
        else node
        for node in graph.nodes
    ]
    return Graph(nodes=nodes, edges=graph.edges)


def _inputs(graph: Graph) -> set[str]:
    return {node.id for node in graph.nodes if node.type == "input"}
