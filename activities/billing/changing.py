"""The activity by which a subscriber's wish is carried out: another plan, an end, a pause."""

from datetime import UTC, datetime, timedelta
from typing import Literal, cast

from temporalio import activity

from models.errors import Conflict
from models.money import Money, decimals
from models.payloads.billing import Change, Changed, lookup_key
from models.plans import plan
from models.repositories.billing import Billing
from models.repositories.subscriptions import Subscriptions
from models.session import Database
from models.settings import Settings
from models.tables import Subscription
from temporal.heartbeat import heartbeating

from .fetching import Fetcher, price_of
from .gateway import Gateway
from .reading import UPGRADE
from .terms import Facts


class ChangeActivities:
    """Every write at the provider has a key of the command, so that a repeat changes nothing more."""

    def __init__(self, database: Database, gateway: Gateway, settings: Settings) -> None:
        self._database = database
        self._gateway = gateway
        self._fetcher = Fetcher(gateway, timedelta(days=settings.unpaid_grace_days))

    @activity.defn(name="subscriptions.change")
    async def change(self, order: Change) -> Changed:
        """Do it there, or note it here for those who pay by link. Raises ``Conflict``, ``PaymentDeclined``,
        ``Unavailable``."""
        async with heartbeating():
            return await self.carry_out(order)

    async def carry_out(self, order: Change) -> Changed:
        """The same, wherever it is called."""
        now = order.now or datetime.now(UTC)
        async with self._database.transaction() as session:
            row = await Subscriptions(session).of_work(order.subscription_id)
            customer = await Billing(session).customer_of(row.account_id)
        facts, external_id = await self._fetcher.facts(row, customer, now)
        if facts.ended_at is not None or customer is None:
            raise Conflict(reason="The subscription has ended. Open a new one.", reason_zh="订阅已结束,请重新订阅。")
        if facts.paid_until is None and not order.cancel_now:
            raise Conflict(reason="It is not paid yet.", reason_zh="订阅尚未付款。")
        if row.method != "card":
            return await self._by_link(order, row, customer, facts, now)
        if external_id is not None:
            await self._by_card(order, row, external_id, facts, now)
        elif row.session_id is not None:  # nobody may pay it any more
            await self._gateway.expire(row.session_id)
        return Changed()

    async def _by_card(self, order: Change, row: Subscription, external_id: str, facts: Facts, now: datetime) -> None:
        key = order.command_id
        if order.cancel_now:
            await self._gateway.cancel(external_id, True, key)
        if order.cancel_at_period_end is not None:
            await self._gateway.cancel(external_id, False, key, order.cancel_at_period_end)
        if order.paused is not None:
            await self._gateway.pause(external_id, order.paused, key)
        if order.plan is None or order.plan == facts.plan:
            return
        wanted, current = plan(order.plan), plan(facts.plan_at(now))
        interval: Literal["month", "year"] = "year" if row.interval == "year" else "month"
        money = Money(amount=wanted.prices[interval][row.currency], currency=row.currency)
        price = await self._gateway.price(lookup_key(wanted.id, interval, row.currency), wanted.name, money, interval)
        keeps = None
        if wanted.weight < current.weight and facts.period_end is not None:
            keeps = (current.id, facts.period_end)
        better = wanted.weight > current.weight
        await self._gateway.change_price(external_id, price, better, key, wanted.id, keeps)

    async def _by_link(self, order: Change, row: Subscription, customer: str, facts: Facts, now: datetime) -> Changed:
        values: dict[str, object] = {}
        if order.cancel_now:
            values["ended_at"] = now
        if order.cancel_at_period_end is not None:
            values["cancel_at_period_end"] = order.cancel_at_period_end
        if order.paused is not None:
            values["status"] = "paused" if order.paused else "active"
        url = None
        if order.plan is not None:
            url = await self._another_plan(order, row, customer, facts, now, values)
        async with self._database.transaction() as session:
            await Subscriptions(session).want(row.id, values)
        return Changed(url=url)

    async def _another_plan(
        self,
        order: Change,
        row: Subscription,
        customer: str,
        facts: Facts,
        now: datetime,
        values: dict[str, object],
    ) -> str | None:
        """A better plan once the difference is paid, another from the next period."""
        wanted, current = plan(cast(str, order.plan)), plan(facts.plan)
        name = f"{UPGRADE}.{order.command_id}"
        for each in facts.invoices:  # what was raised for another wish is wanted no more
            if each.status == "open" and each.period != name:
                await self._gateway.void_invoice(each.id)
        values["pending_plan"] = None if wanted.id == current.id else wanted.id
        start, end, paid = facts.period_start, facts.period_end, facts.paid_until
        if wanted.weight <= current.weight or start is None or end is None or paid is None or now >= paid:
            return None
        more = (price_of(wanted.id, row) - price_of(current.id, row)) * (paid - now) // (end - start)
        bill = await self._fetcher.bill(row, customer, facts, wanted.id, _charged(more, row.currency), name)
        return bill.url


def _charged(amount: int, currency: str) -> int:
    """A whole amount of minor units, in tens where the currency has three decimals; never nothing."""
    step = 10 if decimals(currency) == 3 else 1
    return max(step, amount // step * step)
