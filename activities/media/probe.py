"""The client of the probe: warm child processes look at what users sent, so that this process never decodes it.

Importing this loads no image or video library. A child that takes too long, or dies of a file, is replaced, and the
file counts as damaged.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import CorruptFile, DomainError

PROBE_CPU = 1.0
"""Seconds of processor time for a header. Ordinary files take 0.001 to 0.05; the child dies of using more."""
PROBE_WALL = 10.0
EXAMINE_CPU = 20.0
EXAMINE_WALL = 60.0
START_WALL = 60.0
MAX_ANSWER = 1024 * 1024
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class FileFacts:
    """What a header tells. ``details`` by kind: width, height, frames, duration (seconds), entries, characters."""

    mime_type: str
    kind: str
    details: dict[str, Any]


@dataclass(frozen=True)
class Examination:
    """What a closer look tells: more details, and whether a thumbnail was written."""

    details: dict[str, Any]
    thumbnail: bool


class Prober:
    """Up to ``children`` warm children, started when first needed; one file a child at a time."""

    def __init__(self, max_pixels: int, children: int = 2) -> None:
        self._max_pixels = max_pixels
        self._gate = asyncio.Semaphore(children)
        self._idle: list[asyncio.subprocess.Process] = []

    async def warm(self) -> None:
        """Have a child ready before the first file comes."""
        async with self._child():
            return

    async def probe(self, path: Path, name: str) -> FileFacts:
        """Type, kind and measures of a file by its content; ``name`` only tells kinds of plain text apart.

        Raises ``UnsupportedType``, ``CorruptFile`` or ``DecompressionBomb``.
        """
        order = {
            "verb": "probe",
            "path": str(path),
            "suffix": Path(name).suffix.lower(),
            "max_pixels": self._max_pixels,
        }
        return FileFacts(**await self._ask(order, PROBE_CPU, PROBE_WALL))

    async def examine(self, path: Path, mime_type: str, thumbnail: Path) -> Examination:
        """Decode an image or a video's frame: writes a WebP of at most 320 pixels to ``thumbnail`` where it can."""
        order = {"verb": "examine", "path": str(path), "mime_type": mime_type, "thumbnail": str(thumbnail)}
        return Examination(**await self._ask(order, EXAMINE_CPU, EXAMINE_WALL))

    async def close(self) -> None:
        """End the children."""
        while self._idle:
            await _kill(self._idle.pop())

    async def _ask(self, order: dict[str, Any], cpu: float, wall: float) -> dict[str, Any]:
        async with self._child() as child:
            assert child.stdin is not None and child.stdout is not None
            child.stdin.write(json.dumps({**order, "cpu": cpu}).encode() + b"\n")
            try:
                async with asyncio.timeout(wall):
                    line = await child.stdout.readline()
            except TimeoutError as error:
                await _kill(child)
                raise CorruptFile(reason="it takes too long to read") from error
        if not line.endswith(b"\n"):
            raise CorruptFile(reason="it cannot be read within the limits")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise DomainError.from_wire(answer["error"])
        return answer

    @asynccontextmanager
    async def _child(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """A child for one question; whoever leaves early, by cancel or error, takes it to its grave."""
        async with self._gate:
            child = self._living() or await _start()
            try:
                yield child
            except BaseException:
                await _kill(child)
                raise
            self._idle.append(child)

    def _living(self) -> asyncio.subprocess.Process | None:
        while self._idle:
            child = self._idle.pop()
            if child.returncode is None:
                return child
        return None


async def _start() -> asyncio.subprocess.Process:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "activities.media.probe_child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=ENVIRONMENT,
        start_new_session=True,
        limit=MAX_ANSWER,
    )
    try:
        assert child.stdout is not None
        async with asyncio.timeout(START_WALL):
            await child.stdout.readline()
    except BaseException:
        await _kill(child)
        raise
    return child


async def _kill(child: asyncio.subprocess.Process) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        child.stdin = None
    await asyncio.shield(child.wait())
