"""What goes while its money is gone, and comes again with it: after a refund, and for as long as a payment is disputed.

Whether something is withdrawn stands in its row, so that a repeat changes nothing, in whatever order one asks.
Lock order: the account, its terms, grants.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..ids import new_id
from ..months import month_of
from ..tables import Account, Grant, PlanTerm
from .allowances import Allowances
from .credits import Credits
from .low_balance import LowBalance


class Withdrawals:
    """Verbs inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.credits = Credits(session)

    async def take_back(self, account_id: str, transfer_id: str, reason: str) -> int:
        """What is left of the grant that ``transfer_id`` gave leaves the balance; returns how much.

        What open holds took of it goes the same way once they give it back.
        """
        await self._lock(account_id)
        grant = await self._grant(account_id, transfer_id)
        if grant is None or grant.withdrawn_at is not None:
            return 0
        left, grant.remaining = grant.remaining, 0
        grant.withdrawn, grant.withdrawn_at = left, datetime.now(UTC)
        await self.session.flush()
        if left:
            name = f"back:{transfer_id}:{new_id('transfer')}"
            await self.credits.take(account_id, left, name, "taken_back", {"reason": reason})
        return left

    async def give_again(self, account_id: str, transfer_id: str, reason: str) -> int:
        """All that was taken back of it, to be spent for as long as it was away longer; returns how much."""
        await self._lock(account_id)
        grant = await self._grant(account_id, transfer_id)
        if grant is None or grant.withdrawn_at is None:
            return 0
        away = datetime.now(UTC) - grant.withdrawn_at
        amount, grant.withdrawn, grant.withdrawn_at = grant.withdrawn, 0, None
        grant.remaining += amount
        grant.expires_at = None if grant.expires_at is None else grant.expires_at + away
        await self.session.flush()
        if amount:
            name = f"again:{transfer_id}:{new_id('transfer')}"
            await self.credits.take(account_id, -amount, name, "given_again", {"reason": reason})
            await LowBalance(self.session).recovered(account_id)
        return amount

    async def withdrawn(self, account_id: str, prefix: str) -> Sequence[str]:
        """Transfers whose ids begin so and whose grants are away now."""
        rows = await self.session.execute(
            select(Grant.transfer_id).where(
                Grant.account_id == account_id, Grant.transfer_id.startswith(prefix), Grant.withdrawn_at.is_not(None)
            )
        )
        return [each for each in rows.scalars() if each is not None]

    async def end_term(self, source_id: str, at: datetime) -> None:
        """What this source gave ends at ``at``."""
        term = await self._term(source_id)
        if term is not None and term.withdrawn_at is None:
            term.withdrawn_at, term.until_before = at, term.until
            term.until, term.refill_at = at, None
            await self.session.flush()
            await Allowances(self.session).settle(term.account_id, at)

    async def resume_term(self, source_id: str, at: datetime) -> None:
        """It goes on where it ended, and for as long: its months move with it, so that none is given twice."""
        term = await self._term(source_id)
        if term is None or term.withdrawn_at is None:
            return
        used = max(timedelta(0), term.withdrawn_at - term.starts_at)
        begun, start = term.withdrawn_at >= term.starts_at, max(term.starts_at, at - used)
        term.until = None if term.until_before is None else term.until_before + (start - term.starts_at)
        term.refill_at = month_of(start, max(at, start))[1] if begun else start
        if term.until is not None and term.refill_at >= term.until:
            term.refill_at = None
        term.starts_at, term.withdrawn_at, term.until_before = start, None, None
        await self.session.flush()
        await Allowances(self.session).settle(term.account_id, at)

    async def _grant(self, account_id: str, transfer_id: str) -> Grant | None:
        found = await self.session.execute(
            select(Grant)
            .where(Grant.account_id == account_id, Grant.transfer_id == transfer_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found.scalar()

    async def _term(self, source_id: str) -> PlanTerm | None:
        """A term with its account locked."""
        known = await self.session.get(PlanTerm, source_id)
        if known is None:
            return None
        await self._lock(known.account_id)
        return await self.session.get(PlanTerm, source_id, with_for_update=True, populate_existing=True)

    async def _lock(self, account_id: str) -> None:
        await self.session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
