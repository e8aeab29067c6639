"""Activities of ``SubscriptionWorkflow``: look what the provider has, and note all that follows in one transaction."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from models.payloads.billing import SubscriptionLook, SubscriptionNext
from models.repositories.allowances import Allowances
from models.repositories.billing import Billing
from models.repositories.events import Events
from models.repositories.subscriptions import Subscriptions
from models.repositories.withdrawals import Withdrawals
from models.session import Database
from models.settings import Settings
from models.tables import Subscription
from temporal.heartbeat import heartbeating

from . import notices, terms
from .fetching import Fetcher
from .gateway import Gateway
from .terms import Facts

log = structlog.get_logger(__name__)


class SubscriptionActivities:
    """``send``: starts the workflow of a mail, by its id. Nothing here believes what an event says."""

    def __init__(
        self, database: Database, gateway: Gateway, settings: Settings, send: Callable[[str], Awaitable[None]]
    ) -> None:
        self._database = database
        self._grace = timedelta(days=settings.unpaid_grace_days)
        self._fetcher = Fetcher(gateway, self._grace)
        self._send = send

    @activity.defn(name="subscriptions.look")
    async def look(self, order: SubscriptionLook) -> SubscriptionNext:
        """Bring our rows in step with the provider, and say when to look again. May be repeated at will: each month's
        credits and each mail have a key, and what was fetched earlier never overwrites what was fetched later."""
        async with heartbeating():
            return (await self.compare(order.subscription_id, order.now))[0]

    async def compare(self, subscription_id: str, now: datetime) -> tuple[SubscriptionNext, bool]:
        """The same; and whether anything was other than we knew."""
        async with self._database.transaction() as session:
            row = await Subscriptions(session).of_work(subscription_id)
            customer = await Billing(session).customer_of(row.account_id)
            gone = await Billing(session).payer(row.account_id, row.user_id) is None
        if gone:
            await self._fetcher.end(row, customer, now)
        fetched_at = datetime.now(UTC)
        facts, external_id = await self._fetcher.facts(row, customer, now)
        async with self._database.transaction() as session:
            kept = await Subscriptions(session).lock_as_of(subscription_id, fetched_at)
            if kept is None:  # somebody has looked later, and was faster
                return SubscriptionNext(next_at=now), False
            changed, mails = await self._apply(session, kept, facts, external_id, fetched_at, now)
        if changed:
            await self._database.once(lambda session: Events(session).hint(row.account_id, subscription_id))
        for mail_id in mails:
            await self._send(mail_id)
        following = terms.next_look(facts, now, self._grace, row.method != "card")
        return SubscriptionNext(ended=facts.ended_at is not None and following is None, next_at=following), changed

    async def _apply(
        self,
        session: AsyncSession,
        row: Subscription,
        facts: Facts,
        external_id: str | None,
        fetched_at: datetime,
        now: datetime,
    ) -> tuple[bool, list[str]]:
        """Row, plan, credits, invoices and mails, at once. Whether it was news; and ids of mails to be sent."""
        known, until = facts.plan_at(now), terms.service_until(facts, self._grace)
        values = {
            "plan": known,
            "status": terms.status_now(facts, now),
            "external_id": external_id,
            "starts_at": facts.start,
            "period_start": facts.period_start,
            "period_end": facts.period_end,
            "trial_end": facts.trial_end,
            "cancel_at_period_end": facts.cancel_at_period_end,
            "paid_until": facts.paid_until,
            "grace_until": until,
            "ended_at": facts.ended_at,
        }
        if row.method == "card":
            values["pending_plan"] = facts.plan if facts.plan != known else None
        elif row.pending_plan is not None and known == row.pending_plan:
            values["pending_plan"] = None
        changed = await Subscriptions(session).keep(row, fetched_at, values)
        if changed:
            log.info("subscription", subscription_id=row.id, status=row.status, plan=row.plan)
        billing = Billing(session)
        for each in facts.invoices:
            await billing.keep_invoice(row.account_id, row.id, each)
        if until is None:
            return changed, []
        allowances = Allowances(session)
        await allowances.follow_plan(row.account_id, known, until, row.id, at=now)
        given = False
        for credit in terms.credits_due(facts, now):
            given |= await allowances.begin_period(
                row.account_id, credit.plan, f"{row.id}:{credit.key}", credit.start, credit.end, credit.amount
            )
        given |= await self._follow_money(session, row, facts, now)
        payer = await billing.payer(row.account_id, row.user_id)
        if payer is None:
            return changed or given, []
        called = notices.of_subscription(row, facts, now, self._grace, payer.language)
        mails = [await billing.mail_once(key, payer, template, words) for key, template, words in called]
        return changed or given, [each for each in mails if each is not None]

    async def _follow_money(self, session: AsyncSession, row: Subscription, facts: Facts, now: datetime) -> bool:
        """What is left of months whose payment was given back goes, and comes again where a dispute is won; whether
        anything did."""
        prefix, moved = f"period:{row.id}:", 0
        ours = {f"{prefix}{each.key}" for each in terms.credits_paid(facts, now)}
        gone = any(each.is_gone for each in facts.invoices)
        withdrawals = Withdrawals(session)
        for transfer_id in await withdrawals.withdrawn(row.account_id, prefix):
            if transfer_id in ours:
                moved += await withdrawals.give_again(row.account_id, transfer_id, "the dispute was won")
        for transfer_id in await Billing(session).grants_of(row.account_id, prefix) if gone else ():
            if transfer_id not in ours:
                moved += await withdrawals.take_back(row.account_id, transfer_id, "refund")
        return moved > 0
