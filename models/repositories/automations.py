"""Automations: saved, changed, paused, deleted softly; and the events that each of them has still to look at."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete as remove
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..automations.deciding import MOST_FAILURES
from ..automations.matching import Happened
from ..errors import NotFound, TooManyAutomations
from ..payloads.automations import LISTENING, Scheduled, ScheduleTrigger
from ..tables import Account, Automation, User
from .events import Events
from .mails import Mails

LIVE = Automation.deleted_at.is_(None)
MOST_AUTOMATIONS = 200
"""Of an account."""
MOST_BACKFILLS = 20
"""Ranges that are remembered, the newest."""
KEPT = timedelta(days=30)
"""After its deletion."""
CHANGEABLE = ("name", "pipeline_id", "tool_id", "parameters", "inputs", "trigger", "condition", "policies",
              "timezone", "daily_budget", "hook_seed", "hook_digest")  # fmt: skip

NEWS = text(
    """
    SELECT automations.id FROM automations WHERE listens AND state = 'active' AND EXISTS (
        SELECT 1 FROM events WHERE events.account_id = automations.account_id
        AND (events.xid, events.id) > (automations.cursor_xid, automations.cursor_id)
        AND events.xid < pg_snapshot_xmin(pg_current_snapshot())
    ) ORDER BY automations.id LIMIT :limit
    """
)

HAPPENED = text(
    """
    SELECT events.id, events.xid::text::bigint AS xid, events.type, events.created_at, events.data,
        events.job_id, events.run_id, jobs.tool_id, runs.pipeline_id,
        coalesce(jobs.outputs, runs.outputs) AS outputs, firings.automation_id AS cause, firings.ancestry
    FROM events JOIN automations ON automations.account_id = events.account_id AND automations.id = :automation
    LEFT JOIN jobs ON jobs.id = events.job_id LEFT JOIN runs ON runs.id = events.run_id
    LEFT JOIN automation_firings AS firings ON firings.run_id = coalesce(events.run_id, jobs.pipeline_run)
    WHERE (events.xid, events.id) > (automations.cursor_xid, automations.cursor_id)
        AND events.xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY events.xid, events.id LIMIT :limit
    """
)

ADVANCE = text(
    "UPDATE automations SET cursor_xid = CAST(CAST(:xid AS text) AS xid8), cursor_id = :id, armed = :armed "
    "WHERE id = :automation"
)


@dataclass(frozen=True)
class News:
    """Events in order, and the position of the last one."""

    events: list[Happened]
    position: tuple[int, int]


class Automations:
    """Verbs of automations inside the caller's transaction. One that is not the account's own does not exist.

    Lock order: automation, account, run.
    """

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def create(self, automation_id: str, account_id: str, values: dict[str, Any]) -> Automation:
        """A new automation, active at once; raises ``TooManyAutomations``."""
        await self.session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
        count = select(func.count()).select_from(Automation).where(Automation.account_id == account_id, LIVE)
        if (await self.session.execute(count)).scalar_one() >= MOST_AUTOMATIONS:
            raise TooManyAutomations(most=MOST_AUTOMATIONS)
        row = Automation(id=automation_id, account_id=account_id, **values)
        row.listens = values["trigger"]["type"] in LISTENING
        self.session.add(row)
        await self.session.flush()
        await self.session.refresh(row)
        return row

    async def get(self, account_id: str, automation_id: str) -> Automation:
        """The account's own; raises ``NotFound`` for any other."""
        return _found(await self._one(Automation.id == automation_id, Automation.account_id == account_id))

    async def of_hook(self, digest: str) -> Automation:
        """By the digest of its hook's token; raises ``NotFound``."""
        return _found(await self._one(Automation.hook_digest == digest))

    async def lock(self, automation_id: str, skip: bool = False) -> Automation | None:
        """With its row locked, for whoever decides; None if deleted, or, with ``skip``, if another has the lock."""
        locked = await self.session.execute(
            select(Automation)
            .where(Automation.id == automation_id, LIVE)
            .with_for_update(skip_locked=skip)
            .execution_options(populate_existing=True)
        )
        return locked.scalar()

    async def change(self, account_id: str, automation_id: str, values: dict[str, Any]) -> Automation:
        """Change what is given; a changed trigger counts from now on. Raises ``NotFound``."""
        row = _found(await self._locked(account_id, automation_id))
        old = (row.trigger, row.timezone)
        for name, value in values.items():
            assert name in CHANGEABLE
            setattr(row, name, value)
        if old != (row.trigger, row.timezone):
            row.listens = row.trigger["type"] in LISTENING
            await self._begin_anew(row)
        return await self._touched(row)

    async def pause(self, account_id: str, automation_id: str) -> Automation:
        """It no longer runs by itself; harmless where it is paused."""
        row = _found(await self._locked(account_id, automation_id))
        if row.state == "active":
            row.state, row.paused_reason = "paused", "by_owner"
        return await self._touched(row)

    async def resume(self, account_id: str, automation_id: str) -> Automation:
        """It runs again, with a clean record and for what happens from now on; harmless where it is active."""
        row = _found(await self._locked(account_id, automation_id))
        if row.state == "paused":
            row.state, row.paused_reason, row.failures_in_row = "active", None, 0
            await self._begin_anew(row)
        return await self._touched(row)

    async def count(self, row: Automation, status: str) -> None:
        """A run has ended so, or could not begin: after ten failures in a row it is paused and its owner told."""
        if status == "succeeded":
            row.failures_in_row = 0
        elif status == "failed":
            row.failures_in_row += 1
            if row.failures_in_row >= MOST_FAILURES and row.state == "active":
                row.state, row.paused_reason = "paused", "failures"
                await self._tell(row)
        await self.session.flush()

    async def backfill(self, account_id: str, automation_id: str, start: datetime, end: datetime) -> Automation:
        """Remember a range that was asked for, by which its firings are known."""
        row = _found(await self._locked(account_id, automation_id))
        asked = [start.isoformat(), end.isoformat()]
        row.backfills = [*(each for each in row.backfills if each != asked), asked][-MOST_BACKFILLS:]
        return await self._touched(row)

    async def delete(self, account_id: str, automation_id: str) -> None:
        """Gone at once; runs that were begun go on. Raises ``NotFound``."""
        if not await self._delete(Automation.id == automation_id, Automation.account_id == account_id):
            raise NotFound(what="automation")

    async def delete_all(self, account_id: str) -> None:
        """Delete softly whatever the account has."""
        await self._delete(Automation.account_id == account_id)

    async def purge(self) -> int:
        """Remove what was deleted long enough ago, with its firings; returns how many."""
        gone = await self.session.execute(
            remove(Automation).where(Automation.deleted_at < func.now() - KEPT).returning(Automation.id)
        )
        return len(gone.all())

    async def scheduled(self, after: str = "", limit: int = 500) -> list[Scheduled]:
        """What must have a schedule, in the order of ids."""
        found = await self.session.execute(
            select(Automation)
            .where(LIVE, Automation.state == "active", Automation.trigger["type"].astext == "schedule")
            .where(Automation.id > after)
            .order_by(Automation.id)
            .limit(limit)
        )
        return [scheduled(row) for row in found.scalars()]

    async def with_news(self, limit: int = 100) -> list[str]:
        """Ids of those for which something happened that they have not looked at."""
        return [str(each) for each in (await self.session.execute(NEWS, {"limit": limit})).scalars()]

    async def news(self, row: Automation, limit: int = 200) -> News:
        """What happened to the account after the automation's cursor, where nothing can appear any more."""
        rows = (await self.session.execute(HAPPENED, {"automation": row.id, "limit": limit})).all()
        events = [
            Happened(
                id=each.id,
                type=each.type,
                at=each.created_at,
                data=each.data,
                job_id=each.job_id,
                run_id=each.run_id,
                tool_id=each.tool_id,
                pipeline_id=each.pipeline_id,
                outputs=each.outputs,
                ancestry=[*(each.ancestry or []), *([each.cause] if each.cause else [])],
            )
            for each in rows
        ]
        return News(events, (rows[-1].xid, rows[-1].id) if rows else (0, 0))

    async def advance(self, row: Automation, position: tuple[int, int], armed: bool) -> None:
        """These were looked at: in the transaction that records what follows from them."""
        values = {"xid": str(position[0]), "id": position[1], "armed": armed, "automation": row.id}
        await self.session.execute(ADVANCE, values)

    async def _begin_anew(self, row: Automation) -> None:
        row.revision += 1
        row.armed = True
        await self.session.flush()
        values = {"cursor_xid": text("pg_current_xact_id()"), "cursor_id": 0}
        await self.session.execute(update(Automation).where(Automation.id == row.id).values(**values))

    async def _tell(self, row: Automation) -> None:
        data = {"automation_id": row.id, "name": row.name, "reason": row.paused_reason}
        await Events(self.session).record(row.account_id, "automation.paused", data)
        owner = await self.session.get(User, row.user_id) if row.user_id else None
        if owner is not None and owner.deleted_at is None:
            values = {"name": row.name, "failures": row.failures_in_row, "path": f"/automations/{row.id}"}
            await Mails(self.session).open(owner.email, "automation_paused", owner.language, values)

    async def _touched(self, row: Automation) -> Automation:
        row.updated_at = func.now()
        await self.session.flush()
        await self.session.refresh(row)
        return row

    async def _delete(self, *conditions: Any) -> int:
        values = {"deleted_at": func.now(), "state": "paused", "paused_reason": "deleted", "hook_digest": None}
        gone = await self.session.execute(
            update(Automation).where(*conditions, LIVE).values(**values).returning(Automation.id)
        )
        return len(gone.all())

    async def _locked(self, account_id: str, automation_id: str) -> Automation | None:
        row = await self.lock(automation_id)
        return row if row is not None and row.account_id == account_id else None

    async def _one(self, *conditions: Any) -> Automation | None:
        return (await self.session.execute(select(Automation).where(*conditions, LIVE))).scalar()

    async def list(self, account_id: str, limit: int, before: str | None) -> list[Automation]:
        """Newest first, below the id ``before``."""
        query = select(Automation).where(Automation.account_id == account_id, LIVE).order_by(Automation.id.desc())
        if before:
            query = query.where(Automation.id < before)
        return [*(await self.session.execute(query.limit(limit))).scalars()]


def scheduled(row: Automation) -> Scheduled:
    """What a schedule of Temporal's is made of."""
    return Scheduled(
        automation_id=row.id,
        account_id=row.account_id,
        revision=row.revision,
        trigger=ScheduleTrigger.model_validate(row.trigger),
        timezone=row.timezone,
    )


def _found(row: Automation | None) -> Automation:
    if row is None:
        raise NotFound(what="automation")
    return row
