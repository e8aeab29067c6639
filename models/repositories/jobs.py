"""The life of a job's row: opened, begun, told of progress, and ended exactly once by a conditional update.

Lock order everywhere: account, job, grants. Nothing here waits for a worker or knows Temporal.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import NotFound
from ..ids import new_id
from ..payloads.jobs import OPEN, Fence, JobOrder, JobWork, OpenJob, PriorityName
from ..payloads.tool_runs import ToolOutcome
from ..tables import Account, Job
from .credits import Credits
from .events import Events
from .files import Files

OPEN_STATES = Job.status.in_(OPEN)


class Jobs:
    """Verbs of jobs inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.events = Events(session)
        self.credits = Credits(session)

    async def open(self, order: JobOrder) -> Job:
        """Hold the credits and write the row and its first event; raises ``InsufficientCredits``.

        A step of a pipeline holds what it carves out of its run's hold.
        """
        job_id = new_id("job")
        if order.pipeline_run is None:
            await self.credits.hold(order.account_id, job_id, order.credits)
        else:
            await self.credits.carve(order.account_id, order.pipeline_run, job_id, order.credits)
        weight = select(Account.fairness_weight).where(Account.id == order.account_id).scalar_subquery()
        values = order.model_dump(exclude={"credits", "cancel_after"})
        deadline = func.now() + timedelta(seconds=order.cancel_after) if order.cancel_after else None
        job = Job(
            id=job_id,
            held=order.credits,
            deadline=deadline,
            fairness_weight=weight,
            event_seq=1,
            **values,
        )
        self.session.add(job)
        await self.session.flush()
        if deadline is not None:
            await self.session.refresh(job, ["deadline"])
        await self.events.record(job.account_id, "job.queued", {"credits_held": order.credits}, job_id, seq=1)
        return job

    async def get(self, account_id: str, job_id: str) -> Job:
        """The account's own job; raises ``NotFound`` for any other."""
        job = (await self.session.execute(select(Job).where(Job.id == job_id, Job.account_id == account_id))).scalar()
        if job is None:
            raise NotFound(what="job")
        return job

    async def of_work(self, job_id: str) -> Job:
        """A job by id alone as it is now, for its workflows; raises ``NotFound``."""
        found = await self.session.execute(
            select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
        )
        job = found.scalar()
        if job is None:
            raise NotFound(what="job")
        return job

    async def begin(self, job_id: str, fence: Fence) -> JobWork | None:
        """Take the job for this attempt; None if it has ended or a newer attempt has it."""
        begun = await self.session.execute(
            update(Job)
            .where(Job.id == job_id, OPEN_STATES)
            .where(or_(Job.run_id != fence.run_id, Job.attempt < fence.attempt))
            .values(
                run_id=fence.run_id,
                attempt=fence.attempt,
                status="running",
                started_at=func.coalesce(Job.started_at, func.now()),
                step="started",
                event_seq=Job.event_seq + 1,
            )
            .returning(Job)
        )
        job = begun.scalar()
        if job is None:
            return None
        await self.events.record(job.account_id, "job.running", {"attempt": fence.attempt}, job.id, seq=job.event_seq)
        return await self.work(job)

    async def open_work(self, job_id: str) -> JobWork | None:
        """What a chunk's attempt needs, without taking the job; None if it has ended."""
        job = (await self.session.execute(select(Job).where(Job.id == job_id, OPEN_STATES))).scalar()
        return None if job is None else await self.work(job)

    async def progress(
        self, job_id: str, fence: Fence, fraction: float, step: str, message: str, text: str = "", preview: str = ""
    ) -> bool:
        """Write progress and its event; False when this attempt is no longer the one that counts: stop then.

        ``text`` is what was written since the last event of this attempt, ``preview`` a small JPEG in base64; only the
        event has them.
        """
        told = await self.session.execute(
            update(Job)
            .where(Job.id == job_id, Job.status == "running")
            .where(Job.run_id == fence.run_id, Job.attempt == fence.attempt)
            .values(fraction=fraction, step=step, message=message, event_seq=Job.event_seq + 1)
            .returning(Job.account_id, Job.event_seq)
        )
        row = told.one_or_none()
        if row is None:
            return False
        more = {key: value for key, value in (("text", text), ("preview", preview)) if value}
        data = {"fraction": round(fraction, 4), "step": step, "message": message, **more}
        await self.events.record(row[0], "job.progress", data, job_id, seq=row[1])
        return True

    async def settle(self, job_id: str, outcome: ToolOutcome, retention: timedelta | None) -> str:
        """End the job as succeeded, charge it and make its files; returns the status in which it has really ended."""
        job = await self._lock_open(job_id)
        if job is None:
            return await self._ended_as(job_id)
        used = job.held if outcome.credits is None else max(0, min(job.held, outcome.credits))
        files = await Files(self.session).create_outputs(job, outcome.outputs, retention)
        await self.credits.post(job_id, used, "job")
        outputs = [
            {"name": made.name, "file_id": file.id, "mime_type": made.mime_type, "metadata": made.metadata}
            for made, file in zip(outcome.outputs, files, strict=True)
        ]
        await self._end(job, "succeeded", used=used, outputs=outputs, data=outcome.data, engine=outcome.engine)
        return "succeeded"

    async def release(self, job_id: str, status: str, error: dict[str, Any] | None) -> str:
        """End the job as failed or canceled and give the hold back; returns the status in which it has really ended."""
        job = await self._lock_open(job_id)
        if job is None:
            return await self._ended_as(job_id)
        await self.credits.void(job_id)
        await self._end(job, status, error=error)
        return status

    async def request_cancel(self, account_id: str, job_id: str) -> Job:
        """Remember that the owner wants it ended; harmless on a job that has ended."""
        job = await self.get(account_id, job_id)
        await self.session.execute(
            update(Job)
            .where(Job.id == job_id, OPEN_STATES, Job.cancel_requested_at.is_(None))
            .values(cancel_requested_at=func.now())
        )
        return job

    async def cancel_all(self, account_id: str, limit: int) -> list[Job]:
        """Remember that every open job of the account must end; returns ``limit`` of them."""
        wanted = await self.session.execute(
            update(Job)
            .where(Job.account_id == account_id, OPEN_STATES)
            .values(cancel_requested_at=func.coalesce(Job.cancel_requested_at, func.now()))
            .returning(Job)
        )
        return list(wanted.scalars())[:limit]

    async def open_jobs(self, older_than: timedelta, after: str = "", limit: int = 500) -> list[OpenJob]:
        """Open jobs in the order of their ids, for the sweep that compares them with their workflows."""
        found = await self.session.execute(
            select(Job)
            .where(OPEN_STATES, Job.created_at < func.now() - older_than, Job.id > after)
            .order_by(Job.id)
            .limit(limit)
        )
        return [view_open(job) for job in found.scalars()]

    async def list(
        self, account_id: str, limit: int, before: str | None, filters: dict[str, str | None], q: str | None
    ) -> list[Job]:
        """The account's jobs, newest first, below the id ``before``; ``filters`` are columns, ``q`` a tool or an id."""
        query = select(Job).where(Job.account_id == account_id).order_by(Job.id.desc()).limit(limit)
        for column, value in filters.items():
            if value is not None:
                query = query.where(getattr(Job, column) == value)
        if before:
            query = query.where(Job.id < before)
        if q:
            query = query.where(or_(Job.tool_id.ilike(f"%{q}%"), Job.id == q))
        return list((await self.session.execute(query)).scalars())

    async def position(self, job: Job) -> int:
        """How many queued jobs of the same queue were opened before this one."""
        ahead = await self.session.execute(
            select(func.count()).where(and_(Job.queue == job.queue, Job.status == "queued", Job.id < job.id))
        )
        return int(ahead.scalar_one())

    async def work(self, job: Job) -> JobWork:
        """What an attempt needs. The row's ``inputs``: ``{files: {port: [id]}, texts: {port: text}, many: [port]}``."""
        files, waiting, rejected = await Files(self.session).for_job(job.account_id, job.inputs["files"])
        texts = job.inputs["texts"]
        return JobWork(
            job_id=job.id,
            account_id=job.account_id,
            tool_id=job.tool_id,
            parameters=job.parameters,
            files=files,
            texts=texts,
            language=job.language,
            timeout=job.timeout,
            scanning=waiting,
            rejected=rejected,
        )

    async def is_open(self, job_id: str) -> bool:
        """Whether there is such a job and it has not ended."""
        found = await self.session.execute(select(Job.id).where(Job.id == job_id, OPEN_STATES))
        return found.scalar() is not None

    async def _lock_open(self, job_id: str) -> Job | None:
        """Lock the account, then its job; rows that were waited for are read as they are now."""
        locked = await self.session.execute(
            select(Job)
            .join(Account, Account.id == Job.account_id)
            .where(Job.id == job_id, OPEN_STATES)
            .with_for_update(of=[Account, Job])
            .execution_options(populate_existing=True)
        )
        return locked.scalar()

    async def _end(self, job: Job, status: str, **values: Any) -> None:
        fraction = 1.0 if status == "succeeded" else job.fraction
        ended = await self.session.execute(
            update(Job)
            .where(Job.id == job.id, OPEN_STATES)
            .values(
                status=status,
                held=0,
                completed_at=func.now(),
                fraction=fraction,
                step=status,
                event_seq=Job.event_seq + 1,
                **values,
            )
            .returning(Job.event_seq)
        )
        data = {"status": status, "credits_used": values.get("used", 0), "error": values.get("error")}
        await self.events.record_end(job.account_id, f"job.{status}", data, job.id, seq=ended.scalar_one())

    async def _ended_as(self, job_id: str) -> str:
        status = (await self.session.execute(select(Job.status).where(Job.id == job_id))).scalar()
        if status is None:
            raise NotFound(what="job")
        return str(status)


def view_open(job: Job) -> OpenJob:
    """What starting a workflow needs of a row."""
    return OpenJob(
        id=job.id,
        account_id=job.account_id,
        user_id=job.user_id,
        tool_id=job.tool_id,
        queue=job.queue,
        chunked=job.chunked,
        timeout=job.timeout,
        priority=PriorityName(job.priority),
        fairness_weight=job.fairness_weight,
        status=job.status,
        request_id=job.request_id,
        cancel_requested=job.cancel_requested_at is not None,
        created_at=job.created_at,
        deadline=job.deadline,
        pipeline_run=job.pipeline_run,
    )
