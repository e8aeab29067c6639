"""A slot runs tasks, says how far it is, and dies without harm."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from activities.slots.isolation import network_jail
from activities.slots.protocol import SlotAnswer, SlotConfig, SlotTask
from activities.slots.slot import Slot
from models.errors import InvalidInput, ToolFailed

FOREVER = {"seconds": 60}


@pytest.fixture
async def slot(tmp_path: Path) -> AsyncIterator[Slot]:
    config = SlotConfig(
        threads=1, device="cpu", engine_cache=1, weights=str(tmp_path), extra_tools=["tests.sample_tools"]
    )
    made = Slot(config, 1 << 40, dict(os.environ))
    yield made
    await made.kill()


def task(tmp_path: Path, **parameters: object) -> SlotTask:
    return SlotTask(
        tool_id="sample-echo",
        stage="run",
        parameters=parameters,
        files=[],
        texts={"text": "你好"},
        scratch=str(tmp_path),
        language="zh",
        engines=[],
    )


async def ignore(answer: SlotAnswer) -> None:
    assert answer.kind == "progress"


async def test_runs_a_task_and_reports(slot: Slot, tmp_path: Path) -> None:
    told: list[float] = []

    async def listen(answer: SlotAnswer) -> None:
        told.append(answer.fraction)

    answer = await slot.run(task(tmp_path, seconds=0.3), listen)

    assert Path(answer.outputs[0].path).read_text() == "你好"
    assert told == sorted(told) and len(told) >= 4


async def test_a_tools_own_error_keeps_the_child(slot: Slot, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as raised:
        await slot.run(task(tmp_path, seconds=0, fail=True), ignore)
    before = slot.pid
    assert raised.value.errors == [{"path": "parameters.fail", "message": "it was asked to fail"}]
    await slot.run(task(tmp_path, seconds=0), ignore)
    assert slot.pid == before


async def test_a_crash_is_named_and_the_next_task_runs(slot: Slot, tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="SIGSEGV"):
        await slot.run(task(tmp_path, seconds=0, crash=True), ignore)
    answer = await slot.run(task(tmp_path, seconds=0), ignore)
    assert answer.engine == "sleep"


async def test_cancel_kills_the_child_within_two_seconds(slot: Slot, tmp_path: Path) -> None:
    await slot.start()
    pid = slot.pid
    running = asyncio.create_task(slot.run(task(tmp_path, **FOREVER), ignore))
    await asyncio.sleep(0.3)
    running.cancel()
    async with asyncio.timeout(2):
        with pytest.raises(asyncio.CancelledError):
            await running
    assert pid is not None and not psutil.pid_exists(pid)


async def test_an_objection_of_the_reporter_kills_the_child(slot: Slot, tmp_path: Path) -> None:
    async def object_(answer: SlotAnswer) -> None:
        raise InvalidInput

    with pytest.raises(InvalidInput):
        await slot.run(task(tmp_path, **FOREVER), object_)
    assert slot.pid is None


async def test_the_child_has_no_network_and_no_secret(slot: Slot) -> None:
    os.environ["SECRET_FOR_TEST"] = "x"
    await slot.start()
    assert slot.pid is not None
    environment = psutil.Process(slot.pid).environ()
    del os.environ["SECRET_FOR_TEST"]
    assert "SECRET_FOR_TEST" not in environment
    if not network_jail():
        pytest.skip("this kernel lets nobody make a network namespace")
    assert os.readlink(f"/proc/{slot.pid}/ns/net") != os.readlink("/proc/self/ns/net")


async def test_the_child_dies_with_its_worker(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, sys\n"
        "from activities.slots.protocol import SlotConfig\n"
        "from activities.slots.slot import Slot\n"
        "async def main():\n"
        f"    config = SlotConfig(threads=1, device='cpu', engine_cache=1, weights={str(tmp_path)!r})\n"
        "    slot = Slot(config, 1 << 40, {})\n"
        "    await slot.start(); print(f'pid {slot.pid}', flush=True); await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    worker = await asyncio.create_subprocess_exec(os.sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)  # type: ignore[attr-defined]
    assert worker.stdout is not None
    pid = 0
    while not pid:  # the log comes first
        line = await worker.stdout.readline()
        pid = int(line.split()[1]) if line.startswith(b"pid ") else 0
    child = psutil.Process(pid)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    await asyncio.to_thread(child.wait, 2)
    assert not child.is_running()
