"""Keeps Temporal in step with PostgreSQL, which is the truth, and both with the passing of time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from models.errors import DeadlineExceeded, Interrupted
from models.payloads.batches import OpenBatch
from models.payloads.jobs import OpenJob
from models.payloads.maintenance import SweepReport
from models.payloads.runs import OpenRun
from models.repositories.allowances import Allowances
from models.repositories.automations import Automations
from models.repositories.credits import Credits
from models.repositories.events import Events
from models.repositories.files import Files
from models.repositories.firings import Firings
from models.repositories.idempotency import Idempotency
from models.repositories.jobs import Jobs
from models.repositories.mails import Mails
from models.repositories.pipelines import Pipelines
from models.repositories.rate_limits import RateLimits
from models.repositories.run_steps import RunSteps
from models.repositories.runs import Runs
from models.repositories.sessions import Sessions
from models.repositories.tokens import Tokens
from models.repositories.tools import Tools
from models.repositories.usage import UsageBook
from models.session import Database
from temporal import ids, policies
from temporal.heartbeat import heartbeating

from .automations.sweeping import AutomationSweep
from .batches.sweep import BatchSweep
from .billing.reconciling import BillingSweep
from .metrics import SWEPT

YOUNG = timedelta(seconds=10)
"""A job that was committed this recently is still being started by the API."""

EVENT_DAYS = 30
CACHE_KEPT = timedelta(days=30)
MAILS_KEPT = timedelta(days=30)
ACCOUNTS_AT_ONCE = 50
"""That one transaction locks: whoever wants to run something waits for it."""

ROUNDS = 20
DAYS_AT_ONCE = 7
"""Days of usage that are summed a minute while there are more that are over: a first start on old data."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Starts:
    """What starts workflows again; given by the composition root, since activities may not import workflows."""

    job: Callable[[Client, OpenJob], Awaitable[None]]
    run: Callable[[Client, OpenRun], Awaitable[None]]
    batch: Callable[[Client, OpenBatch], Awaitable[None]]
    ingest: Callable[[Client, str], Awaitable[None]]
    mail: Callable[[Client, str], Awaitable[None]]


