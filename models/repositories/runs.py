"""The life of a run's row: opened with its credits set aside, begun, ended exactly once by a conditional update.

Lock order everywhere: account, run, job, grants.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from ..errors import NotFound, NotWaiting
from ..payloads.jobs import OPEN, PriorityName
from ..payloads.runs import OPEN_RUN, OpenRun
from ..tables import Account, Hold, Job, Run, RunStep
from .credits import Credits
from .events import Events
from .jobs import Jobs
from .run_steps import RunSteps

WHOLE = (undefer(Run.graph), undefer(Run.plan))
OPEN_STATES = Run.status.in_(OPEN_RUN)


class Runs:
    """Verbs of runs inside the caller's transaction. A run that is not the account's own does not exist."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.events = Events(session)
        self.credits = Credits(session)

    async def open(self, run: Run, held: int, parent: str | None = None) -> Run:
        """Set ``held`` credits aside and write the row and its first event; raises ``InsufficientCredits``.

        They are carved out of the hold ``parent`` if there is one.
        """
        if parent is None:
            await self.credits.hold(run.account_id, run.id, held)
        else:
            await self.credits.carve(run.account_id, parent, run.id, held)
        weight = await self.session.execute(select(Account.fairness_weight).where(Account.id == run.account_id))
        run.fairness_weight = weight.scalar_one()
        self.session.add(run)
        await self.session.flush()
        await self.events.record_run(run, "run.queued", {"credits_held": held, "pipeline_id": run.pipeline_id})
        await self.session.refresh(run, ["event_seq"])
        return run

    async def get(self, account_id: str, run_id: str) -> Run:
        """The account's own run; raises ``NotFound`` for any other."""
        return _found(await self._one(WHOLE, Run.id == run_id, Run.account_id == account_id))

    async def of_work(self, run_id: str) -> Run:
        """A run by id alone, without its graph and plan, for its workflow; raises ``NotFound``."""
        return _found(await self._one((), Run.id == run_id))

    async def whole(self, run_id: str) -> Run:
        """A run by id alone with its graph and plan; raises ``NotFound``."""
        return _found(await self._one(WHOLE, Run.id == run_id))

    async def begin(self, run_id: str) -> Run | None:
        """The run, marked as running; None if it has ended. A second call changes nothing."""
        run = await self._one(WHOLE, Run.id == run_id, OPEN_STATES)
        if run is not None and run.status == "queued":
            values = {"status": "running", "started_at": func.coalesce(Run.started_at, func.now())}
            await self.session.execute(update(Run).where(Run.id == run_id, Run.status == "queued").values(**values))
            await self.events.record_run(run, "run.running", {})
        return run

    async def lock(self, run_id: str) -> Run | None:
        """The open run with its account and row locked; None if it has ended."""
        locked = await self.session.execute(
            select(Run)
            .join(Account, Account.id == Run.account_id)
            .where(Run.id == run_id, OPEN_STATES)
            .with_for_update(of=[Account, Run])
            .execution_options(populate_existing=True)
        )
        return locked.scalar()

    async def end(self, run_id: str, status: str, error: dict[str, Any] | None, step: str | None) -> str:
        """End the run and what is still open of it, and give back what is left of its hold.

        Returns the status in which it has really ended: whoever ends it first wins.
        """
        run = await self.lock(run_id)
        if run is None:
            return (await self.of_work(run_id)).status
        for job_id in await self._open_jobs(run_id):
            await Jobs(self.session).release(job_id, "canceled", None)
        await self.credits.void(run_id)
        charged = select(Job.used).where(Job.id == RunStep.job_id).scalar_subquery()
        await self.session.execute(
            update(RunStep)
            .where(RunStep.run_id == run_id, RunStep.status.in_(("running", "waiting")))
            .values(status="canceled", completed_at=func.now(), waiting=None, credits=func.coalesce(charged, 0))
        )
        used = (
            await self.session.execute(
                select(func.coalesce(func.sum(RunStep.credits), 0)).where(RunStep.run_id == run_id)
            )
        ).scalar_one()
        run.status, run.error, run.failed_step, run.outputs = status, error, step, await self._outputs(run)
        run.used = run.committed = int(used)
        run.completed_at = func.now()
        await self.session.flush()
        data = {"status": status, "credits_used": int(used), "error": error, "step": step}
        await self.events.record_run(run, f"run.{status}", data)
        return status

    async def decide(self, run: Run, step: str, approved: bool, note: str, user_id: str) -> RunStep:
        """Keep a person's answer; agreeing to more credits raises the budget. Raises ``NotWaiting``."""
        locked = await self.lock(run.id)
        if locked is None:
            raise NotWaiting(step=step)
        at = datetime.now(UTC).isoformat()
        decision = {"approved": approved, "note": note, "by": user_id, "at": at}
        row = await RunSteps(self.session).decide(locked, step, decision)
        if approved and row.waiting and row.waiting["kind"] == "budget":
            locked.budget = max(locked.budget, locked.committed + int(row.waiting["needed"]))
            await self.session.flush()
        return row

    async def held(self, run_ids: Iterable[str]) -> dict[str, int]:
        """Credits that are set aside for each run: by its own hold and by its open steps; nothing for one of none."""
        ids = list(run_ids)
        own = select(Hold.id.label("run"), Hold.amount).where(Hold.id.in_(ids), Hold.state == "open")
        of_steps = (
            select(Job.pipeline_run.label("run"), Hold.amount)
            .join(Hold, Hold.id == Job.id)
            .where(Job.pipeline_run.in_(ids), Hold.state == "open")
        )
        both = union_all(own, of_steps).subquery()
        found = await self.session.execute(select(both.c.run, func.sum(both.c.amount)).group_by(both.c.run))
        return {run: int(amount) for run, amount in found.all()}

    async def request_cancel(self, account_id: str, run_id: str) -> Run:
        """Remember that the owner wants it ended; harmless on a run that has ended."""
        run = await self.get(account_id, run_id)
        await self.session.execute(
            update(Run)
            .where(Run.id == run_id, OPEN_STATES, Run.cancel_requested_at.is_(None))
            .values(cancel_requested_at=func.now())
        )
        return run

    async def open_runs(self, older_than: timedelta, after: str = "", limit: int = 500) -> list[OpenRun]:
        """Open runs in the order of their ids, for the sweep that compares them with their workflows."""
        found = await self.session.execute(
            select(Run)
            .where(OPEN_STATES, Run.created_at < func.now() - older_than, Run.id > after)
            .order_by(Run.id)
            .limit(limit)
        )
        return [view_open(run) for run in found.scalars()]

    async def cancel_all(self, account_id: str) -> list[Run]:
        """Remember that every open run of the account must end; returns them."""
        wanted = await self.session.execute(
            update(Run)
            .where(Run.account_id == account_id, OPEN_STATES)
            .values(cancel_requested_at=func.coalesce(Run.cancel_requested_at, func.now()))
            .returning(Run)
        )
        return list(wanted.scalars())

    async def _open_jobs(self, run_id: str) -> list[str]:
        """Jobs whose workflow never began, or was ended from outside: their children are gone when a run ends."""
        found = await self.session.execute(
            select(Job.id).where(Job.pipeline_run == run_id, Job.status.in_(OPEN)).order_by(Job.id)
        )
        return [str(job_id) for job_id in found.scalars()]

    async def _outputs(self, run: Run) -> dict[str, Any]:
        graph = (await self.session.execute(select(Run.graph).where(Run.id == run.id))).scalar_one()
        names = {
            node["id"]: node.get("parameters", {}).get("name")
            for node in graph.get("nodes", [])
            if node["type"] == "output"
        }
        rows = await self.session.execute(
            select(RunStep.step, RunStep.outputs).where(RunStep.run_id == run.id, RunStep.step.in_(names))
        )
        return {names[step]: outputs["value"] for step, outputs in rows.all() if "value" in outputs}

    async def _one(self, options: tuple[Any, ...], *conditions: Any) -> Run | None:
        return (await self.session.execute(select(Run).options(*options).where(*conditions))).scalar()

    async def list(self, account_id: str, limit: int, before: str | None, filters: dict[str, str | None]) -> list[Run]:
        """The account's runs, newest first, below the id ``before``; ``filters`` are columns."""
        query = select(Run).options(*WHOLE).where(Run.account_id == account_id).order_by(Run.id.desc()).limit(limit)
        for column, value in filters.items():
            if value is not None:
                query = query.where(getattr(Run, column) == value)
        if before:
            query = query.where(Run.id < before)
        return list((await self.session.execute(query)).scalars())


def _found(run: Run | None) -> Run:
    if run is None:
        raise NotFound(what="run")
    return run


def view_open(run: Run) -> OpenRun:
    """What starting a workflow needs of a row."""
    return OpenRun(
        id=run.id,
        account_id=run.account_id,
        pipeline_id=run.pipeline_id,
        priority=PriorityName(run.priority),
        fairness_weight=run.fairness_weight,
        request_id=run.request_id,
        cancel_requested=run.cancel_requested_at is not None,
        created_at=run.created_at,
    )
