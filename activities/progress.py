"""Writes a running job's progress, at most twice a second, and finds out when the attempt no longer counts."""

import time

import structlog

from models.errors import Unavailable
from models.payloads.jobs import Fence
from models.repositories.events import Events
from models.repositories.job_chunks import JobChunks
from models.repositories.jobs import Jobs
from models.session import Database
from temporal.errors import superseded

from .slots.protocol import SlotAnswer

INTERVAL = 0.5

log = structlog.get_logger(__name__)


class ProgressWriter:
    """Reports of one attempt; ``position`` is that of a chunk, whose reports only look after its lease."""

    def __init__(self, database: Database, job_id: str, fence: Fence, position: int | None = None) -> None:
        self._database = database
        self._job_id = job_id
        self._fence = fence
        self._position = position
        self._next = time.monotonic() + INTERVAL  # a job that is done at once needs no report
        self._last = SlotAnswer(kind="progress", step="started")
        self._text = ""
        self._preview = ""

    async def report(self, answer: SlotAnswer) -> None:
        """Write a report if it is time; raises ``superseded`` when a newer attempt, or the job's end, took the lease.

        A database that is down costs the report, never the work. Pieces of a text are gathered
        until then; of previews the newest one counts.
        """
        if answer.kind == "text":
            self._text += answer.message
        else:
            self._last = answer
            self._preview = answer.preview or self._preview
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + INTERVAL
        await self._flush()

    async def finish(self) -> None:
        """Write the rest of a text that was told."""
        if self._text:
            await self._flush()

    async def _flush(self) -> None:
        try:
            counts = await self._write(self._last, self._text, self._preview)
        except Unavailable:
            log.warning("progress was not written: PostgreSQL is down", job_id=self._job_id)
            return
        self._text = self._preview = ""
        if not counts:
            raise superseded()

    async def _write(self, answer: SlotAnswer, text: str, preview: str) -> bool:
        async with self._database.transaction() as session:
            if self._position is not None:
                return await JobChunks(session).holds(self._job_id, self._position, self._fence)
            told = await Jobs(session).progress(
                self._job_id, self._fence, answer.fraction, answer.step, answer.message, text, preview
            )
        await self._database.once(lambda session: Events(session).notify(self._job_id))
        return told
