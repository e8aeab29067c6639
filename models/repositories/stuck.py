"""What operators look for over all accounts: jobs and steps that have been open for long; and moving a job."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import Conflict, NotFound
from ..payloads.jobs import OPEN
from ..payloads.runs import OPEN_RUN
from ..tables import Job, Run, RunStep
from .pauses import PAUSED


@dataclass(frozen=True)
class Backlog:
    """Open jobs of one queue."""

    queued: int = 0
    running: int = 0


class Stuck:
    """Queries and moves inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def jobs(self, older_than: timedelta, tool_id: str | None, limit: int) -> Sequence[Job]:
        """Jobs that have been queued, or running, for at least so long; those that have waited longest first."""
        since = func.coalesce(Job.started_at, Job.created_at)
        query = select(Job).where(Job.status.in_(OPEN), since < func.now() - older_than).order_by(since).limit(limit)
        if tool_id is not None:
            query = query.where(Job.tool_id == tool_id)
        return (await self.session.execute(query)).scalars().all()

    async def steps(self, older_than: timedelta, tool_id: str | None, limit: int) -> list[tuple[RunStep, str]]:
        """Steps, with their accounts, that wait for a paused tool, or that call an address for at least so long."""
        paused = (RunStep.status == "waiting") & (RunStep.waiting["kind"].astext == PAUSED)
        query = (
            select(RunStep, Run.account_id)
            .join(Run, Run.id == RunStep.run_id)
            .where(Run.status.in_(OPEN_RUN), RunStep.started_at < func.now() - older_than)
            .where(or_(paused, (RunStep.status == "running") & (RunStep.type == "http")))
            .order_by(RunStep.started_at)
            .limit(limit)
        )
        if tool_id is not None:
            query = query.where(RunStep.tool_id == tool_id)
        return [(row[0], row[1]) for row in (await self.session.execute(query)).all()]

    async def backlogs(self) -> dict[str, Backlog]:
        """Open jobs by queue."""
        found = await self.session.execute(
            select(
                Job.queue,
                func.count().filter(Job.status == "queued"),
                func.count().filter(Job.status == "running"),
            )
            .where(Job.status.in_(OPEN))
            .group_by(Job.queue)
        )
        return {row[0]: Backlog(row[1], row[2]) for row in found.all()}

    async def move(self, job_id: str, queue: str | None, seconds: float | None) -> Job:
        """Keep where an open job runs and how many seconds an attempt has; None leaves it as it is.

        Raises ``NotFound``, and ``Conflict`` for a job that has ended.
        """
        values = {name: value for name, value in (("queue", queue), ("timeout", seconds)) if value is not None}
        moved = await self.session.execute(
            update(Job).where(Job.id == job_id, Job.status.in_(OPEN)).values(**values).returning(Job)
        )
        job = moved.scalar()
        if job is not None:
            return job
        if (await self.session.execute(select(Job.id).where(Job.id == job_id))).scalar() is None:
            raise NotFound(what="job")
        raise Conflict(reason="The job has ended.", reason_zh="任务已结束。")
