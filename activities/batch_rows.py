"""The rows of a tool's batch: a chunk of them in one slot, one after another, each kept and charged as it ends.

One activity for many rows, since a workflow for each costs many times what a quick tool does. What is done lies in the
rows: an attempt that dies costs the row it was at and what was not kept yet, a quarter of a second's worth.
"""

import asyncio
import contextlib
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from temporalio import activity

from activities.tools.base import Tool
from activities.tools.parsing import parse
from models.errors import DomainError, FileRejected, StillScanning, ToolBroken, ToolFailed
from models.payloads.batches import ChunkWork, RowResult, RowsEnd, RowsOrder, RowWork
from models.payloads.jobs import Fence, JobWork
from models.payloads.tool_runs import ToolOutcome
from models.repositories.batch_rows import BatchRows
from models.repositories.batches import Batches
from models.repositories.events import Events
from models.repositories.files import Files, for_call
from models.repositories.pauses import Pauses
from models.session import Database
from models.settings import Settings
from models.tables import File
from temporal.errors import job_ended, superseded
from temporal.heartbeat import heartbeating
from temporal.policies import POISON_ATTEMPTS, ROWS_SECONDS

from .publishing import Publisher
from .scratch import Scratch
from .slots.pool import SlotPool
from .slots.protocol import SlotAnswer
from .slots.slot import Slot
from .staging import Stager
from .text_providers import TextProviders
from .tool_runs import in_time, measured

KEPT_EVERY = 0.25
"""Seconds after which rows that are done are kept, or when there are ``KEPT_AT_ONCE`` of them."""
KEPT_AT_ONCE = 50
TURN = 100_000
"""More attempts than an activity ever has: those of a later order are newer than all of an earlier one."""


@dataclass(frozen=True)
class Done:
    """A row that has ended in the slot; its outputs still lie under ``folder``."""

    row: RowWork
    folder: Path
    work: JobWork | None = None
    answer: SlotAnswer | None = None
    error: DomainError | None = None


class ToolRows:
    """Runs rows of tools in this worker's slots."""

    def __init__(
        self,
        database: Database,
        slots: SlotPool,
        scratch: Scratch,
        stager: Stager,
        publisher: Publisher,
        providers: TextProviders,
        settings: Settings,
    ) -> None:
        self._database = database
        self._slots = slots
        self._scratch = scratch
        self._stager = stager
        self._publisher = publisher
        self._providers = providers
        days = settings.output_retention_days
        self._retention = timedelta(days=days) if days else None

    def activity(self, tool: Tool) -> Callable[[RowsOrder], Awaitable[RowsEnd]]:
        """The activity function of one tool, named ``tools.{id}.rows``."""

        async def rows(order: RowsOrder) -> RowsEnd:
            return await self.run(tool, order)

        return activity.defn(name=f"tools.{tool.id}.rows")(rows)

    async def run(self, tool: Tool, order: RowsOrder) -> RowsEnd:
        """As many rows of the chunk as ``ROWS_SECONDS`` allow, at least one: others want the slot, too."""
        info = activity.info()
        assert info.workflow_run_id is not None
        fence = Fence(run_id=info.workflow_run_id, attempt=order.turn * TURN + info.attempt)
        work, files = await self._take(tool, order, fence)
        left = len(work.rows)
        if work.paused or not left:
            return RowsEnd(left=left, paused=work.paused)
        keeper = Keeper(self._database, self._publisher, tool, order.batch_id, fence, self._retention)
        async with heartbeating(), self._scratch.folder(order.batch_id) as folder:
            until = time.monotonic() + ROWS_SECONDS
            async with self._slots.lease() as slot, keeper:
                with measured(tool.id, "rows"):
                    for row in work.rows:
                        await keeper.add(await self._row(tool, slot, order.batch_id, work, row, files, folder))
                        left -= 1
                        if keeper.paused or time.monotonic() > until:
                            break
        return RowsEnd(left=left, paused=keeper.paused)

    async def _take(self, tool: Tool, order: RowsOrder, fence: Fence) -> tuple[ChunkWork, dict[str, File]]:
        """The rows, and the files among their inputs by id."""
        async with self._database.transaction() as session:
            batch = await Batches(session).lock(order.batch_id)
            if batch is None:
                raise job_ended()
            await Pauses(session).check(tool.id)
            work = await BatchRows(session).take(batch, order.chunk, fence)
            if batch.status == "paused":
                return work.model_copy(update={"paused": True}), {}
            wanted = {each for row in work.rows for each in _named(row.input)} | set(_named(work.parameters))
            return work, await Files(session).known(work.account_id, wanted, live=False)

    async def _row(
        self,
        tool: Tool,
        slot: Slot,
        batch_id: str,
        chunk: ChunkWork,
        row: RowWork,
        files: dict[str, File],
        folder: Path,
    ) -> Done:
        """Run one row; raises what may pass by itself, and what is wrong with the row comes back with it."""
        for attempt in range(1, POISON_ATTEMPTS + 1):
            home = folder / f"{row.number}-{attempt}"
            home.mkdir()
            try:
                work = _work(tool, f"{batch_id}-{row.number}", chunk, row, files)
                async with in_time(tool.timeout):
                    return Done(row, home, work, await self._perform(tool, slot, work, home))
            except ToolBroken as error:
                return Done(row, home, error=error)
            except ToolFailed as error:
                if attempt == POISON_ATTEMPTS:
                    return Done(row, home, error=error)
            except DomainError as error:
                if error.retryable:
                    raise
                return Done(row, home, error=error)
        raise AssertionError("the last attempt returns")

    async def _perform(self, tool: Tool, slot: Slot, work: JobWork, home: Path) -> SlotAnswer:
        """The tool's stages in the same slot; a chunked one's pieces stay on this machine."""
        first = await self._stager.task(tool, work, "plan" if tool.chunking else "run", home, self._providers.label)
        answer = await slot.run(first, _unheard, self._providers.serve)
        if not tool.chunking:
            return answer
        pieces = []
        for position, chunk in enumerate(answer.plan):
            told = first.model_copy(update={"stage": "chunk", "chunk": chunk})
            # moved, since the next chunk may have a file of the same name
            made = await slot.run(told, _unheard, self._providers.serve)
            pieces.append(str(home / f"{position:06d}"))
            await asyncio.to_thread(shutil.move, made.path, pieces[-1])
        joined = first.model_copy(update={"stage": "join", "pieces": pieces})
        return await slot.run(joined, _unheard, self._providers.serve)


