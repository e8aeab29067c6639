"""Batches: open, look, steer, retry, take the results."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from models.payloads.batches import OPEN_BATCH, BatchStatus, RowState
from models.repositories.batch_rows import BatchRows
from models.repositories.batches import Batches

from ..batching import SubmitBatch, cancel_batch, results, tell_wish
from ..deps import JobsReader, JobsWriter, Platform
from ..paging import Limit, page
from ..routing import Router
from ..schemas.batches import (
    BatchPage,
    BatchRequest,
    BatchRowPage,
    BatchView,
    ResultsView,
    batch_view,
    row_view,
)

router = Router(prefix="/api/batches", tag="batches")


class BatchFilters(BaseModel):
    """Filters of the list of batches."""

    status: BatchStatus | None = None
    tool_id: str | None = Field(None, max_length=64)
    pipeline_id: str | None = Field(None, max_length=64)


@router.post("", status_code=202, response_model=BatchView, responses={200: {"model": BatchView}})
async def create_batch(body: BatchRequest, submit: SubmitBatch) -> JSONResponse:
    """Run a tool or a pipeline over many rows: 202 with the batch, or 200 with the finished one (``Prefer: wait=N``).

    Rows that cannot be run have failed at once and cost nothing; a batch of which none can is refused.
    """
    return await submit.create(body)


@router.get("")
async def list_batches(
    caller: JobsReader,
    platform: Platform,
    filters: Annotated[BatchFilters, Depends()],
    limit: Limit = 50,
    cursor: str = "",
) -> BatchPage:
    """The account's batches, newest first."""
    async with platform.database.transaction() as session:
        found = await Batches(session).list(caller.account_id, limit + 1, cursor or None, filters.model_dump())
    rows, next_cursor = page(found, limit, lambda batch: batch.id)
    return BatchPage(data=[batch_view(batch, caller.language) for batch in rows], next_cursor=next_cursor)


@router.get("/{batch_id}")
async def get_batch(batch_id: str, caller: JobsReader, platform: Platform) -> BatchView:
    """A batch with its counts, credits and the time that it may still take."""
    async with platform.database.transaction() as session:
        return batch_view(await Batches(session).get(caller.account_id, batch_id), caller.language)


@router.get("/{batch_id}/rows")
async def list_rows(
    batch_id: str,
    caller: JobsReader,
    platform: Platform,
    state: RowState | None = None,
    limit: Limit = 100,
    cursor: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> BatchRowPage:
    """The rows in their order, those in one state if that is asked for."""
    async with platform.database.transaction() as session:
        await Batches(session).get(caller.account_id, batch_id)
        found = await BatchRows(session).page(batch_id, limit + 1, cursor, state)
    rows, next_cursor = page(list(found), limit, lambda row: str(row.number))
    return BatchRowPage(data=[row_view(row, caller.language) for row in rows], next_cursor=next_cursor)


@router.post("/{batch_id}/pause", status_code=202)
async def pause_batch(batch_id: str, caller: JobsWriter, platform: Platform) -> BatchView:
    """Begin no more rows; those that run end by themselves. 409 once the batch has ended."""
    async with platform.database.transaction() as session:
        batch = await Batches(session).pause(caller.account_id, batch_id, paused=True)
    await tell_wish(platform, batch, "pause")
    return batch_view(batch, caller.language)


@router.post("/{batch_id}/resume", status_code=202)
async def resume_batch(batch_id: str, caller: JobsWriter, platform: Platform) -> BatchView:
    """Go on with a paused batch."""
    async with platform.database.transaction() as session:
        batch = await Batches(session).pause(caller.account_id, batch_id, paused=False)
    await tell_wish(platform, batch, "resume")
    return batch_view(batch, caller.language)


@router.post("/{batch_id}/cancel", status_code=202)
async def cancel(batch_id: str, caller: JobsWriter, platform: Platform) -> BatchView:
    """End the batch: rows that are done stay and stay paid, the others cost nothing."""
    async with platform.database.transaction() as session:
        batch = await Batches(session).request_cancel(caller.account_id, batch_id)
    if batch.status in OPEN_BATCH:
        await cancel_batch(platform, batch)
    async with platform.database.transaction() as session:
        return batch_view(await Batches(session).get(caller.account_id, batch_id), caller.language)


@router.post(
    "/{batch_id}/retry-failed", status_code=202, response_model=BatchView, responses={200: {"model": BatchView}}
)
async def retry_failed(batch_id: str, submit: SubmitBatch) -> JSONResponse:
    """Run the rows that failed once more, priced anew; 409 while the batch is open or where none can be run."""
    return await submit.retry(batch_id)


@router.get("/{batch_id}/results", responses={202: {"model": ResultsView}})
async def get_results(
    batch_id: str, request: Request, response: Response, caller: JobsReader, platform: Platform
) -> ResultsView:
    """A zip of what the rows gave, at most 2 GB, made when it is first asked for: 202 until then."""
    found = await results(platform, request, caller, batch_id)
    response.status_code = 200 if found.status == "ready" else 202
    return found