class MaintenanceActivities:
    """Runs once a minute. Each job is looked at by itself: one that cannot be mended does not stop the others."""

    def __init__(
        self, database: Database, client: Client, starts: Starts, automations: AutomationSweep, billing: BillingSweep
    ) -> None:
        self._database = database
        self._client = client
        self._starts = starts
        self._automations = automations
        self._billing = billing

    @activity.defn(name="maintenance.sweep_jobs")
    async def sweep_jobs(self) -> SweepReport:
        """Start what is missing, release what closed without an end, cancel what its owner wanted canceled."""
        async with heartbeating():
            report = await self._sweep_runs(await self._sweep_jobs(SweepReport()))
            await self._automations.sweep()
            for action in await BatchSweep(self._database, self._client, self._starts.batch).all(YOUNG):
                report = report.plus(action)
            await self._billing.all(YOUNG)
        log.info("swept", **report.model_dump())
        return report

    async def _sweep_jobs(self, report: SweepReport) -> SweepReport:
        after = ""
        while True:
            async with self._database.transaction() as session:
                jobs = await Jobs(session).open_jobs(YOUNG, after)
            for job in jobs:
                action = await self._compare(job)
                SWEPT.labels(action).inc()
                report = report.plus(action)
                after = job.id
            if not jobs:
                return report

    async def _sweep_runs(self, report: SweepReport) -> SweepReport:
        """The same for runs of pipelines; and their workflows are told of decisions that did not reach them."""
        after = ""
        while True:
            async with self._database.transaction() as session:
                runs = await Runs(session).open_runs(YOUNG, after)
            for run in runs:
                report = report.plus(await self._compare_run(run))
                after = run.id
            if not runs:
                break
        async with self._database.transaction() as session:
            decided = await RunSteps(session).undelivered(YOUNG)
        for _, step, workflow_id in decided:
            await self._signal(workflow_id, step)
        return report

    @activity.defn(name="maintenance.start_missing")
    async def start_missing(self) -> None:
        """Files that were never ingested and mails that were never sent get their workflows."""
        async with heartbeating():
            async with self._database.transaction() as session:
                files = await Files(session).uningested_ids(YOUNG)
                mails = await Mails(session).open_ids(YOUNG)
            for file_id in files:
                await self._starts.ingest(self._client, file_id)
            for mail_id in mails:
                await self._starts.mail(self._client, mail_id)

    @activity.defn(name="maintenance.expire")
    async def expire(self) -> None:
        """Months of plans, grants past their time, rows that nobody will ask for again; days of usage that are over.

        A plan that ended is seen first: a month of the free one may begin in the same minute.
        """
        async with heartbeating():
            await self._expire(datetime.now(UTC))

    async def _expire(self, now: datetime) -> None:
        await self._by_few(lambda session, few: Allowances(session).settle_ended(now, few))
        await self._by_few(lambda session, few: Allowances(session).refill(now, few))
        await self._by_few(lambda session, few: Credits(session).expire(few))
        async with self._database.transaction() as session:
            await RunSteps(session).purge_cached(CACHE_KEPT)
            await Events(session).forget(EVENT_DAYS)
            await Mails(session).purge(MAILS_KEPT)
        async with self._database.transaction() as session:
            await Automations(session).purge()
            await Firings(session).purge()
        async with self._database.transaction() as session:
            for repository in (Idempotency, Pipelines, RateLimits, Sessions, Tokens, Tools):
                await repository(session).purge()
        for _ in range(DAYS_AT_ONCE):
            async with self._database.transaction() as session:
                if await UsageBook(session).roll_due(now) is None:
                    break

    async def _by_few(self, chore: Callable[[AsyncSession, int], Awaitable[int]]) -> None:
        """``chore`` returns how many accounts it looked at; those that are left have their turn in a minute."""
        for _ in range(ROUNDS):
            async with self._database.transaction() as session:
                if await chore(session, ACCOUNTS_AT_ONCE) < ACCOUNTS_AT_ONCE:
                    break

    async def _compare(self, job: OpenJob) -> str:
        found = await self._described(ids.of_job(job.id))
        if found is None:
            return await self._missing(job)
        if found == WorkflowExecutionStatus.RUNNING:
            if job.cancel_requested:
                await self._client.get_workflow_handle(ids.of_job(job.id)).cancel(rpc_timeout=policies.RPC_TIMEOUT)
                return "canceled"
            return "running"
        return await self._release(job, "failed", Interrupted().wire(), "interrupted")

    async def _compare_run(self, run: OpenRun) -> str:
        found = await self._described(ids.of_run(run.id))
        if found is None and not run.cancel_requested:
            await self._starts.run(self._client, run)
            return "started"
        if found == WorkflowExecutionStatus.RUNNING:
            if run.cancel_requested:
                await self._client.get_workflow_handle(ids.of_run(run.id)).cancel(rpc_timeout=policies.RPC_TIMEOUT)
                return "canceled"
            return "running"
        async with self._database.transaction() as session:
            status = "canceled" if run.cancel_requested else "failed"
            error = None if run.cancel_requested else Interrupted().wire()
            await Runs(session).end(run.id, status, error, None)
        log.warning("the sweep ended a run", run_id=run.id, status=status)
        return "interrupted"

    async def _described(self, workflow_id: str) -> WorkflowExecutionStatus | None:
        """The state of a workflow; None if Temporal knows none of this id."""
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            return (await handle.describe(rpc_timeout=policies.RPC_TIMEOUT)).status
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return None

    async def _signal(self, workflow_id: str, step: str) -> None:
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            await handle.signal("decided", step, rpc_timeout=policies.RPC_TIMEOUT)
        except RPCError as error:  # the run has ended meanwhile
            if error.status != RPCStatusCode.NOT_FOUND:
                raise

    async def _missing(self, job: OpenJob) -> str:
        if job.cancel_requested:
            return await self._release(job, "canceled", None, "canceled")
        if job.deadline is not None and job.deadline < datetime.now(UTC):
            seconds = round((job.deadline - job.created_at).total_seconds())
            return await self._release(job, "failed", DeadlineExceeded(seconds=seconds).wire(), "interrupted")
        if job.pipeline_run is not None:  # its run starts it, or ends with it
            return "running"
        await self._starts.job(self._client, job)
        return "started"

    async def _release(self, job: OpenJob, status: str, error: dict[str, object] | None, done: str) -> str:
        async with self._database.transaction() as session:
            await Jobs(session).release(job.id, status, error)
        async with self._database.transaction() as session:
            await Events(session).notify(job.id)
        log.warning("the sweep ended a job", job_id=job.id, status=status, why=done)
        return done
