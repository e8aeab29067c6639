"""Runs of pipelines: begin, look, decide, resume, compare."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from activities.run_opening import Wanted
from models.payloads.runs import OPEN_RUN, RunStatus
from models.repositories.run_steps import RunSteps
from models.repositories.runs import Runs

from ..comparing import differences
from ..deps import JobsReader, JobsWriter, Platform
from ..paging import Limit, page
from ..resuming import resumed
from ..routing import Router
from ..running import SubmitRun, all_shown, cancel_run, shown, tell_decision
from ..schemas.runs import (
    ComparisonView,
    Decision,
    GraphRunRequest,
    ResumeRequest,
    RunPage,
    RunQuoteView,
    RunView,
    StepPage,
    quote_view,
    step_view,
)

router = Router(prefix="/api/runs", tag="runs")


class RunFilters(BaseModel):
    """Filters of the list of runs."""

    status: RunStatus | None = None
    pipeline_id: str | None = Field(None, max_length=64)


@router.post("", status_code=202, response_model=RunView, responses={200: {"model": RunView}})
async def run_graph(body: GraphRunRequest, submit: SubmitRun) -> JSONResponse:
    """Run a graph once without saving it: 202 with the run, or 200 with the finished one under ``Prefer: wait=N``."""
    wanted = Wanted(body.graph, body.inputs, body.budget, body.priority)
    return await submit.answer("runs", lambda session, wish: submit.open(session, wanted))


@router.post("/quote")
async def quote_graph(body: GraphRunRequest, submit: SubmitRun, platform: Platform) -> RunQuoteView:
    """What running this graph would cost at most."""
    async with platform.database.transaction() as session:
        lines = await submit.quote(session, Wanted(body.graph, body.inputs))
    return quote_view(lines)


@router.get("")
async def list_runs(
    caller: JobsReader,
    platform: Platform,
    filters: Annotated[RunFilters, Depends()],
    limit: Limit = 50,
    cursor: str = "",
) -> RunPage:
    """The account's runs, newest first."""
    async with platform.database.transaction() as session:
        found = await Runs(session).list(caller.account_id, limit + 1, cursor or None, filters.model_dump())
        rows, next_cursor = page(found, limit, lambda run: run.id)
        return RunPage(data=await all_shown(session, rows, caller.language), next_cursor=next_cursor)


@router.get("/{run_id}")
async def get_run(run_id: str, caller: JobsReader, platform: Platform) -> RunView:
    """A run with the state of each step."""
    async with platform.database.transaction() as session:
        return await shown(session, await Runs(session).get(caller.account_id, run_id), caller.language)


@router.get("/{run_id}/steps")
async def list_steps(
    run_id: str, caller: JobsReader, platform: Platform, limit: Limit = 200, cursor: Annotated[str, Query()] = ""
) -> StepPage:
    """Every step that was begun, those within maps and loops too, in the order of their paths."""
    async with platform.database.transaction() as session:
        await Runs(session).get(caller.account_id, run_id)
        found = await RunSteps(session).all(run_id, limit + 1, cursor)
    rows, next_cursor = page(list(found), limit, lambda row: row.step)
    return StepPage(data=[step_view(row, caller.language) for row in rows], next_cursor=next_cursor)


@router.post("/{run_id}/cancel", status_code=202)
async def cancel(run_id: str, caller: JobsWriter, platform: Platform) -> RunView:
    """Ask the run to end; one that has ended stays as it is. The answer shows it as it stands."""
    async with platform.database.transaction() as session:
        run = await Runs(session).request_cancel(caller.account_id, run_id)
    if run.status in OPEN_RUN:
        await cancel_run(platform, run)
    async with platform.database.transaction() as session:
        return await shown(session, await Runs(session).get(caller.account_id, run_id), caller.language)


@router.post("/{run_id}/steps/{step:path}/approve", status_code=202)
async def approve(run_id: str, step: str, body: Decision, caller: JobsWriter, platform: Platform) -> RunView:
    """Answer a step that waits for a decision. Agreeing to more credits raises the budget by what is missing."""
    async with platform.database.transaction() as session:
        run = await Runs(session).get(caller.account_id, run_id)
        row = await Runs(session).decide(run, step, body.approved, body.note, caller.user_id)
        workflow_id = str((row.waiting or {})["workflow_id"])
    await tell_decision(platform, workflow_id, step)
    async with platform.database.transaction() as session:
        return await shown(session, await Runs(session).get(caller.account_id, run_id), caller.language)


@router.post("/{run_id}/resume", status_code=202, response_model=RunView, responses={200: {"model": RunView}})
async def resume(run_id: str, body: ResumeRequest, submit: SubmitRun) -> JSONResponse:
    """A new run that does a step, and what depends on it, again; what lies before is taken over and costs nothing."""
    return await submit.answer("runs", lambda session, wish: resumed(session, submit, run_id, body, submit.open))


@router.post("/{run_id}/resume/quote")
async def quote_resume(run_id: str, body: ResumeRequest, submit: SubmitRun, platform: Platform) -> RunQuoteView:
    """What the difference would cost at most."""
    async with platform.database.transaction() as session:
        lines = await resumed(session, submit, run_id, body, submit.quote)
    return quote_view(lines)


@router.get("/{run_id}/compare")
async def compare(
    run_id: str,
    caller: JobsReader,
    platform: Platform,
    other: Annotated[str, Query(alias="with", description="The other run.")] = "",
) -> ComparisonView:
    """In which parameters, inputs, outputs and credits two runs differ."""
    async with platform.database.transaction() as session:
        runs = [await Runs(session).get(caller.account_id, each) for each in (run_id, other)]
        here, there = await all_shown(session, runs, caller.language)
    graphs = [run.graph for run in runs]
    return ComparisonView(here=run_id, there=other, differences=differences(here, there, *graphs))
