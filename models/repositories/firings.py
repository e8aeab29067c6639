"""Firings of automations: recorded once by their key, decided once, and counted once when their run has ended."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from ..ids import new_id
from ..payloads.automations import LISTENING, Policies
from ..payloads.runs import OPEN_RUN
from ..tables import Automation, Firing, Run

KEPT = timedelta(days=90)
PATIENCE = 10
"""Events that keep coming are acted upon after this many times the quiet that was asked for."""


JOINED = (*LISTENING, "hook")
"""Causes that may come in showers."""


@dataclass(frozen=True)
class Cause:
    """Why an automation is to run. ``key`` is the same whenever the cause is."""

    key: str
    why: str
    event: dict[str, Any] = field(default_factory=dict)
    ancestry: list[str] = field(default_factory=list)
    scheduled_for: datetime | None = None


class Firings:
    """Verbs of firings inside the caller's transaction, which has locked the automation."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def record(self, automation: Automation, cause: Cause) -> Firing:
        """The firing of this cause, new or known. Where events are joined, it takes the place of those that wait."""
        known = await self._one(Firing.automation_id == automation.id, Firing.key == cause.key)
        if known is not None:
            return known
        quiet = Policies.model_validate(automation.policies).debounce if cause.why in JOINED else 0
        since = await self._join(automation) if quiet else None
        now = datetime.now(UTC)
        since = since or now
        due = min(now + timedelta(seconds=quiet), since + timedelta(seconds=quiet * PATIENCE))
        values = {
            "id": new_id("firing"),
            "automation_id": automation.id,
            "key": cause.key,
            "why": cause.why,
            "scheduled_for": cause.scheduled_for,
            "event": cause.event,
            "ancestry": cause.ancestry,
            "at": now,
            "due_at": due,
            "waiting_since": since,
        }
        made = await self.session.execute(upsert(Firing).values(**values).returning(Firing))
        return made.scalar_one()

    async def get(self, firing_id: str) -> Firing | None:
        """As it stands now, whatever this session saw before."""
        return await self._one(Firing.id == firing_id)

    async def decide(self, firing: Firing, decision: str, reason: str | None = None, run: Run | None = None) -> None:
        """Once and for all."""
        firing.decision, firing.reason = decision, reason
        firing.run_id = run.id if run is not None else None
        firing.outcome = "failed" if decision == "failed" else None
        await self.session.flush()

    async def busy(self, automation_id: str, key: str) -> int:
        """How many runs with this concurrency key go on."""
        found = await self.session.execute(
            select(func.count())
            .select_from(Firing)
            .where(Firing.automation_id == automation_id, Firing.concurrency_key == key)
            .where(Firing.decision == "run", Firing.outcome.is_(None))
        )
        return int(found.scalar_one())

    async def overlaps(self, automation_id: str) -> bool:
        """Whether a run that its schedule began goes on."""
        found = await self.session.execute(
            select(Firing.id)
            .where(Firing.automation_id == automation_id, Firing.scheduled_for.is_not(None))
            .where(Firing.decision == "run", Firing.outcome.is_(None))
            .limit(1)
        )
        return found.scalar() is not None

    async def buffered(self, automation_id: str, but: str) -> bool:
        """Whether another firing of its schedule waits for its turn."""
        found = await self.session.execute(
            select(Firing.id)
            .where(Firing.automation_id == automation_id, Firing.scheduled_for.is_not(None))
            .where(Firing.decision.is_(None), Firing.id != but)
            .limit(1)
        )
        return found.scalar() is not None

    async def spent(self, automation: Automation, now: datetime) -> int:
        """Credits of today's runs, in the automation's zone: what ended ones cost and open ones may."""
        midnight = now.astimezone(ZoneInfo(automation.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
        cost = case((Run.completed_at.is_(None), Run.budget), else_=Run.used)
        found = await self.session.execute(
            select(func.coalesce(func.sum(cost), 0))
            .select_from(Firing)
            .join(Run, Run.id == Firing.run_id)
            .where(Firing.automation_id == automation.id, Firing.at >= midnight)
        )
        return int(found.scalar_one())

    async def due_ids(self, older_than: timedelta, limit: int = 500) -> list[str]:
        """Firings that should have been decided by now, the oldest first."""
        found = await self.session.execute(
            select(Firing.id)
            .where(Firing.decision.is_(None), Firing.due_at < func.now() - older_than)
            .order_by(Firing.due_at)
            .limit(limit)
        )
        return [str(each) for each in found.scalars()]

    async def uncounted_ids(self, older_than: timedelta, limit: int = 500) -> list[str]:
        """Firings whose runs ended a while ago, and were not counted."""
        found = await self.session.execute(
            select(Firing.id)
            .join(Run, Run.id == Firing.run_id)
            .where(Firing.decision == "run", Firing.outcome.is_(None))
            .where(Run.status.not_in(OPEN_RUN), Run.completed_at < func.now() - older_than)
            .limit(limit)
        )
        return [str(each) for each in found.scalars()]

    async def list(self, automation_id: str, limit: int, before: str | None) -> list[tuple[Firing, str | None]]:
        """Firings with the status of their runs, newest first, below the id ``before``."""
        query = (
            select(Firing, Run.status)
            .join(Run, Run.id == Firing.run_id, isouter=True)
            .where(Firing.automation_id == automation_id)
            .order_by(Firing.id.desc())
            .limit(limit)
        )
        if before:
            query = query.where(Firing.id < before)
        return [(row[0], row[1]) for row in (await self.session.execute(query)).all()]

    async def purge(self) -> int:
        """Remove the records of long ago; returns how many."""
        gone = await self.session.execute(
            delete(Firing)
            .where(Firing.at < func.now() - KEPT, Firing.decision.is_not(None))
            .where(or_(Firing.decision != "run", Firing.outcome.is_not(None)))
            .returning(Firing.id)
        )
        return len(gone.all())

    async def _join(self, automation: Automation) -> datetime | None:
        """End those that wait in favor of the next one; since when the first of them has waited."""
        waiting = Firing.automation_id == automation.id, Firing.decision.is_(None), Firing.why.in_(JOINED)
        joined = await self.session.execute(
            update(Firing)
            .where(*waiting, Firing.due_at > func.now())
            .values(decision="joined", reason="debounced")
            .returning(Firing.waiting_since)
        )
        return min(joined.scalars(), default=None)

    async def _one(self, *conditions: Any) -> Firing | None:
        query = select(Firing).where(*conditions).execution_options(populate_existing=True)
        return (await self.session.execute(query)).scalar()
