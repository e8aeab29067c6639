"""Rate limits by GCRA (the generic cell rate algorithm, ITU-T I.371): one row a subject, one statement a request."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, text
from sqlalchemy.ext.asyncio import AsyncSession

from ..tables import RateLimit

# `arrival` is the theoretical arrival time: by when the subject's requests would have come at the even rate.
# now() is when the transaction began, and so behind that of whoever was waited for.
TAKE = text(
    """
    WITH taken AS (
        INSERT INTO rate_limits AS known (subject, arrival)
        VALUES (:subject, clock_timestamp() + make_interval(secs => :interval))
        ON CONFLICT (subject) DO UPDATE
            SET arrival = greatest(known.arrival, clock_timestamp()) + make_interval(secs => :interval)
            WHERE greatest(known.arrival, clock_timestamp()) + make_interval(secs => :interval)
                <= clock_timestamp() + make_interval(secs => :period)
        RETURNING arrival
    )
    SELECT (SELECT extract(epoch FROM arrival - clock_timestamp()) FROM taken) AS used,
           (SELECT extract(epoch FROM arrival - clock_timestamp()) FROM rate_limits WHERE subject = :subject) AS before
    """
)


@dataclass(frozen=True)
class Allowance:
    """Whether a request may pass, how many more may at once, and after how many seconds one may (all: ``reset``)."""

    allowed: bool
    remaining: int
    reset: float
    retry_after: float


class RateLimits:
    """Verbs of rate limits; each in a short transaction of its own, else refused work would give the token back."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def take(self, subject: str, limit: int, period: float) -> Allowance:
        """Count one of ``limit`` requests in ``period`` seconds, which may also come all at once."""
        interval = period / limit
        row = (await self.session.execute(TAKE, {"subject": subject, "interval": interval, "period": period})).one()
        if row.used is None:
            ahead = float(row.before) if row.before is not None else period
            return Allowance(False, 0, ahead, max(ahead + interval - period, 0.001))
        used = float(row.used)
        return Allowance(True, int((period - used) / interval + 1e-6), used, 0.0)

    async def purge(self) -> int:
        """Delete rows that mean nothing any more; returns how many."""
        gone = await self.session.execute(
            delete(RateLimit).where(RateLimit.arrival < func.now() - timedelta(minutes=1)).returning(RateLimit.subject)
        )
        return len(gone.all())
