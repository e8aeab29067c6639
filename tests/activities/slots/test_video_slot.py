"""A slot that works on video: it plans, encodes, and takes FFmpeg with it when it is killed."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from activities.slots.protocol import SlotAnswer, SlotConfig, SlotTask, Stage, TaskFile
from activities.slots.slot import Slot
from tests.activities.media.clips import BUNNY

LONG = {"scale": 2, "denoise": 1.0, "engine": "fast"}


@pytest.fixture
async def slot(tmp_path: Path) -> AsyncIterator[Slot]:
    made = Slot(SlotConfig(threads=1, device="cpu", engine_cache=1, weights=str(tmp_path)), 1 << 40, dict(os.environ))
    yield made
    await made.kill()


def task(tmp_path: Path, stage: Stage, chunk: dict[str, object] | None = None) -> SlotTask:
    return SlotTask(
        tool_id="video-enhance",
        stage=stage,
        parameters=LONG,
        files=[TaskFile(port="video", path=str(BUNNY), name="clip.mp4", mime_type="video/mp4", sha256="0" * 64)],
        texts={},
        scratch=str(tmp_path),
        language="zh",
        engines=[],
        chunk=chunk or {},
    )


def encoders(slot: Slot) -> list[psutil.Process]:
    """The FFmpeg processes of a slot."""
    below = psutil.Process(slot.pid).children(recursive=True)
    return [each for each in below if "ffmpeg" in each.name()]


async def test_cancel_ends_ffmpeg_within_two_seconds(slot: Slot, tmp_path: Path) -> None:
    fractions: list[float] = []
    encoding = asyncio.Event()

    async def listen(answer: SlotAnswer) -> None:
        fractions.append(answer.fraction)
        if 0 < answer.fraction < 0.9:
            encoding.set()

    async def ignore(answer: SlotAnswer) -> None:
        assert answer.kind == "progress"

    planned = await slot.run(task(tmp_path, "plan"), ignore)
    assert len(planned.plan) == 1
    running = asyncio.create_task(slot.run(task(tmp_path, "chunk", planned.plan[0]), listen))
    async with asyncio.timeout(60):
        await encoding.wait()
    (worker,) = encoders(slot)
    began = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    while worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() - began < 2
        await asyncio.sleep(0.02)
    assert fractions == sorted(fractions)
