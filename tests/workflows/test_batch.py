"""The workflow of a batch by itself, on the real server: histories that go on as new from the rows."""

import asyncio
import uuid
from collections import Counter

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from models.payloads.batches import BatchEnd, BatchEndOrder, BatchOrder, BatchPlan, RowsEnd, RowsOrder
from models.settings import Settings
from temporal.client import TemporalDoor
from workflows.batch import BatchWorkflow

CHUNKS = 30
TURNS = 2
"""How often a chunk gives its slot back before it is done."""


class Rows:
    """What the rows of a batch would hold. ``at_once``: the most chunks that ran side by side."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self.left = dict.fromkeys(range(CHUNKS), TURNS)
        self.orders: list[RowsOrder] = []
        self.lives = 0
        self.running = self.at_once = 0
        self.ended: BatchEndOrder | None = None

    @activity.defn(name="batches.begin")
    async def begin(self, order: BatchOrder) -> BatchPlan:
        self.lives += 1
        chunks = [chunk for chunk, left in self.left.items() if left]
        return BatchPlan(activity="tools.any", queue=self.queue, timeout=10, concurrency=3, chunks=chunks)

    @activity.defn(name="tools.any.rows")
    async def rows(self, order: RowsOrder) -> RowsEnd:
        self.orders.append(order)
        self.running += 1
        self.at_once = max(self.at_once, self.running)
        await asyncio.sleep(0.01)
        self.running -= 1
        self.left[order.chunk] -= 1
        return RowsEnd(left=self.left[order.chunk])

    @activity.defn(name="batches.report")
    async def report(self, order: BatchOrder) -> None:
        pass

    @activity.defn(name="batches.end")
    async def end(self, order: BatchEndOrder) -> BatchEnd:
        self.ended = order
        return BatchEnd(status="succeeded")


@pytest.fixture
async def client(settings: Settings) -> Client:
    return await TemporalDoor(settings, lazy=False).client()


async def test_a_long_batch_goes_on_as_new_and_does_each_turn_of_a_chunk_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = f"batch-{uuid.uuid4()}"
    monkeypatch.setattr("temporal.queues.CORE", queue)  # the platform of other tests listens to the real one
    rows = Rows(queue)
    activities = [rows.begin, rows.rows, rows.report, rows.end]
    async with Worker(client, task_queue=queue, workflows=[BatchWorkflow], activities=activities):
        order = BatchOrder(batch_id="batch_x", most_events=60)
        handle = await client.start_workflow(BatchWorkflow.run, order, id=queue, task_queue=queue)
        ended: BatchEnd = await asyncio.wait_for(handle.result(), 60)
    assert (ended.status, rows.ended) == ("succeeded", BatchEndOrder(batch_id="batch_x"))
    assert set(Counter(order.chunk for order in rows.orders).values()) == {TURNS}
    assert rows.lives > 3 and rows.at_once == 3
    lengths = [
        (await client.get_workflow_handle(queue, run_id=each.run_id).describe()).history_length
        async for each in client.list_workflows(f"WorkflowId = '{queue}'")
    ]
    assert len(lengths) > 2 and max(lengths) < 120
