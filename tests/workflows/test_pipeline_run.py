"""The workflow of a run by itself, on the real server: histories that go on as new, retries, failures, waits."""

import asyncio
import uuid
from collections import Counter
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError
from temporalio.worker import Worker

from models.errors import ToolFailed
from models.graphs.plan import Link, Plan, Step
from models.payloads.runs import Begun, Given, RunEnd, RunEndOrder, RunOrder, StepEnd, StepOrder, StepStart
from models.settings import Settings
from temporal.client import TemporalDoor
from workflows.pipeline_run import PipelineRunWorkflow


class Rows:
    """What the rows of a run would hold; ``fails`` says how often a step fails before it succeeds."""

    def __init__(self, plan: Plan, fails: dict[str, int] | None = None, waits: dict[str, float] | None = None) -> None:
        self.plan = plan
        self.fails = dict(fails or {})
        self.waits = dict(waits or {})
        self.given: Given = {}
        self.opened: Counter[str] = Counter()
        self.lives = 0
        self.ended: RunEndOrder | None = None

    @activity.defn(name="runs.begin")
    async def begin(self, order: RunOrder) -> Begun:
        self.lives += 1
        return Begun(plan=self.plan, given={"": dict(self.given)})

    @activity.defn(name="steps.open")
    async def open(self, order: StepOrder) -> StepStart:
        if order.step in self.waits:
            return StepStart(waits="time", seconds=self.waits[order.step])
        self.opened[order.step] += 1
        if self.fails.get(order.step, 0) > 0:
            self.fails[order.step] -= 1
            self.given[order.step] = []
            return StepStart(ended=StepEnd(error=ToolFailed(reason="test").wire(), retryable=True))
        self.given[order.step] = ["x"]
        return StepStart(ended=StepEnd(ports=["x"]))

    @activity.defn(name="steps.wake")
    async def wake(self, order: StepOrder) -> StepStart:
        del self.waits[order.step]
        return await self.open(order)

    @activity.defn(name="runs.end")
    async def end(self, order: RunEndOrder) -> RunEnd:
        self.ended = order
        return RunEnd(status=order.status)


def chain(count: int, **more: Any) -> Plan:
    steps = tuple(Step(id=f"s{at}", type="transform", required=("a",), **more) for at in range(count))
    links = tuple(Link(source=f"s{at}", port="x", target=f"s{at + 1}", to="a") for at in range(count - 1))
    return Plan(steps=steps, links=links)


@pytest.fixture
async def client(settings: Settings) -> Client:
    return await TemporalDoor(settings, lazy=False).client()


async def run(client: Client, rows: Rows, most_events: int = 6_000) -> str:
    """The run to its end; returns its workflow's id."""
    queue = f"pipeline-run-{uuid.uuid4()}"
    order = RunOrder(run_id="run_x", most_events=most_events)
    activities = [rows.begin, rows.open, rows.wake, rows.end]
    async with Worker(client, task_queue=queue, workflows=[PipelineRunWorkflow], activities=activities):
        handle = await client.start_workflow(PipelineRunWorkflow.run, order, id=queue, task_queue=queue)
        await asyncio.wait_for(handle.result(), 60)
    return queue


@pytest.mark.long
async def test_a_long_run_goes_on_as_new_and_does_each_step_once(client: Client) -> None:
    rows = Rows(chain(60), waits={f"s{at}": 0.01 for at in range(0, 60, 4)})  # each wait ends a workflow task
    workflow_id = await run(client, rows, most_events=40)
    assert rows.lives > 2 and rows.ended is not None and rows.ended.status == "succeeded"
    assert set(rows.opened.values()) == {1} and len(rows.opened) == 60
    lengths = [
        (await client.get_workflow_handle(workflow_id, run_id=each.run_id).describe()).history_length
        async for each in client.list_workflows(f"WorkflowId = '{workflow_id}'")
    ]
    assert max(lengths) < 120


async def test_what_may_pass_is_tried_again_as_often_as_the_node_says(client: Client) -> None:
    rows = Rows(chain(3, attempts=3, wait=0.1), fails={"s1": 2})
    await run(client, rows, most_events=1)
    assert rows.opened == {"s0": 1, "s1": 3, "s2": 1}


async def test_a_step_that_fails_for_good_ends_the_run(client: Client) -> None:
    rows = Rows(chain(3, attempts=2, wait=0.1), fails={"s1": 2})
    with pytest.raises(WorkflowFailureError):
        await run(client, rows)
    assert rows.ended is not None and (rows.ended.status, rows.ended.step) == ("failed", "s1")
    assert "s2" not in rows.opened


async def test_a_run_may_go_on_without_a_step(client: Client) -> None:
    rows = Rows(chain(3, on_error="continue"), fails={"s1": 1})
    await run(client, rows)
    assert rows.ended is not None and rows.ended.status == "succeeded"
    assert rows.opened == {"s0": 1, "s1": 1}
