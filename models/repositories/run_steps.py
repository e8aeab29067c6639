"""The steps of a run: begun, ended, waiting, decided; and the calls of tools that need not be made again."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import NotWaiting
from ..payloads.runs import Given
from ..tables import CachedStep, File, Job, Run, RunStep
from .events import Events

GIVEN = text(
    """
    SELECT substr(step, length(:prefix) + 1) AS id, ARRAY(SELECT jsonb_object_keys(outputs)) AS ports FROM run_steps
    WHERE run_id = :run AND status IN ('succeeded', 'failed') AND starts_with(step, :prefix)
      AND position('/' IN substr(step, length(:prefix) + 1)) = 0
    """
)

WITHIN = text(
    """
    SELECT step, ARRAY(SELECT jsonb_object_keys(outputs)) AS ports FROM run_steps
    WHERE run_id = :run AND status IN ('succeeded', 'failed') AND starts_with(step, :base)
      AND CAST(split_part(substr(step, length(:base) + 1), ']', 1) AS integer) BETWEEN :first AND :last
    """
)

REUSE = text(
    """
    INSERT INTO run_steps (run_id, step, type, tool_id, status, attempt, job_id, cached, reused, outputs, items,
                           started_at, completed_at)
    SELECT :new, step, type, tool_id, status, attempt, job_id, cached, true, outputs, items, started_at, completed_at
    FROM run_steps
    WHERE run_id = :run AND type <> 'input' AND split_part(split_part(step, '/', 1), '[', 1) = ANY(:nodes)
    ON CONFLICT DO NOTHING
    """
)

UNBEGUN: dict[str, Any] = {
    "status": "running",
    "attempt": 1,
    "job_id": None,
    "cached": False,
    "credits": 0,
    "outputs": {},
    "items": None,
    "error": None,
    "waiting": None,
    "decision": None,
    "completed_at": None,
}


class RunSteps:
    """Verbs of steps inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.events = Events(session)

    async def get(self, run_id: str, step: str) -> RunStep | None:
        return await self.session.get(RunStep, (run_id, step), populate_existing=True)

    async def rows(self, run_id: str, steps: Iterable[str]) -> dict[str, RunStep]:
        """The steps that were begun, by path."""
        found = await self.session.execute(
            select(RunStep).where(RunStep.run_id == run_id, RunStep.step.in_(list(steps)))
        )
        return {row.step: row for row in found.scalars()}

    async def rows_of(self, steps: Mapping[str, Iterable[str]]) -> dict[str, list[RunStep]]:
        """The steps of several runs that were begun, by the runs' ids; ``steps``: which of each."""
        names = {name for each in steps.values() for name in each}
        found = await self.session.execute(
            select(RunStep).where(RunStep.run_id.in_(list(steps)), RunStep.step.in_(list(names)))
        )
        rows: dict[str, list[RunStep]] = {}
        for row in found.scalars():
            rows.setdefault(row.run_id, []).append(row)
        return rows

    async def all(self, run_id: str, limit: int, after: str = "") -> Sequence[RunStep]:
        """Steps in the order of their paths, above ``after``."""
        found = await self.session.execute(
            select(RunStep).where(RunStep.run_id == run_id, RunStep.step > after).order_by(RunStep.step).limit(limit)
        )
        return found.scalars().all()

    async def given(self, run_id: str, prefix: str) -> Given:
        """What ended steps directly below ``prefix`` gave something at."""
        rows = await self.session.execute(GIVEN, {"run": run_id, "prefix": prefix})
        return {row.id: list(row.ports) for row in rows}

    async def give(self, run_id: str, values: dict[str, dict[str, Any]]) -> None:
        """Write inputs as steps that have ended, by path and port; those that stand there are left alone."""
        if not values:
            return
        rows = [
            {"run_id": run_id, "step": step, "type": "input", "status": "succeeded", "outputs": outputs}
            for step, outputs in values.items()
        ]
        await self.session.execute(upsert(RunStep).on_conflict_do_nothing(), rows)

    async def reuse(self, run_id: str, new_run_id: str, nodes: Iterable[str]) -> None:
        """Take over steps of an ended run, with those of their own graphs, as steps of a new one, for nothing."""
        await self.session.execute(REUSE, {"run": run_id, "new": new_run_id, "nodes": list(nodes)})

    async def begin(self, run: Run, step: str, kind: str, **values: Any) -> RunStep:
        """Write that a step was begun, or begun again: another attempt takes the row over."""
        fresh = {**UNBEGUN, **values}
        made = await self.session.execute(
            upsert(RunStep)
            .values(run_id=run.id, step=step, type=kind, **fresh)
            .on_conflict_do_update(index_elements=["run_id", "step"], set_=fresh)
            .returning(RunStep)
            .execution_options(populate_existing=True)
        )
        row = made.scalar_one()
        shown = {key: values[key] for key in ("tool_id", "job_id", "attempt") if values.get(key) is not None}
        await self.events.record_run(run, f"step.{row.status}", {"step": step, "type": kind, **shown})
        return row

    async def end(self, run: Run, row: RunStep, outputs: dict[str, Any], **values: Any) -> None:
        """The step succeeded and gave ``outputs``, by port."""
        row.status, row.outputs, row.waiting, row.completed_at = "succeeded", outputs, None, func.now()
        await self._keep(run, row, values)

    async def fail(self, run: Run, row: RunStep, error: dict[str, Any], outputs: dict[str, Any]) -> None:
        """The step failed; ``outputs`` holds what its port ``error`` gives, if it has one."""
        row.status, row.error, row.outputs, row.waiting, row.completed_at = "failed", error, outputs, None, func.now()
        await self._keep(run, row, {})

    async def decide(self, run: Run, step: str, decision: dict[str, Any]) -> RunStep:
        """Keep a person's answer; raises ``NotWaiting`` where nothing was asked or it was answered."""
        decided = await self.session.execute(
            update(RunStep)
            .where(RunStep.run_id == run.id, RunStep.step == step, RunStep.status == "waiting")
            .where(RunStep.waiting["kind"].astext.in_(("approval", "budget")))
            .where(or_(RunStep.decision.is_(None), RunStep.decision == text("'null'::jsonb")))
            .values(decision=decision)
            .returning(RunStep)
        )
        row = decided.scalar()
        if row is None:
            raise NotWaiting(step=step)
        await self.events.record_run(run, "step.decided", {"step": step, **decision})
        return row

    async def waiting_for_people(self, run_id: str) -> bool:
        """Whether a step of the run waits for somebody's decision."""
        found = await self.session.execute(
            select(RunStep.step)
            .where(RunStep.run_id == run_id, RunStep.status == "waiting")
            .where(RunStep.waiting["kind"].astext.in_(("approval", "budget")))
            .limit(1)
        )
        return found.scalar() is not None

    async def within(self, run_id: str, base: str, first: int, count: int) -> dict[str, Given]:
        """What ended steps of the rounds ``first`` to ``first + count`` of ``base`` gave something at, by prefix."""
        values = {"run": run_id, "base": f"{base}[", "first": first, "last": first + count - 1}
        found: dict[str, Given] = {}
        for row in await self.session.execute(WITHIN, values):
            prefix, _, name = row.step.rpartition("/")
            found.setdefault(f"{prefix}/", {})[name] = list(row.ports)
        return found

    async def made(self, run_id: str, base: str) -> Sequence[Row[str, str, str, dict[str, Any], dict[str, Any] | None]]:
        """``(step, type, status, outputs, error)`` of output nodes, and of what failed, in the rounds of ``base``."""
        found = await self.session.execute(
            select(RunStep.step, RunStep.type, RunStep.status, RunStep.outputs, RunStep.error)
            .where(RunStep.run_id == run_id, func.starts_with(RunStep.step, f"{base}["))
            .where(or_(RunStep.type == "output", RunStep.status == "failed"))
        )
        return found.all()

    async def undelivered(self, older_than: timedelta, limit: int = 500) -> list[tuple[str, str, str]]:
        """``(run, step, workflow)`` of steps that wait though they were decided: their workflow was not told."""
        found = await self.session.execute(
            select(RunStep.run_id, RunStep.step, RunStep.waiting["workflow_id"].astext)
            .where(RunStep.status == "waiting", RunStep.decision["at"].astext.is_not(None))
            .where(RunStep.started_at < func.now() - older_than)
            .limit(limit)
        )
        return [(row[0], row[1], row[2]) for row in found.all()]

    async def cached(self, account_id: str, key: str) -> Job | None:
        """The job that made this call last, if it is open or its outputs are all still there."""
        found = await self.session.execute(
            select(Job)
            .join(CachedStep, CachedStep.job_id == Job.id)
            .where(CachedStep.account_id == account_id, CachedStep.key == key)
            .where(Job.status.in_(("queued", "running", "succeeded")))
        )
        job = found.scalar()
        if job is None or job.status != "succeeded":
            return job
        files = [each["file_id"] for each in job.outputs]
        alive = await self.session.execute(select(func.count()).where(File.id.in_(files), File.deleted_at.is_(None)))
        return job if alive.scalar_one() == len(set(files)) else None

    async def keep_cached(self, account_id: str, key: str, job_id: str) -> None:
        """From now on this job stands for the call."""
        await self.session.execute(
            upsert(CachedStep)
            .values(account_id=account_id, key=key, job_id=job_id)
            .on_conflict_do_update(
                index_elements=["account_id", "key"], set_={"job_id": job_id, "created_at": func.now()}
            )
        )

    async def purge_cached(self, older_than: timedelta) -> None:
        """Forget calls that were made long ago."""
        await self.session.execute(delete(CachedStep).where(CachedStep.created_at < func.now() - older_than))

    async def _keep(self, run: Run, row: RunStep, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(row, name, value)
        await self.session.flush()
        data = {"step": row.step, "credits": row.credits, "cached": row.cached, "error": row.error}
        if row.type == "output" and row.outputs:
            data["value"] = row.outputs["value"]
        await self.events.record_run(run, f"step.{row.status}", data)
