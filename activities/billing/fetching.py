"""Fetches what the provider has of a subscription, and raises there what is due to be raised by us."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from models.money import Money
from models.payloads.billing import Method, Paid, Standing, SubscriptionStatus
from models.plans import plan
from models.tables import Subscription

from . import links
from .gateway import Gateway
from .terms import Facts, Period

STATES: dict[str, SubscriptionStatus] = {
    "incomplete": "incomplete", "incomplete_expired": "expired", "trialing": "trialing", "active": "active",
    "past_due": "past_due", "unpaid": "past_due", "canceled": "canceled", "paused": "past_due",
}  # fmt: skip
"""Stripe's states of a subscription by ours."""
CHECKOUT_OPEN = timedelta(hours=25)
"""A checkout is over after a day."""


class Fetcher:
    """``facts`` is the one way to learn of a subscription."""

    def __init__(self, gateway: Gateway, grace: timedelta) -> None:
        self.gateway = gateway
        self.grace = grace

    async def facts(self, row: Subscription, customer: str | None, now: datetime) -> tuple[Facts, str | None]:
        """What is so now, and the provider's id of it. Raises ``Unavailable``, ``PaymentsOff``."""
        if row.method != "card":
            return await self._by_link(row, customer, now), None
        external = row.external_id
        if external is None and row.session_id is not None:
            session = await self.gateway.session(row.session_id)
            external = session.external_id
            if external is None and session.status == "expired":
                return _nothing(row, now), None
        if external is None:
            over = row.ended_at is not None or now >= row.created_at + CHECKOUT_OPEN
            return _nothing(row, now if over else None), None
        standing = await self.gateway.standing(external)
        invoices = await self.gateway.invoices(customer, external) if customer else []
        return _by_card(row, standing, invoices, now), external

    async def end(self, row: Subscription, customer: str | None, now: datetime) -> None:
        """Nobody is there any more to pay it: nobody may be charged. May be repeated."""
        if row.ended_at is not None:
            return
        facts, external_id = await self.facts(row, customer, now)
        if facts.ended_at is None and external_id is not None:
            await self.gateway.cancel(external_id, True, f"gone:{row.id}")
        elif facts.ended_at is None and row.session_id is not None:
            await self.gateway.expire(row.session_id)
        row.ended_at = facts.ended_at or now  # what the next ``facts`` goes by where there is nothing but links

    async def bill(self, row: Subscription, customer: str, facts: Facts, plan_id: str, amount: int, name: str) -> Paid:
        """An invoice by link for ``plan_id``; ``name``: of its period, the same for the same one."""
        known = plan(plan_id)
        money = Money(amount=amount, currency=row.currency)
        days = max(1, links.RAISED_BEFORE.days if facts.periods else links.OPENED_FOR.days)
        return await self.gateway.bill(
            row.id, name, customer, known.name, money, cast(Method, row.method), days, plan_id
        )

    async def _by_link(self, row: Subscription, customer: str | None, now: datetime) -> Facts:
        if customer is None:
            return _nothing(row, now if now >= row.created_at + CHECKOUT_OPEN else row.ended_at)
        facts = links.read(row, await self.gateway.invoices(customer), self.grace, now)
        end = facts.ended_at or self._over(row, facts, now)
        if end is not None or not facts.renews():
            for each in facts.invoices:
                if each.status == "open" and (end is not None or each is links.open_invoice(facts)):
                    await self.gateway.void_invoice(each.id)
            gone = [replace_status(each) for each in facts.invoices]
            return replace(facts, ended_at=end, invoices=tuple(gone if end is not None else facts.invoices))
        if links.wants_renewal(facts, now):
            following = row.pending_plan or facts.plan
            amount = price_of(following, row)
            raised = await self.bill(row, customer, facts, following, amount, links.period_name(facts))
            return replace(facts, invoices=(raised, *facts.invoices))
        return facts

    def _over(self, row: Subscription, facts: Facts, now: datetime) -> datetime | None:
        """When it came to its end, if it did: not paid at first, not renewed, or not wanted any more."""
        end = facts.paid_until
        if end is None:
            return now if now >= row.created_at + links.OPENED_FOR else None
        if facts.paused:
            return None
        if facts.cancel_at_period_end:
            return end if now >= end else None
        waiting = links.open_invoice(facts)
        if waiting is None:  # its renewal was not raised yet: after a pause, or since nobody was there to do so
            return None
        over = max(end, waiting.created_at) + self.grace
        return over if now >= over else None


def price_of(plan_id: str, row: Subscription) -> int:
    """What a period of a plan costs whoever has this subscription, in minor units."""
    return plan(plan_id).prices["year" if row.interval == "year" else "month"][row.currency]


def replace_status(invoice: Paid) -> Paid:
    """The same once it has been made void."""
    return invoice.model_copy(update={"status": "void"}) if invoice.status == "open" else invoice


def _nothing(row: Subscription, ended_at: datetime | None) -> Facts:
    """Of a subscription that nobody has paid."""
    return Facts(plan=row.plan, status="incomplete", start=None, period_start=None, period_end=None, ended_at=ended_at)


def _by_card(row: Subscription, standing: Standing, invoices: list[Paid], now: datetime) -> Facts:
    """``plan`` by the metadata that we gave the subscription, else by the name of its price."""
    trial_end = standing.trial_end
    periods = tuple(
        Period(
            each.period_start,
            each.period_end,
            each.plan or row.plan,
            trial_end is not None and each.period_end <= trial_end,
            each.is_gone,
        )
        for each in invoices
        if each.status == "paid" and each.period_start is not None and each.period_end is not None
    )
    status = STATES.get(standing.status, "past_due")
    ended_at = standing.ended_at or (now if status in ("canceled", "expired") else None)
    return Facts(
        plan=standing.plan or standing.lookup.partition("_")[0] or row.plan,
        status=status,
        start=standing.start,
        period_start=standing.period_start,
        period_end=standing.period_end,
        periods=periods,
        invoices=tuple(invoices),
        keeps=standing.keeps,
        keeps_until=standing.keeps_until,
        trial_end=trial_end,
        cancel_at_period_end=standing.cancel_at_period_end,
        paused=standing.paused,
        ended_at=ended_at,
    )
