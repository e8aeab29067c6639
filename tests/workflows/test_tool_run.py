"""The workflow of a job by itself, on the real server, with activities that misbehave on purpose."""

import asyncio
import time
import uuid

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.worker import Worker

from models.payloads.tool_runs import JobEnd, ReleaseInput, SettleInput, ToolOutcome, ToolRunInput, ToolTask
from models.settings import Settings
from temporal.client import TemporalDoor
from workflows.tool_run import ToolRunWorkflow

HEARD_WITHIN = 9.0
"""Seconds after which a workflow task that waits for a local activity has asked the server for news (80 % of 10 s)."""


class Activities:
    """What a job's workflow calls; ``settle`` fails for ``down`` seconds, as it would without PostgreSQL."""

    def __init__(self, down: float) -> None:
        self.down = down
        self.began = asyncio.Event()
        self.calls: list[str] = []
        self.released: list[str] = []
        self._first = 0.0

    @activity.defn(name="tools.quick")
    async def tool(self, task: ToolTask) -> ToolOutcome:
        return ToolOutcome(outputs=[], engine="none")

    @activity.defn(name="jobs.settle")
    async def settle(self, settle: SettleInput) -> JobEnd:
        self._first = self._first or time.monotonic()
        self.began.set()
        if time.monotonic() - self._first < self.down:
            raise ApplicationError("PostgreSQL is down", type="unavailable")
        self.calls.append("settle")
        return JobEnd(status="succeeded")

    @activity.defn(name="jobs.release")
    async def release(self, release: ReleaseInput) -> JobEnd:
        self.calls.append("release")
        self.released.append(release.status)
        return JobEnd(status=release.status)


@pytest.fixture
async def client(settings: Settings) -> Client:
    return await TemporalDoor(settings, lazy=False).client()


async def run(client: Client, activities: Activities, cancel: bool) -> object:
    queue = f"tool-run-{uuid.uuid4()}"
    order = ToolRunInput(job_id="job_x", activity="tools.quick", queue=queue, timeout=30)
    methods = [activities.tool, activities.settle, activities.release]
    async with Worker(client, task_queue=queue, workflows=[ToolRunWorkflow], activities=methods):
        handle = await client.start_workflow(ToolRunWorkflow.run, order, id=queue, task_queue=queue)
        if cancel:
            await asyncio.wait_for(activities.began.wait(), 10)
            await handle.cancel()
        return await handle.result()


async def test_a_cancel_during_settle_does_not_undo_it(client: Client) -> None:
    activities = Activities(down=HEARD_WITHIN + 2)
    result = await run(client, activities, cancel=True)
    assert result == JobEnd(status="succeeded")
    assert activities.calls == ["settle"]


async def test_a_quick_job_is_settled_once(client: Client) -> None:
    activities = Activities(down=0)
    assert await run(client, activities, cancel=False) == JobEnd(status="succeeded")
    assert activities.calls == ["settle"]


async def test_a_canceled_tool_is_released_as_canceled(client: Client) -> None:
    class Slow(Activities):
        @activity.defn(name="tools.quick")
        async def tool(self, task: ToolTask) -> ToolOutcome:
            self.began.set()
            while True:
                activity.heartbeat()
                await asyncio.sleep(0.05)

    activities = Slow(down=0)
    with pytest.raises(WorkflowFailureError) as raised:
        await run(client, activities, cancel=True)
    assert isinstance(raised.value.cause, CancelledError)
    assert activities.calls == ["release"]


@pytest.mark.long
async def test_a_tool_whose_attempt_was_lost_after_the_cancel_is_canceled_too(client: Client) -> None:
    """A worker that dies then is found out by the heartbeat, and the server does not try again what is canceled."""

    class Lost(Activities):
        @activity.defn(name="tools.quick")
        async def tool(self, task: ToolTask) -> ToolOutcome:
            self.began.set()
            try:
                while True:
                    activity.heartbeat()
                    await asyncio.sleep(0.05)
            except asyncio.CancelledError as heard:
                raise ApplicationError("the worker died", type="tool_failed", non_retryable=True) from heard

    activities = Lost(down=0)
    with pytest.raises(WorkflowFailureError) as raised:
        await run(client, activities, cancel=True)
    assert isinstance(raised.value.cause, CancelledError)
    assert activities.released == ["canceled"]
