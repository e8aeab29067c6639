"""The activities of tools: fetch inputs, run a slot, publish outputs. Each tool is an activity type of its own.

Nothing that happens here counts until ``jobs.settle``: outputs lie under their digests, so that a repeated attempt
can neither double nor corrupt them.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog
from temporalio import activity

from activities.tools.base import Tool
from models.errors import DomainError, FileRejected, StillScanning, ToolBroken
from models.payloads.jobs import Fence, JobWork
from models.payloads.tool_runs import Plan, ToolOutcome, ToolTask
from models.repositories.job_chunks import JobChunks
from models.repositories.jobs import Jobs
from models.repositories.pauses import Pauses
from models.session import Database
from temporal.errors import job_ended, superseded
from temporal.heartbeat import heartbeating
from temporal.tracing import Span, no_span

from . import metrics
from .progress import ProgressWriter
from .publishing import Publisher, digest
from .scratch import Scratch
from .slots.pool import SlotPool
from .slots.protocol import SlotAnswer, Stage
from .staging import Stager
from .text_providers import TextProviders

JOIN_FENCE = 1_000_000
"""Added to the attempts of a join, so that they are newer than any attempt of its plan."""

MOVE_FENCE = 10_000
"""Added for each move by an operator, whose activity counts its attempts from 1; a job has fewer in a day."""

SHARE_OF_TIMEOUT = 0.95

StageMethod = Callable[[Tool, ToolTask], Awaitable[object]]

log = structlog.get_logger(__name__)


class ToolRuns:
    """Runs the stages of tools in this worker's slots."""

    def __init__(
        self,
        database: Database,
        slots: SlotPool,
        scratch: Scratch,
        stager: Stager,
        publisher: Publisher,
        providers: TextProviders,
        span: Span = no_span,
    ) -> None:
        self._span = span
        self._providers = providers
        self._database = database
        self._slots = slots
        self._scratch = scratch
        self._stager = stager
        self._publisher = publisher

    def activities(self, tool: Tool) -> list[Callable[[ToolTask], Awaitable[object]]]:
        """The activity functions of one tool, named ``tools.{id}`` and, for chunked ones, by stage."""
        stages: dict[str, StageMethod] = {"": self.run}
        if tool.chunking:
            stages = {".plan": self.plan, ".chunk": self.chunk, ".join": self.join}
        return [_named(f"tools.{tool.id}{suffix}", tool, method) for suffix, method in stages.items()]

    async def run(self, tool: Tool, task: ToolTask) -> ToolOutcome:
        """The whole of an ordinary tool."""
        fence = _fence(task)
        work = await self._begin(tool, task.job_id, fence)
        async with heartbeating(), self._scratch.folder(task.job_id) as folder:
            answer = await self._perform(tool, work, "run", folder, ProgressWriter(self._database, work.job_id, fence))
            return await self._publisher.outcome(work, answer)

    async def plan(self, tool: Tool, task: ToolTask) -> Plan:
        """Cut the work into chunks and write the plan."""
        fence = _fence(task)
        work = await self._begin(tool, task.job_id, fence)
        async with heartbeating(), self._scratch.folder(task.job_id) as folder:
            answer = await self._perform(tool, work, "plan", folder, ProgressWriter(self._database, work.job_id, fence))
            async with self._database.transaction() as session:
                await JobChunks(session).plan(work.job_id, answer.plan)
        return Plan(chunks=len(answer.plan))

    async def chunk(self, tool: Tool, task: ToolTask) -> None:
        """Make one chunk and keep it; one that is kept already costs nothing."""
        assert task.position is not None
        fence, position = _fence(task), task.position
        async with self._database.transaction() as session:
            if await JobChunks(session).digest(task.job_id, position):
                return
            work = await Jobs(session).open_work(task.job_id)
            description = await JobChunks(session).begin(task.job_id, position, fence)
        if work is None:
            raise job_ended()
        if description is None:
            raise superseded()
        async with heartbeating(), self._scratch.folder(task.job_id) as folder:
            lease = ProgressWriter(self._database, work.job_id, fence, position)
            answer = await self._perform(tool, work, "chunk", folder, lease, chunk=description)
            await self._keep_chunk(work, position, fence, Path(answer.path))

    async def join(self, tool: Tool, task: ToolTask) -> ToolOutcome:
        """Make the outputs of the finished chunks."""
        fence = _fence(task, JOIN_FENCE)
        work = await self._begin(tool, task.job_id, fence)
        async with heartbeating(), self._scratch.folder(task.job_id) as folder:
            pieces = await self._stager.pieces(work.job_id, folder)
            writer = ProgressWriter(self._database, work.job_id, fence)
            answer = await self._perform(tool, work, "join", folder, writer, pieces=pieces)
            return await self._publisher.outcome(work, answer)

    async def _begin(self, tool: Tool, job_id: str, fence: Fence) -> JobWork:
        async with self._database.transaction() as session:
            await Pauses(session).check(tool.id, job_id)
            work = await Jobs(session).begin(job_id, fence)
            alive = work is not None or await Jobs(session).is_open(job_id)
        if work is None:
            raise superseded() if alive else job_ended()
        if work.rejected is not None:
            raise FileRejected(file=work.rejected, reason="virus scan")
        if work.scanning:
            raise StillScanning
        return work

    async def _perform(
        self,
        tool: Tool,
        work: JobWork,
        stage: Stage,
        folder: Path,
        progress: ProgressWriter,
        chunk: dict[str, object] | None = None,
        pieces: list[str] | None = None,
    ) -> SlotAnswer:
        structlog.contextvars.bind_contextvars(job_id=work.job_id, tool_id=tool.id, stage=stage)
        prepared = await self._stager.task(tool, work, stage, folder, self._providers.label)
        task = prepared.model_copy(update={"chunk": chunk or {}, "pieces": pieces or []})
        async with self._slots.lease() as slot, in_time(work.timeout):
            with self._span(f"slot:{tool.id}"), measured(tool.id, stage):
                answer = await slot.run(task, progress.report, self._providers.serve)
        await progress.finish()
        metrics.MEMORY.set(answer.rss)
        metrics.ENGINES.set(answer.engine_bytes)
        return answer

    async def _keep_chunk(self, work: JobWork, position: int, fence: Fence, path: Path) -> None:
        sha256, _ = await asyncio.to_thread(digest, path)
        await self._publisher.keep_piece(work.job_id, sha256, path)
        async with self._database.transaction() as session:
            kept = await JobChunks(session).finish(work.job_id, position, fence, sha256)
        if not kept:
            raise superseded()


