"""Which mails a subscription's state calls for, each with a key under which it is sent once."""

from datetime import datetime, timedelta
from typing import Any

from models.money import Money
from models.payloads.billing import Paid
from models.plans import plan
from models.tables import Subscription

from . import links
from .reading import UPGRADE
from .terms import REMINDERS, WARNED, Facts, service_until

Notices = list[tuple[str, str, dict[str, Any]]]
"""Key, template and values."""

PAGE = "/billing"


def of_subscription(row: Subscription, facts: Facts, now: datetime, grace: timedelta, language: str) -> Notices:
    """All that are called for now, whether they were sent before or not."""
    title = plan(facts.plan_at(now)).title.of(language)
    found: Notices = []
    for each in facts.invoices:
        found += _invoice(each, title)
    if facts.ended_at is None:
        found += _coming(row, facts, now, title, language)
        found += _unpaid(row, facts, now, grace, title)
    until = service_until(facts, grace)
    if facts.ended_at is not None and until is not None:
        values = {"plan": title, "until": _day(min(until, facts.ended_at)), "path": PAGE}
        found.append((f"canceled:{row.id}", "canceled", values))
    return found


def _invoice(each: Paid, title: str) -> Notices:
    """A receipt; or what waits to be paid, unless it is a renewal, of which reminders tell."""
    amount = str(Money(amount=each.amount, currency=each.currency))
    if each.status == "paid" and each.amount > 0:
        span = "" if each.period_start is None or each.period_end is None else _span(each.period_start, each.period_end)
        values = {"number": each.number or each.id, "amount": amount, "description": title, "period": span}
        return [(f"receipt:{each.id}", "receipt", {**values, "path": PAGE})]
    if each.status == "open" and each.period is not None and each.period.startswith(("0.", UPGRADE)):
        values = {"number": each.number or each.id, "amount": amount, "due": _day(each.due_at), "path": _page(each)}
        return [(f"invoice:{each.id}", "invoice", values)]
    return []


def _coming(row: Subscription, facts: Facts, now: datetime, title: str, language: str) -> Notices:
    """Reminders of what will be charged, or is to be paid: the latest that is due, not those before it."""
    end = facts.paid_until
    if end is None or now >= end or not facts.renews():
        return []
    left = end - now
    following = plan(row.pending_plan or facts.plan)
    price = str(Money(amount=following.prices[_interval(row)][row.currency], currency=row.currency))
    values = {"plan": following.title.of(language), "amount": price, "due": _day(end)}
    if row.method != "card":
        days = min((each for each in REMINDERS if left <= timedelta(days=each)), default=None)
        waiting = links.open_invoice(facts)
        if days is None or waiting is None:
            return []
        return [(f"reminder:{waiting.id}:{days}", "renewal_reminder", {**values, "path": _page(waiting)})]
    soon = WARNED if facts.trial_end == end else timedelta(days=REMINDERS[0]) if row.interval == "year" else None
    if soon is None or left > soon:
        return []
    return [(f"reminder:{row.id}:{end:%Y%m%d}", "renewal_reminder", {**values, "path": PAGE})]


def _unpaid(row: Subscription, facts: Facts, now: datetime, grace: timedelta, title: str) -> Notices:
    """A charge that failed, each time it does; and that the grace will be over soon."""
    found: Notices = []
    for each in facts.invoices:
        if each.status == "open" and each.attempts:
            amount = str(Money(amount=each.amount, currency=each.currency))
            values = {"plan": title, "amount": amount, "next_try": _day(each.next_attempt_at), "path": PAGE}
            found.append((f"failed:{each.id}:{each.attempts}", "payment_failed", values))
    end = facts.paid_until
    if end is not None and facts.renews() and end + grace - WARNED <= now < end + grace:
        waiting = links.open_invoice(facts)
        path = PAGE if waiting is None or waiting.period is None else _page(waiting)
        values = {"plan": title, "ends": _day(end + grace), "path": path}
        found.append((f"grace:{row.id}:{end:%Y%m%d}", "grace_ends", values))
    return found


def _page(invoice: Paid) -> str:
    return f"{PAGE}/invoices/{invoice.id}"


def _interval(row: Subscription) -> Any:
    return row.interval


def _day(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d}"


def _span(start: datetime, end: datetime) -> str:
    return f"{_day(start)} – {_day(end)}"
