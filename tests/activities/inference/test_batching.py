"""Calls of several jobs share a batch, and nothing else."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from skimage import data

from activities.inference.batching import Batcher
from activities.inference.host_config import HostConfig
from activities.inference.registry import weights_of
from activities.inference.shared import SharedEngines
from activities.slots.engine_host import EngineHost
from models.errors import ToolFailed
from models.settings import get_settings
from tests.activities.tools.context import REPOSITORY, engines, weights

NAME = "upscale-compact-2"


def doubled(key: object, stack: np.ndarray) -> np.ndarray:
    if key == "broken":
        raise ValueError("no such luck")
    return stack * 2


async def many(batcher: Batcher, calls: list[tuple[str, np.ndarray]]) -> list[object]:
    try:
        return await asyncio.gather(*(batcher.submit(key, array) for key, array in calls), return_exceptions=True)
    finally:
        batcher.close()


async def test_equal_calls_go_together_and_everybody_gets_his_own() -> None:
    batcher = Batcher(doubled, max_batch=3, max_delay=0.05)
    results = await many(batcher, [("a", np.full(2, at)) for at in range(5)])
    assert [list(result) for result in results] == [[2 * at] * 2 for at in range(5)]
    assert list(batcher.batches) == [3, 2]


async def test_other_engines_shapes_and_types_wait_apart() -> None:
    batcher = Batcher(doubled, max_batch=8, max_delay=0.02)
    calls = [("a", np.zeros(2)), ("b", np.zeros(2)), ("a", np.zeros(3)), ("a", np.zeros(2, np.float32))]
    results = await many(batcher, calls)
    assert list(batcher.batches) == [1, 1, 1, 1]
    assert [result.shape for result in results] == [(2,), (2,), (3,), (2,)]


async def test_what_breaks_a_batch_is_told_to_its_callers_alone() -> None:
    batcher = Batcher(doubled, max_batch=2, max_delay=0.02)
    results = await many(batcher, [("broken", np.zeros(1)), ("broken", np.zeros(1)), ("a", np.ones(1))])
    assert [type(result) for result in results[:2]] == [ValueError, ValueError]
    assert list(results[2]) == [2]


async def test_a_caller_who_left_is_not_computed() -> None:
    seen: list[int] = []
    batcher = Batcher(lambda key, stack: seen.append(len(stack)) or stack, max_batch=8, max_delay=0.05)
    left = asyncio.ensure_future(batcher.submit("a", np.zeros(1)))
    await asyncio.sleep(0)
    left.cancel()
    await many(batcher, [("a", np.zeros(1))])
    assert seen == [1]


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[EngineHost]:
    for name in weights_of(NAME):
        weights().ensure(name)
    folder = str((REPOSITORY / get_settings().weights_folder).absolute())
    config = HostConfig(device="cpu", threads=2, engine_cache=1 << 30, weights=folder, max_delay=0.3)
    made = EngineHost(config, tmp_path / "engines", dict(os.environ))
    await made.ensure()
    yield made
    await made.close()


async def test_jobs_share_one_engine_and_its_batches(host: EngineHost) -> None:
    """Three slots ask for a tile of their own at once: one batch, and the same pictures as without the host."""
    tiles = [data.astronaut()[top : top + 64, 100:164] for top in (0, 100, 200)]
    lines = [SharedEngines(str(host.path)) for _ in tiles]
    shared = [await asyncio.to_thread(line.get, NAME, "upscale") for line in lines]
    assert (shared[0].label, shared[0].scale, shared[0].bytes) == ("Real-ESRGAN Compact x2", 2, 0)
    together = threading.Barrier(3)

    def enlarge(at: int) -> np.ndarray:
        together.wait(10)
        return shared[at].upscale(tiles[at])

    results = await asyncio.gather(*(asyncio.to_thread(enlarge, at) for at in range(3)))
    alone = engines().get(NAME)
    for tile, result in zip(tiles, results, strict=True):
        assert np.abs(result - alone.upscale(tile)).max() < 0.5
    facts = await asyncio.to_thread(lines[0].get, NAME, "upscale")
    assert facts.batches == [3]


async def test_a_slot_that_dies_and_a_host_that_dies_are_outlived(host: EngineHost) -> None:
    tile = data.astronaut()[:64, :64]
    left = SharedEngines(str(host.path))
    await asyncio.to_thread(left.get, NAME, "upscale")
    assert left._socket is not None
    left._socket.close()  # as the kernel does for a slot that was killed
    line = SharedEngines(str(host.path))
    engine = await asyncio.to_thread(line.get, NAME, "upscale")
    assert (await asyncio.to_thread(engine.upscale, tile)).shape == (128, 128, 3)
    assert host.pid is not None
    psutil.Process(host.pid).kill()
    with pytest.raises(ToolFailed, match="host of the engines"):
        await asyncio.to_thread(engine.upscale, tile)
    assert host._process is not None
    await asyncio.wait_for(host._process.wait(), 5)
    await host.ensure()
    assert (await asyncio.to_thread(engine.upscale, tile)).shape == (128, 128, 3)


async def test_a_host_that_cannot_start_is_named(tmp_path: Path) -> None:
    """A folder in the way of its socket ends it at once; nobody must take that for being ready."""
    (tmp_path / "missing").mkdir()
    config = HostConfig(device="cpu", threads=1, engine_cache=1, weights=str(tmp_path))
    broken = EngineHost(config, tmp_path / "missing" / "folder" / "engines", dict(os.environ))
    with pytest.raises(ToolFailed, match="did not start"):
        await broken.ensure()
    await broken.close()
