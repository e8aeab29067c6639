import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from workers.embedded.errors import StackError
from workers.embedded.program import Program
from workers.embedded.supervisor import Supervisor

WITH_CHILD = "import subprocess,time,sys; subprocess.Popen(['sleep','300'],start_new_session=True); time.sleep(300)"
STUBBORN = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"


@pytest.fixture
async def supervisor(tmp_path):
    for name in ("logs", "run"):
        (tmp_path / name).mkdir()
    running = Supervisor(tmp_path)
    yield running
    await running.close()


def python(name: str, code: str, folder: Path, **options) -> Program:
    return Program(name=name, argv=[sys.executable, "-c", code], environment={}, folder=folder, **options)


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


async def until(true, seconds: float = 5.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_what_was_killed_starts_again(supervisor, tmp_path):
    await supervisor.start(python("one", WITH_CHILD, tmp_path))
    first = supervisor.pid("one")
    await until(lambda: psutil.Process(first).children())
    child = psutil.Process(first).children()[0]
    os.kill(first, signal.SIGKILL)
    await until(lambda: supervisor.pid("one") != first)
    assert psutil.pid_exists(supervisor.pid("one"))
    await supervisor.close()
    child.kill()  # its parent died first, so nobody could know that it was ours


async def test_stopping_ends_grandchildren_in_sessions_of_their_own(supervisor, tmp_path):
    await supervisor.start(python("one", WITH_CHILD, tmp_path))
    leader = psutil.Process(supervisor.pid("one"))
    await until(leader.children)
    family = [leader, *leader.children(recursive=True)]
    await supervisor.close()
    assert not [each for each in family if alive(each)]


async def test_a_program_that_does_not_listen_is_killed_in_time(supervisor, tmp_path):
    await supervisor.start(python("deaf", STUBBORN, tmp_path, stop_within=0.3))
    process = psutil.Process(supervisor.pid("deaf"))
    await asyncio.sleep(0.3)
    began = time.monotonic()
    await supervisor.close()
    assert time.monotonic() - began < 1.5
    assert not alive(process)


async def test_a_program_that_ends_at_once_is_told_with_its_log(supervisor, tmp_path):
    async def never() -> bool:
        return False

    with pytest.raises(StackError, match="no such thing"):
        await supervisor.start(python("bad", "raise SystemExit('no such thing')", tmp_path, ready=never))


STACK = """
import asyncio, sys
from pathlib import Path
from tests.conftest import stack_settings
from workers.embedded.stack import Stack

async def main():
    stack = Stack(stack_settings(Path(sys.argv[1])))
    await stack.start()
    print("up", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.long
def test_a_killed_supervisor_leaves_no_process_and_the_next_start_finds_its_data(tmp_path):
    repository = Path(__file__).parents[3]
    for _ in range(2):
        argv = [sys.executable, "-c", STACK, str(tmp_path)]
        with subprocess.Popen(argv, cwd=repository, stdout=subprocess.PIPE) as running:
            assert running.stdout is not None and running.stdout.readline() == b"up\n"
            family = psutil.Process(running.pid).children(recursive=True)
            assert {each.name() for each in family} >= {"postgres", "weed", "temporal"}
            running.kill()
        _, left = psutil.wait_procs(family, timeout=8)
        assert left == []


async def test_a_log_stays_bounded_while_its_writer_runs(supervisor, tmp_path, monkeypatch):
    monkeypatch.setattr("workers.embedded.supervisor.LOOK_AT_LOGS", 0.02)
    monkeypatch.setattr("workers.embedded.logs.LARGEST", 10_000)
    chatty = "import itertools,time\nfor n in itertools.count(): print('line', n, flush=True); time.sleep(0.0005)"
    await supervisor.start(python("chatty", chatty, tmp_path))
    log, older = tmp_path / "logs" / "chatty.log", tmp_path / "logs" / "chatty.log.1"
    await until(older.exists, 20)
    pid = supervisor.pid("chatty")
    await until(lambda: log.stat().st_size > 0)
    assert log.read_bytes().startswith(b"line ")
    assert older.stat().st_size < 200_000
    assert supervisor.pid("chatty") == pid