class Keeper:
    """Keeps rows that are done, some at once, while the next ones run. ``paused`` once the batch is."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        tool: Tool,
        batch_id: str,
        fence: Fence,
        retention: timedelta | None,
    ) -> None:
        self.paused = False
        self._database = database
        self._publisher = publisher
        self._batch_id = batch_id
        self._fence = fence
        self._retention = retention
        self._many = [port.name for port in tool.outputs if port.many]
        self._done: list[Done] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._keeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Keeper":
        self._keeping = asyncio.create_task(self._keep_on())
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Keep what is left, also when a row could not be begun; nothing more once the attempt is canceled."""
        assert self._keeping is not None
        if error is not None and not isinstance(error, DomainError):
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
            return
        self._closing = True
        self._wake.set()
        await self._keeping

    async def add(self, done: Done) -> None:
        """Take a row; raises what keeping earlier ones raised, ``superseded`` where they are no longer ours."""
        assert self._keeping is not None
        if self._keeping.done():
            self._keeping.result()
        self._done.append(done)
        if len(self._done) >= KEPT_AT_ONCE:
            self._wake.set()

    async def _keep_on(self) -> None:
        while self._done or not self._closing:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(KEPT_EVERY):
                    await self._wake.wait()
            self._wake.clear()
            done, self._done = self._done, []
            if done:
                await self._keep(done)

    async def _keep(self, done: list[Done]) -> None:
        results = await self._results(done)
        async with self._database.transaction() as session:
            batch = await Batches(session).lock(self._batch_id)
            if batch is None:
                raise job_ended()
            kept = await BatchRows(session).keep(batch, results, self._fence, self._retention)
            self.paused = batch.status == "paused"
        await self._database.once(lambda session: Events(session).hint(batch.account_id, batch.id))
        await asyncio.to_thread(_remove, [each.folder for each in done])
        if kept < len(done):
            raise superseded()

    async def _results(self, done: list[Done]) -> list[RowResult]:
        """Their outputs in the store."""
        good = [(each.work, each.answer) for each in done if each.work is not None and each.answer is not None]
        outcomes = iter(await self._publisher.outcomes(good))
        return [
            _result(each.row.number, next(outcomes), self._many)
            if each.answer is not None
            else RowResult(number=each.row.number, error=each.error.wire() if each.error else None)
            for each in done
        ]


def _result(number: int, outcome: ToolOutcome, many: list[str]) -> RowResult:
    return RowResult(number=number, outputs=outcome.outputs, many=many, data=outcome.data, credits=outcome.credits)


def _work(tool: Tool, name: str, chunk: ChunkWork, row: RowWork, files: dict[str, File]) -> JobWork:
    """The row's call, checked again as it is now; raises what is wrong with it."""
    common, own = chunk.parameters, row.input
    call = parse(tool, {**common["inputs"], **own["inputs"]}, {**common["parameters"], **own["parameters"]})
    found, scanning, rejected = for_call(call.files, files)
    if rejected is not None:
        raise FileRejected(file=rejected, reason="virus scan")
    if scanning:
        raise StillScanning
    return JobWork(
        job_id=name,
        account_id=chunk.account_id,
        tool_id=tool.id,
        parameters=call.params.model_dump(mode="json"),
        files=found,
        texts=call.texts,
        language=chunk.language,
        timeout=tool.timeout,
    )


def _named(given: dict[str, dict[str, object]]) -> list[str]:
    """Whatever may be a file id among the inputs."""
    values = [each for value in given["inputs"].values() for each in (value if isinstance(value, list) else [value])]
    return [each for each in values if isinstance(each, str) and each.startswith("file_")]


async def _unheard(answer: SlotAnswer) -> None:
    """A row's own progress is nobody's news; the batch's is."""


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
