"""The worker's side of one slot: starts the child, hands it tasks, and kills it when it must end."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog

from models.errors import DomainError, ToolFailed

from ..metrics import DEATHS
from .isolation import child_command, slot_environment
from .protocol import MAX_MESSAGE, SlotAnswer, SlotConfig, SlotReply, SlotTask

START_TIMEOUT = 60.0
Report = Callable[[SlotAnswer], Awaitable[None]]
Serve = Callable[[dict[str, Any]], AsyncIterator[SlotReply]]
"""Answers what a slot asks of the world outside."""

log = structlog.get_logger(__name__)


class SlotDied(Exception):
    """The child ended in the middle of a task: killed, out of memory, or crashed in native code."""


class Slot:
    """One child process at a time. Not for two tasks at once: the pool sees to that."""

    def __init__(self, config: SlotConfig, recycle_rss: int, environment: dict[str, str]) -> None:
        self._config = config
        self._recycle_rss = recycle_rss
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id, or None while there is no child."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def run(self, task: SlotTask, report: Report, serve: Serve | None = None) -> SlotAnswer:
        """Run one task. Leaving early, by cancel or by an exception of ``report`` or ``serve``, kills the child.

        Raises the tool's own ``DomainError``; ``ToolFailed`` if the child died.
        """
        finished = False
        try:
            await self.start()
            answer = await self._talk(task, report, serve)
            finished = answer.rss < self._recycle_rss
        except SlotDied as death:
            DEATHS.labels(task.tool_id).inc()
            raise ToolFailed(reason=str(death)) from death
        finally:
            if not finished:
                await self.kill()
        if answer.kind == "error":
            raise DomainError.from_wire(answer.error)
        return answer

    async def start(self) -> None:
        """Have a child that is ready; raises ``SlotDied`` if it does not come up."""
        if self.pid is not None:
            return
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                *child_command(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                env=slot_environment(self._environment, self._config.threads),
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                cwd=Path(__file__).parents[2],
            )
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=MAX_MESSAGE)
        self._writer.write(self._config.model_dump_json().encode() + b"\n")
        async with asyncio.timeout(START_TIMEOUT):
            await self._read()
        log.info("slot ready", slot_pid=self._process.pid, threads=self._config.threads)

    async def kill(self) -> None:
        """End the child and its whole process group now; returns when it is gone."""
        process, self._process = self._process, None
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if process is None:
            return
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            log.debug("slot was gone", slot_pid=process.pid)
        await asyncio.shield(process.wait())

    async def _talk(self, task: SlotTask, report: Report, serve: Serve | None) -> SlotAnswer:
        assert self._writer is not None
        self._writer.write(task.model_dump_json().encode() + b"\n")
        replying: asyncio.Task[None] | None = None
        try:
            while True:
                answer = await self._next(replying)
                if answer.kind == "ask":
                    assert serve is not None
                    replying = asyncio.create_task(self._reply(serve(answer.request)))
                elif answer.kind in {"progress", "text"}:
                    await report(answer)
                else:
                    return answer
        finally:
            if replying is not None:
                replying.cancel()

    async def _next(self, replying: asyncio.Task[None] | None) -> SlotAnswer:
        """What the slot says next; a reply that failed, or fails meanwhile, raises instead."""
        if replying is None:
            return await self._read()
        reading = asyncio.ensure_future(self._read())
        try:
            await asyncio.wait({reading, replying}, return_when=asyncio.FIRST_COMPLETED)
            if replying.done():
                replying.result()
            return await reading
        finally:
            reading.cancel()

    async def _reply(self, replies: AsyncIterator[SlotReply]) -> None:
        """Beside the reading, so that neither end waits for the other to take what it says."""
        async for reply in replies:
            assert self._writer is not None
            self._writer.write(reply.model_dump_json().encode() + b"\n")
            await self._writer.drain()

    async def _read(self) -> SlotAnswer:
        assert self._reader is not None and self._process is not None
        try:
            line = await self._reader.readline()
        except (ConnectionError, ValueError) as error:
            raise SlotDied(f"the line to the slot broke: {error}") from error
        if not line.endswith(b"\n"):
            code = await self._process.wait()
            raise SlotDied(f"the slot ended with {_ending(code)}")
        return SlotAnswer.model_validate_json(line)


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
