"""Opening batches on behalf of a caller, steering them, and having their results packed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.service import RPCError, RPCStatusCode

from activities.batches.opening import BatchOpener, WantedBatch
from models.errors import BatchOpen, DomainError, Forbidden, InvalidInput, NoResults, Unavailable, wrong
from models.payloads.accounts import Identity
from models.payloads.batches import OPEN_BATCH, Wish
from models.payloads.jobs import PriorityName
from models.repositories.batches import Batches, view_open
from models.repositories.files import Files
from models.repositories.pipelines import Pipelines
from models.tables import Batch
from temporal.ids import of_batch
from temporal.policies import RPC_TIMEOUT
from workflows.starts import start_batch, start_results

from .batch_files import rows_of
from .deps import JobsWriter, Platform
from .execution import NO_HIGH, entitled, wait_until, wishes
from .idempotency import Once, OnceOnly
from .platform import Parts
from .rate_limit import count, executes
from .schemas.batches import BatchRequest, ResultsView, batch_view

UNTITLED = {"zh": "未命名批次", "en": "Untitled batch"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class BatchSubmission:
    """One POST that opens a batch, or another round of one: who asks, in which process, under which headers."""

    request: Request
    parts: Parts
    caller: Identity
    once: OnceOnly

    async def create(self, body: BatchRequest) -> JSONResponse:
        """Read the rows, open the batch, start it, and answer 202, or 200 when it ended in time."""
        _check_one("tool_id", body.tool_id, body.pipeline_id, body.graph)
        _check_one("rows", body.rows, body.file)
        if body.priority == PriorityName.high and not entitled(self.caller):
            raise Forbidden(reason=NO_HIGH["en"], reason_zh=NO_HIGH["zh"])
        rows, files = body.rows or [], body.file if isinstance(body.file, list) else []
        if isinstance(body.file, str):
            rows, entries = await rows_of(self.parts, self.caller, body.file, self._request_id)
        else:
            entries = list(files)
        if not rows and not entries:
            raise InvalidInput(errors=[wrong("rows", "至少要有一行", "one row at least is wanted")])

        async def open_it(session: AsyncSession) -> Batch:
            graph, version = body.graph, None
            if body.pipeline_id is not None:
                saved = await Pipelines(session).get(self.caller.account_id, body.pipeline_id, body.version)
                published = saved.pipeline.published_version
                if body.version is None and published is not None:
                    saved = await Pipelines(session).get(self.caller.account_id, body.pipeline_id, published)
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

        return await self._answer(open_it)

    async def retry(self, batch_id: str) -> JSONResponse:
        """Another round for the rows that failed."""
        return await self._answer(lambda session: self._opener.retry(session, batch_id))

    async def _answer(self, open_it: Callable[[AsyncSession], Awaitable[Batch]]) -> JSONResponse:
        wish = wishes(self.request)
        await self.parts.temporal.check()
        async with self.parts.database.transaction() as session:
            replayed = await self.once.replay(session)
            if replayed is not None:
                return replayed
            await count(
                self.request,
                session,
                executes(self.parts.settings, self.caller.tier),
                f"{self.caller.user_id}:batches",
            )
            batch = await open_it(session)
            accepted = await self.once.answer(session, batch_view(batch, self.caller.language), 202)
        await self._start(batch)
        if not wish.wait:
            return accepted
        async with self.parts.hub.subscribed(batch.id) as news:
            look = lambda session: Batches(session).get(self.caller.account_id, batch.id)  # noqa: E731
            ended = await wait_until(self.parts, news, wish.wait, look, lambda found: found.status not in OPEN_BATCH)
        body = batch_view(ended, self.caller.language).model_dump(mode="json")
        return JSONResponse(body, 202 if ended.status in OPEN_BATCH else 200)

    @property
    def _request_id(self) -> str:
        return str(self.request.scope["state"]["request_id"])

    @property
    def _opener(self) -> BatchOpener:
        caller, parts = self.caller, self.parts
        return BatchOpener(
            parts.catalogue, parts.settings, caller.account_id, caller.user_id, caller.language, self._request_id
        )

    async def _start(self, batch: Batch) -> None:
        """Start the batch's workflow. It is committed already: where Temporal fails now, the sweep starts it."""
        try:
            await self.parts.temporal.promptly(start_batch(await self.parts.temporal.client(), view_open(batch)))
        except (RPCError, Unavailable) as error:
            log.warning("the workflow was not started; the sweep will", batch_id=batch.id, error=str(error))


def batch_submission(request: Request, parts: Platform, caller: JobsWriter, once: Once) -> BatchSubmission:
    """The dependency of handlers that open batches."""
    return BatchSubmission(request, parts, caller, once)


SubmitBatch = Annotated[BatchSubmission, Depends(batch_submission)]


async def tell_wish(parts: Parts, batch: Batch, wish: Wish) -> None:
    """Tell the workflow what the row says already; what fails now the sweep repeats."""
    try:
        handle = (await parts.temporal.client()).get_workflow_handle(of_batch(batch.id, batch.round))
        await parts.temporal.promptly(handle.signal("wish", wish, rpc_timeout=RPC_TIMEOUT))
    except (RPCError, Unavailable) as error:
        log.warning("the workflow was not told; the sweep will", batch_id=batch.id, error=str(error))


async def cancel_batch(parts: Parts, batch: Batch) -> None:
    """Cancel the batch's workflow; one that was never started is ended here, by the same conditional update."""
    handle = (await parts.temporal.client()).get_workflow_handle(of_batch(batch.id, batch.round))
    try:
        await parts.temporal.promptly(handle.cancel(rpc_timeout=RPC_TIMEOUT))
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        async with parts.database.transaction() as session:
            await Batches(session).end(batch.id, "canceled", None)


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
            parts,
            news,
            seconds,
            lambda session: Batches(session).get(caller.account_id, batch_id),
            lambda found: found.zip_file_id is not None or found.zip_error is not None,
        )


def _check_one(path: str, *given: object) -> None:
    if sum(each is not None for each in given) != 1:
        names = {"tool_id": "tool_id, pipeline_id, graph", "rows": "rows, file"}[path]
        raise InvalidInput(errors=[wrong(path, f"须在 {names} 中给出一个", f"exactly one of {names} is wanted")])
