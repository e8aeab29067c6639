"""What plans give: the plan that counts for an account, and credits by the month, once for each period.

Lock order: the account, its terms, grants.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import CardForEver
from ..months import month_of, months_after
from ..plans import FREE, Card, Pack, Plan, card, offers, pack, plan
from ..tables import Account, PlanTerm
from .credits import Credits


class Allowances:
    """Verbs of plans inside the caller's transaction. Every one may be repeated: it then changes nothing more."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.credits = Credits(session)

    async def begin_free(self, account_id: str, at: datetime | None = None) -> None:
        """The free plan of a new account, for ever; its first month's credits are due a month from now."""
        start = at or datetime.now(UTC)
        await self._term(f"free:{account_id}", account_id, FREE, "free", start, None, refill_at=months_after(start, 1))

    async def follow_plan(
        self,
        account_id: str,
        plan_id: str,
        until: datetime | None,
        source_id: str,
        source: str = "subscription",
        at: datetime | None = None,
    ) -> None:
        """What ``source_id`` gives the account: a plan until a time (None: until it is said otherwise), or no more of
        it where that time has passed. Raises ``NotFound`` for an unknown plan."""
        plan(plan_id)
        await self._lock(account_id)
        await self._term(source_id, account_id, plan_id, source, at or datetime.now(UTC), until)
        await self.settle(account_id, at)

    async def begin_period(
        self, account_id: str, plan_id: str, period_id: str, start: datetime, end: datetime, credits: int | None = None
    ) -> bool:
        """Give one month's credits of a plan, or ``credits``; False if ``period_id`` was given before.

        They may be spent until ``end``, and for the plan's ``rollover_months`` more.
        """
        known = plan(plan_id)
        amount = known.credits_per_month if credits is None else credits
        if not amount:
            return False
        return await self.credits.grant(
            account_id,
            amount,
            source=known.id,
            transfer_id=f"period:{period_id}",
            expires_at=_spendable_until(known, start, end),
        )

    async def buy_pack(self, account_id: str, pack_id: str, payment_id: str, at: datetime | None = None) -> bool:
        """Credits of a pack, once for each payment; raises ``NotFound``."""
        bought: Pack = pack(pack_id)
        until = None if bought.valid_days is None else (at or datetime.now(UTC)) + timedelta(days=bought.valid_days)
        return await self.credits.grant(
            account_id, bought.credits, source="pack", transfer_id=f"pack:{payment_id}", expires_at=until
        )

    async def may_buy_card(self, account_id: str, card_id: str) -> None:
        """Raises ``CardForEver`` where a card of the same plan runs that never ends, and ``NotFound``: to be called
        before any money is asked."""
        wanted = card(card_id)
        for_ever = select(PlanTerm.id).where(
            PlanTerm.account_id == account_id,
            PlanTerm.source == "card",
            PlanTerm.plan == wanted.plan,
            PlanTerm.until.is_(None),
        )
        if (await self.session.execute(for_ever.limit(1))).scalar() is not None:
            raise CardForEver(plan=plan(wanted.plan).name)

    async def buy_card(self, account_id: str, card_id: str, payment_id: str, at: datetime | None = None) -> bool:
        """A card, once for each payment: it begins now, or when a card of the same plan that runs ends.

        Its first month's credits come at once with the first card, with a later one when it begins.
        """
        bought: Card = card(card_id)
        await self._lock(account_id)
        term_id = f"card:{payment_id}"
        if await self.session.get(PlanTerm, term_id) is not None:
            return False
        now = at or datetime.now(UTC)
        running = await self.session.execute(
            select(func.max(PlanTerm.until)).where(
                PlanTerm.account_id == account_id, PlanTerm.source == "card", PlanTerm.plan == bought.plan
            )
        )
        start = max(now, running.scalar() or now)
        until = None if bought.days is None else start + timedelta(days=bought.days)
        await self._term(
            term_id, account_id, bought.plan, "card", start, until, bought.credits_per_month, refill_at=start
        )
        await self.refill(now, account_id=account_id)
        await self.settle(account_id, now)
        return True

    async def settle(self, account_id: str, now: datetime | None = None) -> Plan:
        """Note on the account the plan that counts: of all that run, the one of the greatest weight."""
        at = now or datetime.now(UTC)
        rows = await self.session.execute(
            select(PlanTerm.plan, PlanTerm.starts_at, PlanTerm.until).where(
                PlanTerm.account_id == account_id, or_(PlanTerm.until.is_(None), PlanTerm.until > at)
            )
        )
        known = offers().plans
        terms = [(known.get(plan_id, known[FREE]), start, until) for plan_id, start, until in rows]
        best = max((each for each, start, _ in terms if start <= at), key=lambda each: each.weight, default=known[FREE])
        ends = [until for each, start, until in terms if each.id == best.id and start <= at]
        changes = [start for each, start, _ in terms if start > at and each.weight > best.weight]
        if ends and None not in ends:
            changes.append(max(each for each in ends if each is not None))
        until = min(changes, default=None)
        await self.session.execute(
            update(Account)
            .where(Account.id == account_id)
            .values(plan=best.id, plan_until=until, fairness_weight=best.weight)
        )
        return best

    async def refill(self, now: datetime, limit: int = 500, account_id: str | None = None) -> int:
        """Give the month's credits of free plans and cards that are due; returns how many were due. A month that
        nobody was there to give in is not made up for. Credits of the free plan are given while no better one counts.
        """
        query = select(PlanTerm.id, PlanTerm.account_id).where(PlanTerm.refill_at <= now)
        if account_id is not None:
            query = query.where(PlanTerm.account_id == account_id)
        due = (await self.session.execute(query.order_by(PlanTerm.account_id, PlanTerm.id).limit(limit))).all()
        for term_id, owner in due:
            await self._lock(owner)
            term = await self.session.get(PlanTerm, term_id, with_for_update=True, populate_existing=True)
            if term is not None and term.refill_at is not None and term.refill_at <= now:
                await self._refill(term, now)
        return len(due)

    async def settle_ended(self, now: datetime, limit: int = 500) -> int:
        """Look again at accounts whose plan's time is over or whose next card begins; returns how many."""
        rows = await self.session.execute(
            select(Account.id).where(Account.plan_until <= now).order_by(Account.id).limit(limit)
        )
        accounts: Sequence[str] = rows.scalars().all()
        for account_id in accounts:
            await self._lock(account_id)
            await self.settle(account_id, now)
        return len(accounts)

    async def forget(self, account_id: str) -> None:
        """No more credits by the month: its owner is gone."""
        await self.session.execute(update(PlanTerm).where(PlanTerm.account_id == account_id).values(refill_at=None))

    async def _refill(self, term: PlanTerm, now: datetime) -> None:
        start, following = month_of(term.starts_at, now)
        over = term.until is not None and now >= term.until
        term.refill_at = None if over or (term.until is not None and following >= term.until) else following
        await self.session.flush()
        if over:
            return
        if term.source == "free":
            account = await self.session.get(Account, term.account_id, populate_existing=True)
            if account is None or account.plan != FREE:
                return
        end = following if term.until is None else min(following, term.until)
        period = f"{term.id}:{start:%Y-%m-%d}"
        await self.begin_period(term.account_id, term.plan, period, start, end, term.credits_per_month)

    async def _term(
        self,
        term_id: str,
        account_id: str,
        plan_id: str,
        source: str,
        start: datetime,
        until: datetime | None,
        credits_per_month: int | None = None,
        refill_at: datetime | None = None,
    ) -> None:
        values = {"plan": plan_id, "until": until}
        await self.session.execute(
            upsert(PlanTerm)
            .values(
                id=term_id,
                account_id=account_id,
                source=source,
                starts_at=start,
                credits_per_month=credits_per_month,
                refill_at=refill_at,
                **values,
            )
            .on_conflict_do_update(index_elements=["id"], set_=values)
        )

    async def _lock(self, account_id: str) -> None:
        await self.session.execute(select(Account.id).where(Account.id == account_id).with_for_update())


def _spendable_until(known: Plan, start: datetime, end: datetime) -> datetime:
    """The end of a period with the months for which its plan's credits roll over."""
    return months_after(end, known.rollover_months) if known.rollover_months else end
