"""Starts processes, starts them again when they die, and leaves none behind, even when it is killed itself."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from . import watchdog
from .errors import StackError
from .family import Register, end_family
from .logs import cut, open_log, tail
from .program import Program

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
CALM = 10.0
"""A process that lived this long (seconds) starts again at once: what killed it was not its start."""
POLL = 0.03
LOOK_AT_LOGS = 30.0
"""Seconds between two looks whether a log has become too large."""

log = structlog.get_logger(__name__)


class Supervisor:
    """Owns processes by name, each in a session of its own. ``report`` hears of a death: (name, what happened)."""

    def __init__(self, home: Path, report: Callable[[str, str], None] | None = None) -> None:
        self._home = home
        self._report = report or (lambda name, event: None)
        self._register = Register(home / "run" / "processes.json")
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._programs: dict[str, Program] = {}
        self._watchdog: asyncio.subprocess.Process | None = None
        self._cutter: asyncio.Task[None] | None = None
        self._cleaning = asyncio.Lock()
        self._clean = False

    async def clean(self) -> None:
        """End what a killed supervisor of this home may have left, going by its register; done once."""
        async with self._cleaning:
            if not self._clean:
                await asyncio.to_thread(self._register.end_leftovers)
                self._clean = True

    def pid(self, name: str) -> int:
        """The process id of a running program; ``KeyError`` if it was never started."""
        return self._processes[name].pid

    @property
    def names(self) -> list[str]:
        return list(self._programs)

    async def start(self, program: Program) -> None:
        """Start a program and return when it is ready; ``StackError`` with the end of its log if it isn't in time."""
        await self.clean()
        await self._ensure_watchdog()
        self._programs[program.name] = program
        await self._launch(program)
        await self._until_ready(program)
        keeper = asyncio.create_task(self._keep(program), name=f"keep-{program.name}")
        keeper.add_done_callback(_tell_failure)
        self._keepers[program.name] = keeper

    async def stop(self, name: str) -> None:
        """Ask a program to stop and kill its whole family if it isn't gone in time."""
        program = self._programs.pop(name, None)
        keeper = self._keepers.pop(name, None)
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
        process = self._processes.pop(name, None)
        if program is not None and process is not None:
            await end_family(process, program.stop_signal, program.stop_within)
            await self._forget(process.pid)
            program.clean()

    async def run_once(self, program: Program) -> int:
        """Run a program to its end and return its exit code; ``close`` ends it early."""
        await self.clean()
        await self._ensure_watchdog()
        self._programs[program.name] = program
        await self._launch(program)
        code = await self._processes[program.name].wait()
        await self.stop(program.name)
        return code

    async def close(self) -> None:
        """Stop what is left, side by side, then the watchdog."""
        if self._cutter is not None:
            self._cutter.cancel()
            await asyncio.wait([self._cutter])
            self._cutter = None
        await asyncio.gather(*(self.stop(name) for name in self.names))
        if self._watchdog is not None and self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
            await self._watchdog.wait()
            self._watchdog = None

    async def _launch(self, program: Program) -> None:
        if self._cutter is None:
            self._cutter = asyncio.create_task(self._cut_logs(), name="cut-logs")
        program.prepare()
        with open_log(self._home / "logs" / f"{program.name}.log") as output:
            process = await asyncio.create_subprocess_exec(
                *program.argv,
                env=dict(program.environment),
                cwd=program.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._processes[program.name] = process
        self._register.add(process.pid)
        await self._tell_watchdog(f"+{process.pid}")

    async def _until_ready(self, program: Program) -> None:
        deadline = time.monotonic() + program.ready_within
        process = self._processes[program.name]
        while not await program.ready():
            if process.returncode is not None or time.monotonic() > deadline:
                file = self._home / "logs" / f"{program.name}.log"
                how = "ended" if process.returncode is not None else f"was not ready in {program.ready_within:.0f} s"
                await self.stop(program.name)
                raise StackError(f"{program.name} {how}. The end of {file}:\n{tail(file)}")
            await asyncio.sleep(POLL)

    async def _keep(self, program: Program) -> None:
        """Start the program again whenever it ends, slower if it ends again and again."""
        pause = FIRST_PAUSE
        while True:
            born = time.monotonic()
            process = self._processes[program.name]
            code = await process.wait()
            await end_family(process, signal.SIGKILL, 0)
            await self._forget(process.pid)
            pause = FIRST_PAUSE if time.monotonic() - born > CALM else min(LONGEST_PAUSE, pause * 2)
            self._report(program.name, f"ended ({code}), starts again")
            await asyncio.sleep(pause)
            await self._launch(program)

    async def _cut_logs(self) -> None:
        """Keep the logs bounded while their writers run for weeks."""
        while True:
            await asyncio.sleep(LOOK_AT_LOGS)
            for name in self.names:
                await asyncio.to_thread(cut, self._home / "logs" / f"{name}.log")

    async def _forget(self, pid: int) -> None:
        self._register.remove(pid)
        await self._tell_watchdog(f"-{pid}")

    async def _ensure_watchdog(self) -> None:
        if self._watchdog is not None and self._watchdog.returncode is None:
            return
        self._watchdog = await asyncio.create_subprocess_exec(
            sys.executable,
            watchdog.__file__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            env={"PATH": os.defpath},
            cwd=self._home,
            start_new_session=True,
        )
        for process in self._processes.values():
            await self._tell_watchdog(f"+{process.pid}")

    async def _tell_watchdog(self, line: str) -> None:
        if self._watchdog is None or self._watchdog.stdin is None:
            return
        try:
            self._watchdog.stdin.write(f"{line}\n".encode())
            await self._watchdog.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            log.warning("the watchdog is gone and is started again")
            self._watchdog = None
            await self._ensure_watchdog()


def _tell_failure(keeper: asyncio.Task[None]) -> None:
    """A keeper ends by being canceled; any other end leaves a program that nobody starts again."""
    if not keeper.cancelled():
        log.error("a program is no longer kept alive", keeper=keeper.get_name(), exc_info=keeper.exception())
