"""Jobs: look, list, cancel, retry."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import JSONResponse

from models.errors import NotFinished
from models.payloads.jobs import OPEN
from models.repositories.events import Events
from models.repositories.jobs import Jobs

from ..deps import JobsReader, JobsWriter, Platform
from ..execution import Submit, cancel_workflow
from ..paging import Limit, page
from ..routing import Router
from ..schemas.jobs import JobFilters, JobLogLine, JobLogs, JobPage, JobView, view

router = Router(prefix="/api", tag="jobs")


@router.get("/users/me/jobs")
async def list_jobs(
    caller: JobsReader,
    platform: Platform,
    filters: Annotated[JobFilters, Depends()],
    limit: Limit = 50,
    cursor: str = "",
    q: Annotated[str | None, Query(max_length=200)] = None,
) -> JobPage:
    """The account's jobs, newest first."""
    async with platform.database.transaction() as session:
        jobs = await Jobs(session).list(caller.account_id, limit + 1, cursor or None, filters.model_dump(), q)
    rows, next_cursor = page(jobs, limit, lambda job: job.id)
    return JobPage(data=[view(job, caller.language) for job in rows], next_cursor=next_cursor)


@router.get("/jobs/{job_id}")
async def get_job(job_id: str, caller: JobsReader, platform: Platform) -> JobView:
    """A job with its place in the queue while it waits."""
    async with platform.database.transaction() as session:
        job = await Jobs(session).get(caller.account_id, job_id)
        position = await Jobs(session).position(job) if job.status == "queued" else None
    return view(job, caller.language, position)


@router.get("/jobs/{job_id}/result")
async def get_result(job_id: str, caller: JobsReader, platform: Platform) -> JobView:
    """The job once it has ended, a failed one with its ``error``; 409 before."""
    async with platform.database.transaction() as session:
        job = await Jobs(session).get(caller.account_id, job_id)
    if job.status in OPEN:
        raise NotFinished(status=job.status, retry_after=1.0)
    return view(job, caller.language)


@router.get("/jobs/{job_id}/logs")
async def get_logs(job_id: str, caller: JobsReader, platform: Platform) -> JobLogs:
    """What happened to the job, in order."""
    async with platform.database.transaction() as session:
        await Jobs(session).get(caller.account_id, job_id)
        events = await Events(session).of_job(job_id, after=0)
    return JobLogs(data=[JobLogLine(at=each.created_at, event=each.type, data=each.data) for each in events])


@router.post("/jobs/{job_id}/cancel", status_code=202)
async def cancel_job(job_id: str, caller: JobsWriter, platform: Platform) -> JobView:
    """Ask the job to end; one that has ended stays as it is. The answer shows it as it stands."""
    async with platform.database.transaction() as session:
        job = await Jobs(session).request_cancel(caller.account_id, job_id)
    if job.status in OPEN:
        await cancel_workflow(platform, job)
        async with platform.database.transaction() as session:
            job = await Jobs(session).get(caller.account_id, job_id)
    return view(job, caller.language)


@router.post("/jobs/{job_id}/retry", status_code=202, response_model=JobView)
async def retry_job(job_id: str, submit: Submit) -> JSONResponse:
    """A new job with the same inputs and parameters, priced anew; 409 while the old one has not ended."""
    return await submit.answer("retry", lambda session, wish: submit.repeat(session, job_id, wish))
