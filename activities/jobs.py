"""The ends of a job: settle and release, each one transaction, safe to repeat."""

from datetime import timedelta

import structlog
from temporalio import activity

from models.payloads.tool_runs import JobEnd, ReleaseInput, SettleInput
from models.repositories.events import Events
from models.repositories.jobs import Jobs
from models.session import Database
from models.settings import Settings

from .metrics import ENDED

log = structlog.get_logger(__name__)


class JobActivities:
    """Local activities of ``ToolRunWorkflow``; whoever ends a job first wins, and both learn who did."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        days = settings.output_retention_days
        self._retention = timedelta(days=days) if days else None

    @activity.defn(name="jobs.settle")
    async def settle(self, settle: SettleInput) -> JobEnd:
        """Files, charge, status and event of a job that succeeded."""
        async with self._database.transaction() as session:
            status = await Jobs(session).settle(settle.job_id, settle.outcome, self._retention)
        return await self._told(settle.job_id, status)

    @activity.defn(name="jobs.release")
    async def release(self, release: ReleaseInput) -> JobEnd:
        """The hold back, status and event of a job that failed or was canceled."""
        async with self._database.transaction() as session:
            status = await Jobs(session).release(release.job_id, release.status, release.error)
        return await self._told(release.job_id, status)

    async def _told(self, job_id: str, status: str) -> JobEnd:
        log.info("job ended", job_id=job_id, status=status)
        ENDED.labels(status).inc()
        await self._database.once(lambda session: Events(session).notify(job_id))
        return JobEnd(status=status)
