"""Writing and reading what happened. A job's event is numbered by the update of its row, which locks it."""

import json
from typing import Any

from sqlalchemy import cast, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import BigInteger, Text

from ..payloads.events import EventView
from ..tables import Event, Job, Run

CHANNEL = "workshop_events"

RECORD_END = text(
    """
    INSERT INTO events (account_id, job_id, seq, type, data)
    SELECT :account, :job, CAST(:seq AS integer), :kind, CAST(:data AS jsonb)
    UNION ALL
    SELECT id, NULL, NULL, 'credits.changed', jsonb_build_object('available', balance - held)
    FROM accounts WHERE id = :account
    """
)

RECORD_RUN = text(
    """
    WITH numbered AS (
        UPDATE runs SET event_seq = event_seq + 1 WHERE id = :run RETURNING id, account_id, event_seq
    )
    INSERT INTO events (account_id, run_id, seq, type, data)
    SELECT account_id, id, event_seq, :kind, CAST(:data AS jsonb) FROM numbered
    """
)


class Events:
    """Events inside the caller's transaction; ``notify`` belongs after its commit, by ``Database.once``."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def record(
        self, account_id: str, kind: str, data: dict[str, Any], job_id: str | None = None, seq: int | None = None
    ) -> None:
        """Add one event; a job's ``seq`` was taken from ``jobs.event_seq`` by the caller's own update of the row."""
        await self.session.execute(
            insert(Event).values(account_id=account_id, job_id=job_id, seq=seq, type=kind, data=data)
        )

    async def record_end(self, account_id: str, kind: str, data: dict[str, Any], job_id: str, seq: int) -> None:
        """Add the last event of a job, and that the account's credits changed by it."""
        values = {"account": account_id, "job": job_id, "seq": seq, "kind": kind, "data": json.dumps(data)}
        await self.session.execute(RECORD_END, values)

    async def of_job(self, job_id: str, after: int, limit: int = 500) -> list[EventView]:
        """A job's events with ``seq`` above ``after``, in order."""
        rows = await self.session.execute(
            select(Event).where(Event.job_id == job_id, Event.seq > after).order_by(Event.seq).limit(limit)
        )
        return [_view(event, str(event.seq)) for event in rows.scalars()]

    async def record_run(self, run: Run, kind: str, data: dict[str, Any]) -> None:
        """Add one event of a run, numbered by an update of its row."""
        values = {"run": run.id, "kind": kind, "data": json.dumps(data)}
        await self.session.execute(RECORD_RUN, values)

    async def of_run(self, run_id: str, after: int, limit: int = 500) -> list[EventView]:
        """A run's events with ``seq`` above ``after``, in order."""
        rows = await self.session.execute(
            select(Event).where(Event.run_id == run_id, Event.seq > after).order_by(Event.seq).limit(limit)
        )
        return [_view(event, str(event.seq)) for event in rows.scalars()]

    async def of_account(self, account_id: str, after: tuple[int, int], limit: int = 500) -> list[EventView]:
        """An account's events after the position ``(xid, id)``, only those below which nothing can appear any more."""
        xid = cast(cast(Event.xid, Text), BigInteger).label("position")
        rows = await self.session.execute(
            select(Event, xid)
            .where(Event.account_id == account_id)
            .where(text("(events.xid, events.id) > (CAST(:xid AS xid8), CAST(:id AS bigint))"))
            .where(text("events.xid < pg_snapshot_xmin(pg_current_snapshot())"))
            .order_by(Event.xid, Event.id)
            .limit(limit),
            {"xid": str(after[0]), "id": after[1]},
        )
        return [_view(event, f"{position}-{event.id}") for event, position in rows.all()]

    async def newest(self, account_id: str) -> tuple[int, int]:
        """The position from which a new feed starts: now."""
        found = await self.session.execute(
            text("SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint) - 1, 9223372036854775807")
        )
        xid, last = found.one()
        return int(xid), int(last)

    async def notify(self, job_id: str) -> None:
        """Hint to every listening process that this job, and so its account, has something to read."""
        account = select(Job.account_id).where(Job.id == job_id).scalar_subquery()
        await self.session.execute(select(func.pg_notify(CHANNEL, account.concat(f" {job_id}"))))

    async def notify_run(self, run: Run) -> None:
        """Hint to every listening process that this run, and so its account, has something to read."""
        await self.hint(run.account_id, run.id)

    async def hint(self, account_id: str, subject: str) -> None:
        """The same for anything of an account, a batch too."""
        await self.session.execute(select(func.pg_notify(CHANNEL, f"{account_id} {subject}")))

    async def forget(self, days: int) -> int:
        """Delete events older than ``days`` of jobs that ended; returns how many."""
        gone = await self.session.execute(
            text(
                "DELETE FROM events WHERE created_at < now() - make_interval(days => :days) AND NOT EXISTS "
                "(SELECT 1 FROM jobs WHERE jobs.id = events.job_id AND jobs.status IN ('queued', 'running'))"
            ),
            {"days": days},
        )
        return int(gone.rowcount)  # type: ignore[attr-defined]


def _view(event: Event, position: str) -> EventView:
    return EventView(
        id=position,
        type=event.type,
        data=event.data,
        job_id=event.job_id,
        run_id=event.run_id,
        created_at=event.created_at,
    )
