"""Subscriptions of those who pay by link (Alipay, WeChat Pay), read from the invoices that we raised for them.

Nobody can charge them, so that the provider knows no subscription: a paid invoice is the whole truth of a period.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from models.months import months_after
from models.payloads.billing import Paid
from models.tables import Subscription

from .reading import UPGRADE
from .terms import MONTHS, Facts, Period

RAISED_BEFORE = timedelta(days=7)
"""A renewal's invoice is sent this long before the period ends."""
OPENED_FOR = timedelta(days=1)
"""Whoever has not paid a new subscription by then has thought better of it."""


def read(row: Subscription, invoices: Sequence[Paid], grace: timedelta, now: datetime) -> Facts:
    """What the invoices of a subscription say, and its row of what its owner wants. A renewal that is paid early begins
    with its period: until then the plan before is kept."""
    mine = [each for each in invoices if each.subscription == row.id]
    paid = sorted((each for each in mine if each.status == "paid" and each.paid_at), key=_paid_at)
    periods: list[Period] = []
    plan, before, anchor, number, step = row.plan, row.plan, row.created_at, 0, MONTHS[row.interval]
    for each in paid:
        at, before = _paid_at(each), plan
        plan = each.plan or plan
        if each.period is None or _is_upgrade(each):
            continue
        if not periods or at > periods[-1].end + grace:
            anchor, number = at, 0
        start, end = months_after(anchor, number * step), months_after(anchor, (number + 1) * step)
        periods.append(Period(start, end, plan, gone=each.is_gone))
        number += 1
    early = len(periods) > 1 and now < periods[-1].start
    last = periods[-2 if early else -1] if periods else None
    keeps = before if early and not _is_upgrade(paid[-1]) else None
    return Facts(
        plan=plan,
        status="incomplete" if last is None else "active",
        start=periods[0].start if periods else None,
        period_start=None if last is None else last.start,
        period_end=None if last is None else last.end,
        periods=tuple(periods),
        invoices=tuple(mine),
        keeps=keeps,
        keeps_until=periods[-1].start if keeps is not None else None,
        cancel_at_period_end=bool(row.cancel_at_period_end),
        paused=row.status == "paused",
        ended_at=row.ended_at,
    )


def open_invoice(facts: Facts) -> Paid | None:
    """The renewal that waits to be paid, if there is one."""
    waiting = [each for each in facts.invoices if each.status == "open" and not _is_upgrade(each)]
    return waiting[0] if waiting else None


def wants_renewal(facts: Facts, now: datetime) -> bool:
    """Whether the next period's invoice is to be raised."""
    end = facts.paid_until
    return facts.renews() and end is not None and now >= end - RAISED_BEFORE and open_invoice(facts) is None


def period_name(facts: Facts, turn: int | None = None) -> str:
    """Of the next invoice: the same until one is paid or made void."""
    over = [each for each in facts.invoices if each.status != "open"]
    return f"{len(facts.periods) if turn is None else turn}.{len(over)}"


def _is_upgrade(invoice: Paid) -> bool:
    return (invoice.period or "").startswith(UPGRADE)


def _paid_at(invoice: Paid) -> datetime:
    assert invoice.paid_at is not None
    return invoice.paid_at