@asynccontextmanager
async def in_time(limit: float) -> AsyncIterator[None]:
    """End a tool that hangs a little before Temporal would, which would only try it again."""
    try:
        async with asyncio.timeout(limit * SHARE_OF_TIMEOUT):
            yield
    except TimeoutError as late:
        raise ToolBroken(reason=f"no result within {limit:.0f} s") from late


@contextmanager
def measured(tool_id: str, stage: str) -> Iterator[None]:
    """Count and log the time in the slot by how it ended."""
    began, outcome = time.monotonic(), "canceled"
    try:
        yield
        outcome = "done"
    except DomainError as error:
        outcome = error.code
        raise
    finally:
        seconds = time.monotonic() - began
        metrics.TASKS.labels(tool_id, stage, outcome).observe(seconds)
        log.info("slot task", outcome=outcome, seconds=round(seconds, 3))


def _fence(task: ToolTask, base: int = 0) -> Fence:
    info = activity.info()
    assert info.workflow_run_id is not None
    return Fence(run_id=info.workflow_run_id, attempt=base + task.moved * MOVE_FENCE + info.attempt)


def _named(name: str, tool: Tool, method: StageMethod) -> Callable[[ToolTask], Awaitable[object]]:
    async def stage(task: ToolTask) -> object:
        return await method(tool, task)

    return activity.defn(name=name)(stage)
