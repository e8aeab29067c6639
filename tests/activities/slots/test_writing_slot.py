"""A slot in which SmolLM2 writes: canceled at once, killed without harm, and it writes on afterwards."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from activities.slots.protocol import SlotAnswer, SlotConfig, SlotTask
from activities.slots.slot import Slot
from models.errors import ToolFailed
from tests.activities.tools.context import weights

BRIEF = "Desk lamp, dimmable, warm light, foldable arm"


@pytest.fixture
async def slot() -> AsyncIterator[Slot]:
    weights().ensure("smollm2")
    config = SlotConfig(threads=1, device="cpu", engine_cache=1 << 30, weights=str(weights().home))
    made = Slot(config, 1 << 40, dict(os.environ))
    yield made
    await made.kill()


def task(folder: Path, length: int) -> SlotTask:
    return SlotTask(
        tool_id="text-generation", stage="run", parameters={"engine": "smollm2", "length": length}, files=[],
        texts={"text": BRIEF}, scratch=str(folder), language="en", engines=["smollm2"],
    )  # fmt: skip


async def test_it_writes_is_canceled_and_killed_in_the_middle_and_writes_again(slot: Slot, tmp_path: Path) -> None:
    writing, pieces = asyncio.Event(), list[str]()

    async def listen(answer: SlotAnswer) -> None:
        if answer.kind == "text":
            pieces.append(answer.message)
            writing.set()

    running = asyncio.create_task(slot.run(task(tmp_path, 1000), listen))
    await asyncio.wait_for(writing.wait(), 60)
    began = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert slot.pid is None and time.monotonic() - began < 2

    writing.clear()
    running = asyncio.create_task(slot.run(task(tmp_path, 1000), listen))
    await asyncio.wait_for(writing.wait(), 60)
    assert slot.pid is not None
    os.kill(slot.pid, signal.SIGKILL)
    with pytest.raises(ToolFailed):
        await running

    pieces.clear()
    answer = await slot.run(task(tmp_path, 50), listen)
    assert answer.engine == "SmolLM2 135M" and answer.engine_bytes > 150_000_000
    assert "".join(pieces) == answer.data["texts"][0] and len(pieces) > 10
