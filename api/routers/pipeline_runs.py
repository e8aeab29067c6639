"""Runs of saved pipelines."""

from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from activities.run_opening import Wanted
from models.repositories.pipelines import Pipelines
from models.tables import Run

from ..beginning import Wishes
from ..deps import Platform
from ..routing import Router
from ..running import RunSubmission, SubmitRun
from ..schemas.runs import RunQuoteRequest, RunQuoteView, RunRequest, RunView, quote_view

router = Router(prefix="/api/pipelines", tag="runs")


@router.post("/{pipeline_id}/runs", status_code=202, response_model=RunView, responses={200: {"model": RunView}})
async def run_pipeline(pipeline_id: str, body: RunRequest, submit: SubmitRun) -> JSONResponse:
    """Run a saved pipeline: 202 with the run, or 200 with the finished one under ``Prefer: wait=N``."""

    async def open_it(session: AsyncSession, wish: Wishes) -> Run:
        return await submit.open(session, await _wanted(session, submit, pipeline_id, body))

    return await submit.answer("runs", open_it)


@router.post("/{pipeline_id}/quote")
async def quote_pipeline(
    pipeline_id: str, body: RunQuoteRequest, submit: SubmitRun, platform: Platform
) -> RunQuoteView:
    """What a run with these inputs would cost at most; those that are left out are taken to be of a usual size."""
    async with platform.database.transaction() as session:
        wanted = await _wanted(session, submit, pipeline_id, RunRequest(**body.model_dump()))
        return quote_view(await submit.quote(session, wanted))


async def _wanted(session: AsyncSession, submit: RunSubmission, pipeline_id: str, body: RunRequest) -> Wanted:
    saved = await Pipelines(session).runnable(submit.caller.account_id, pipeline_id, body.version)
    return Wanted(
        graph=saved.graph,
        inputs=body.inputs,
        budget=body.budget,
        priority=body.priority,
        pipeline_id=pipeline_id,
        version=saved.drawing.version,
    )
