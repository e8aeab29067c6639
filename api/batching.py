"""Opening batches on behalf of a caller, steering them, and having their results packed."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client

from activities.batches.opening import BatchOpener, WantedBatch
from models.errors import BatchOpen, DomainError, InvalidInput, NoResults, wrong
from models.payloads.accounts import Identity
from models.payloads.batches import OPEN_BATCH, Wish
from models.repositories.batches import Batches, view_open
from models.repositories.files import Files
from models.repositories.pipelines import Pipelines
from models.tables import Batch
from temporal.ids import of_batch
from temporal.policies import RPC_TIMEOUT
from workflows.starts import start_batch, start_results

from .batch_files import rows_of
from .beginning import Beginning, Wishes, cancel_or_end, or_left_to_sweep, wishes
from .deps import JobsWriter, Platform
from .event_hub import wait_until
from .idempotency import Once
from .platform import Parts
from .schemas.batches import BatchRequest, BatchView, ResultsView, batch_view

UNTITLED = {"zh": "未命名批次", "en": "Untitled batch"}


@dataclass(frozen=True)
class BatchSubmission(Beginning[Batch]):
    """One POST that opens a batch, or another round of one."""

    open_states = OPEN_BATCH

    async def create(self, body: BatchRequest) -> JSONResponse:
        """Read the rows, open the batch, start it, and answer 202, or 200 when it ended in time."""
        _check_one("tool_id", body.tool_id, body.pipeline_id, body.graph)
        _check_one("rows", body.rows, body.file)
        self.check_priority(body.priority)
        rows, files = body.rows or [], body.file if isinstance(body.file, list) else []
        if isinstance(body.file, str):
            rows, entries = await rows_of(self.parts, self.caller, body.file, self.request_id)
        else:
            entries = list(files)
        most = self.entitlements.batch_rows
        if not 1 <= len(rows or entries) <= most:
            zh, en = f"应有 1 至 {most} 行", f"1 to {most} rows are wanted"
            raise InvalidInput(errors=[wrong("rows", zh, en)])

        async def open_it(session: AsyncSession, wish: Wishes) -> Batch:
            graph, version = body.graph, None
            if body.pipeline_id is not None:
                saved = await Pipelines(session).runnable(self.caller.account_id, body.pipeline_id, body.version)
                graph, version = saved.graph, saved.drawing.version
            wanted = WantedBatch(
                name=body.name or UNTITLED[self.caller.language],
                tool_id=body.tool_id,
                graph=graph,
                pipeline_id=body.pipeline_id,
                version=version,
                rows=rows,
                files=entries,
                port=body.port,
                columns=body.columns,
                inputs=body.inputs,
                parameters=body.parameters,
                budget=body.budget,
                concurrency=body.concurrency,
                priority=body.priority,
            )
            return await self._opener.open(session, wanted)

        return await self.answer("batches", open_it)

    async def retry(self, batch_id: str) -> JSONResponse:
        """Another round for the rows that failed."""
        return await self.answer("batches", lambda session, wish: self._opener.retry(session, batch_id))

    @property
    def _opener(self) -> BatchOpener:
        caller, parts = self.caller, self.parts
        return BatchOpener(
            parts.catalogue, parts.settings, caller.account_id, caller.user_id, caller.language, self.request_id
        )

    async def _start(self, begun: Batch) -> None:
        await or_left_to_sweep(
            self.parts,
            "the workflow was not started",
            lambda client: start_batch(client, view_open(begun)),
            batch_id=begun.id,
        )

    async def _found(self, session: AsyncSession, work_id: str) -> Batch:
        return await Batches(session).get(self.caller.account_id, work_id)

    async def _shown(self, session: AsyncSession, work: Batch) -> BatchView:
        return batch_view(work, self.caller.language)


def batch_submission(request: Request, parts: Platform, caller: JobsWriter, once: Once) -> BatchSubmission:
    """The dependency of handlers that open batches."""
    return BatchSubmission(request, parts, caller, once)


SubmitBatch = Annotated[BatchSubmission, Depends(batch_submission)]


async def tell_wish(parts: Parts, batch: Batch, wish: Wish) -> None:
    """Tell the workflow what the row says already."""

    async def tell(client: Client) -> None:
        handle = client.get_workflow_handle(of_batch(batch.id, batch.round))
        await handle.signal("wish", wish, rpc_timeout=RPC_TIMEOUT)

    await or_left_to_sweep(parts, "the workflow was not told", tell, batch_id=batch.id)


async def cancel_batch(parts: Parts, batch: Batch) -> None:
    """Cancel the batch's workflow; one that was never started is ended here."""
    workflow_id = of_batch(batch.id, batch.round)
    await cancel_or_end(parts, workflow_id, lambda session: Batches(session).end(batch.id, "canceled", None))


async def results(parts: Parts, request: Request, caller: Identity, batch_id: str) -> ResultsView:
    """The zip of what the rows gave, made now if it is missing. Raises ``BatchOpen``, ``NoResults`` and what kept it
    from being made."""
    async with parts.database.transaction() as session:
        batch = await Batches(session).get(caller.account_id, batch_id)
        made = await Files(session).known(caller.account_id, [batch.zip_file_id] if batch.zip_file_id else [])
        if batch.zip_file_id is not None and not made:  # deleted, or expired
            await Batches(session).keep_files(batch, zip_file_id=None)
    if batch.status in OPEN_BATCH:
        raise BatchOpen()
    if not batch.succeeded:
        raise NoResults()
    if not made and batch.zip_error is None:
        client = await parts.temporal.client()
        await parts.temporal.promptly(start_results(client, view_open(batch)))
        batch = await _packed(parts, caller, batch_id, wishes(request).wait)
        async with parts.database.transaction() as session:
            made = await Files(session).known(caller.account_id, [batch.zip_file_id] if batch.zip_file_id else [])
    if batch.zip_error is not None:
        raise DomainError.from_wire(batch.zip_error)
    for file in made.values():
        return ResultsView(status="ready", file_id=file.id, url=f"/api/files/{file.id}/content", size=file.size)
    return ResultsView(status="making")


async def _packed(parts: Parts, caller: Identity, batch_id: str, seconds: float) -> Batch:
    async with parts.hub.subscribed(batch_id) as news:
        return await wait_until(
            parts.database,
            news,
            seconds,
            lambda session: Batches(session).get(caller.account_id, batch_id),
            lambda found: found.zip_file_id is not None or found.zip_error is not None,
        )


def _check_one(path: str, *given: object) -> None:
    if sum(each is not None for each in given) != 1:
        names = {"tool_id": "tool_id, pipeline_id, graph", "rows": "rows, file"}[path]
        raise InvalidInput(errors=[wrong(path, f"须在 {names} 中给出一个", f"exactly one of {names} is wanted")])
