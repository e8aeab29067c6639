"""The worker's side of the host of shared engines: starts it beside a card, and again when it has died."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import structlog

from activities.inference.host_config import READY, HostConfig
from models.errors import ToolFailed

from .isolation import network_jail, slot_environment

START_TIMEOUT = 120.0
"""Seconds; torch takes its time to find a card."""
CARD = Path("/dev/nvidiactl")

log = structlog.get_logger(__name__)


def wanted(setting: str) -> bool:
    """Whether slots share their engines: where there is a card, unless the setting says ``always`` or ``never``."""
    return setting == "always" or (setting == "auto" and CARD.exists())


class EngineHost:
    """One process for all slots of a worker. ``path`` is the Unix socket on which it listens."""

    def __init__(self, config: HostConfig, path: Path, environment: dict[str, str]) -> None:
        self.path = path
        self._config = config
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The host's process id, or None while there is none."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def ensure(self) -> None:
        """Have it running and listening; ``ToolFailed`` or ``TimeoutError`` if it does not come up."""
        async with self._lock:
            if self.pid is None:
                await self._start()

    async def close(self) -> None:
        """End it and its process group now."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        self.path.unlink(missing_ok=True)

    async def _start(self) -> None:
        self.path.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *network_jail(),
            *(sys.executable, "-m", "activities.inference.host", str(self.path)),
            env=slot_environment(self._environment, self._config.threads),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(self._config.model_dump_json().encode() + b"\n")
        async with asyncio.timeout(START_TIMEOUT):
            said = await self._process.stdout.readline()
        if said.decode() != READY:
            raise ToolFailed(reason="the host of the engines did not start; the worker's log says why")
        log.info("host of the engines ready", host_pid=self._process.pid)
