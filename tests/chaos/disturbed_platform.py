"""A platform with pauses in its processes and hands that kill them: what every chaos test stands on."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from temporalio.client import Client

from activities.storage import ObjectStore
from models.session import Database
from models.settings import Settings
from temporal.client import TemporalDoor
from tests.running_platform import RunningPlatform
from workers.embedded.program import Program
from workers.embedded.stack import Stack

POOLS = ("core", "media")
SLOTS = 6
"""So many attempts can stand at a point at once, and share one disturbance."""


class DisturbedPlatform(RunningPlatform):
    """API, core and media workers under ``tests.chaos.paused``, with doors to look at what they leave."""

    def __init__(self, stack: Stack, settings: Settings, folder: Path) -> None:
        super().__init__(stack, settings, {"SWEEP_INTERVAL": "2", "SLOTS": str(SLOTS), "SLOT_THREADS": "1"})
        self.folder = folder
        self.settings = settings
        self.database = Database(settings)
        self.store = ObjectStore(settings)
        self._door = TemporalDoor(settings)
        self.replayed: set[str] = set()
        self._seen: list[psutil.Process] = []
        self._killed: dict[str, int] = {}
        for name in ("armed", "reached"):
            (folder / name).mkdir()

    async def start(self, pools: tuple[str, ...] = POOLS) -> None:
        await super().start(pools)

    async def stop(self, pools: tuple[str, ...] = POOLS) -> None:
        self.release()
        await super().stop(pools)
        await self.database.close()
        await self.store.close()

    async def client(self) -> Client:
        """A Temporal client of the test's own."""
        return await self._door.client()

    def arm(self, point: str) -> None:
        """The next call that passes ``point`` waits there."""
        (self.folder / "armed" / point).touch()

    async def reached(self, point: str, within: float = 20) -> None:
        """Returns once somebody waits at ``point``."""
        until = time.monotonic() + within
        while not (self.folder / "reached" / point).exists():
            assert time.monotonic() < until, f"nobody came to {point} within {within} s"
            await asyncio.sleep(0.01)

    def release(self) -> None:
        """Let everybody go on, and nobody wait any more."""
        for name in ("armed", "reached"):
            for file in (self.folder / name).iterdir():
                file.unlink(missing_ok=True)

    def disturb(self, victim: str) -> None:
        """SIGKILL ``victim``: a process by its name in the supervisor, or ``slots``, the busy and the idle ones.

        One that is dead at this moment has died already.
        """
        children: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            children = self.slot_children("media")
        self._seen.extend(children)
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            if victim != "slots":
                self._killed[victim] = self.stack.supervisor.pid(victim)
                self.kill(victim)
                return
            for child in children:
                child.kill()

    async def whole(self, within: float = 60) -> None:
        """Returns once all that ``disturb`` killed has been started again, and is ready."""
        supervisor = self.stack.supervisor
        async with asyncio.timeout(within):
            for name, killed in self._killed.items():
                program = supervisor._programs[name]
                while supervisor.pid(name) == killed or not await program.ready():  # noqa: ASYNC110 - it is no event
                    await asyncio.sleep(0.05)
        self._killed.clear()

    @asynccontextmanager
    async def without(self, name: str, how: str) -> AsyncIterator[None]:
        """Within the block a part is ``stopped`` or ``killed`` (it refuses), or ``frozen`` (it is silent)."""
        supervisor = self.stack.supervisor
        program, family = supervisor._programs[name], self.family(name)
        if how == "frozen":
            send(family, signal.SIGSTOP)
        else:
            if how == "killed":
                self.kill(name)  # the supervisor need not wait for a graceful end
            await supervisor.stop(name)
        try:
            yield
        finally:
            if how == "frozen":
                send(family, signal.SIGCONT)
            else:
                await supervisor.start(program)

    def family(self, name: str) -> list[psutil.Process]:
        """A program's process and its descendants."""
        head = psutil.Process(self.stack.supervisor.pid(name))
        return [head, *head.children(recursive=True)]

    def bereaved(self) -> list[psutil.Process]:
        """Slots of workers of this platform that are dead; other platforms of this machine are not looked at."""
        workers = {self.stack.supervisor.pid(pool) for pool in POOLS}
        return [child for child in self._seen if child.is_running() and not _belongs(child, workers)]

    def _program(self, name: str, arguments: list[str], ready: Any = None) -> Program:
        _, package, *rest = arguments
        return super()._program(name, ["-m", "tests.chaos.paused", str(self.folder), package, *rest], ready)


def _belongs(child: psutil.Process, workers: set[int]) -> bool:
    try:
        return child.status() == psutil.STATUS_ZOMBIE or child.ppid() in workers
    except psutil.NoSuchProcess:
        return True


def send(family: list[psutil.Process], number: signal.Signals) -> None:
    """Signal every process that still lives."""
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
