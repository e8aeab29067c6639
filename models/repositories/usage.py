"""What accounts used, by day (UTC) and tool. Days that are over are summed once for all; later ones are counted.

Nothing here reads an account's whole history of jobs: sums come by the key of ``usage_analytics``, what is counted by
the index of jobs by account and end, and a day of all accounts by the block range index of ends.
"""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from ..payloads.usage import UsedOfDay
from ..tables import Usage, UsageDay

SETTLED = timedelta(minutes=15)
"""So long after its end a day is summed: by then every transaction that ends a job on that day has committed."""

COLUMNS = "jobs, succeeded, failed, canceled, credits, seconds, bytes"

# A job's files are its own rows; those of a batch's row are named in its outputs, singly or in lists. A row of a
# pipeline's batch is left out, since its jobs are counted.
COUNTED = """
    WITH ended AS (
        SELECT account_id, tool_id, status, used AS credits, completed_at,
            coalesce(extract(epoch FROM completed_at - started_at), 0) AS seconds,
            CASE WHEN outputs = '[]' THEN 0
                 ELSE (SELECT coalesce(sum(size), 0) FROM files WHERE files.job_id = jobs.id) END AS bytes
        FROM jobs WHERE completed_at >= :start AND completed_at < :end {of_jobs}
        UNION ALL
        SELECT batches.account_id, batches.tool_id, batch_rows.state, batch_rows.credits, batch_rows.completed_at, 0,
            CASE WHEN batch_rows.outputs = '{{}}' THEN 0
                 ELSE (SELECT coalesce(sum(size), 0) FROM files
                       WHERE files.account_id = batches.account_id AND files.id IN (
                           SELECT named #>> '{{}}' FROM
                           jsonb_path_query(batch_rows.outputs, '$.*[*] ? (@.type() == "string")') AS named)) END
        FROM batches JOIN batch_rows ON batch_rows.batch_id = batches.id
        WHERE batches.tool_id IS NOT NULL AND batches.created_at < :end
            AND (batches.completed_at IS NULL OR batches.completed_at >= :start)
            AND batch_rows.completed_at >= :start AND batch_rows.completed_at < :end {of_batches}
    )
    SELECT account_id, CAST(completed_at AT TIME ZONE 'UTC' AS date) AS day, tool_id, count(*) AS jobs,
        count(*) FILTER (WHERE status = 'succeeded') AS succeeded, count(*) FILTER (WHERE status = 'failed') AS failed,
        count(*) FILTER (WHERE status = 'canceled') AS canceled, CAST(sum(credits) AS bigint) AS credits,
        CAST(sum(seconds) AS double precision) AS seconds, CAST(sum(bytes) AS bigint) AS bytes
    FROM ended GROUP BY 1, 2, 3
"""

LIVE = text(
    COUNTED.format(of_jobs="AND account_id = :account", of_batches="AND batches.account_id = :account")
    + "ORDER BY 2, 3"
)
ROLL = text(
    f"INSERT INTO usage_analytics (account_id, day, tool_id, {COLUMNS})" + COUNTED.format(of_jobs="", of_batches="")
)
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('usage_analytics'))")


class UsageBook:
    """Sums inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def of_account(self, account_id: str, first: date, now: datetime) -> list[UsedOfDay]:
        """What the account used from the day ``first`` to ``now``, by day and tool; days without work are not there."""
        rolled_to = await self._rolled_to()
        live_from = first if rolled_to is None else max(first, rolled_to + timedelta(days=1))
        summed = await self.session.execute(
            select(*Usage.__table__.columns)
            .where(Usage.account_id == account_id, Usage.day >= first, Usage.day < live_from)
            .order_by(Usage.day, Usage.tool_id)
        )
        values = {"account": account_id, "start": _midnight(live_from), "end": now + timedelta(minutes=1)}
        counted = await self.session.execute(LIVE, values)
        return [UsedOfDay.model_validate(row, from_attributes=True) for row in (*summed, *counted)]

    async def roll_due(self, now: datetime) -> date | None:
        """Sum the next day that is over and return it; None if there is none. Days go in their order."""
        await self.session.execute(ONE_AT_A_TIME)
        last = await self._rolled_to()
        day = await self._first_day() if last is None else last + timedelta(days=1)
        if day is None or now < _midnight(day + timedelta(days=1)) + SETTLED:
            return None
        await self.roll(day)
        return day

    async def roll(self, day: date) -> None:
        """Sum a day for every account, in place of what was summed before: a repeat changes nothing."""
        await self.session.execute(text("DELETE FROM usage_analytics WHERE day = :day"), {"day": day})
        await self.session.execute(ROLL, {"start": _midnight(day), "end": _midnight(day + timedelta(days=1))})
        await self.session.merge(UsageDay(day=day))
        await self.session.flush()

    async def _rolled_to(self) -> date | None:
        return (await self.session.execute(select(func.max(UsageDay.day)))).scalar()

    async def _first_day(self) -> date | None:
        """The day on which anything ended first; asked only while no day is summed."""
        found = await self.session.execute(
            text("SELECT least((SELECT min(completed_at) FROM jobs), (SELECT min(completed_at) FROM batch_rows))")
        )
        first: datetime | None = found.scalar()
        return None if first is None else first.astimezone(UTC).date()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
