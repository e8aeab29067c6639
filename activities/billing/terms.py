"""What follows from what the provider has of a subscription: pure functions, so that no order of events matters.

Whoever pays a period has the plan and its credits, month by month, and ``grace`` longer while a renewal is awaited.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.months import months_after
from models.payloads.billing import Paid, SubscriptionStatus
from models.plans import plan

from .reading import UPGRADE

MONTHS = {"month": 1, "year": 12}
REMINDERS = (7, 3, 1)
"""Days before the end of a period at which somebody who pays by link is reminded; a year's card once, at the first."""
WARNED = timedelta(days=3)
"""Before a trial, or the grace of an unpaid renewal, is over."""
AGAIN = timedelta(hours=6)
"""Between looks at a renewal that is overdue, should nobody tell us of it."""
LONG_MONTH = timedelta(days=45)


@dataclass(frozen=True)
class Period:
    """What somebody has paid for, or was given to try."""

    start: datetime
    end: datetime
    plan: str
    trial: bool = False
    gone: bool = False
    """Whether its money went back: its months bring nothing then but what a better plan paid for."""

    def months(self) -> list[tuple[datetime, datetime]]:
        """Of which each brings credits; a period that is no year is one."""
        if self.end - self.start < LONG_MONTH:
            return [(self.start, self.end)]
        starts, number = [self.start], 1
        while months_after(self.start, number) < self.end:
            starts.append(months_after(self.start, number))
            number += 1
        return list(zip(starts, [*starts[1:], self.end], strict=True))


@dataclass(frozen=True)
class Facts:
    """A subscription as the provider has it, of whatever kind. ``plan``: of its next renewal; ``ended_at``: if so."""

    plan: str
    status: SubscriptionStatus
    start: datetime | None
    period_start: datetime | None
    period_end: datetime | None
    periods: tuple[Period, ...] = ()
    invoices: tuple[Paid, ...] = ()
    """All of them, whether they pay for a period or not."""
    keeps: str | None = None
    keeps_until: datetime | None = None
    trial_end: datetime | None = None
    cancel_at_period_end: bool = False
    paused: bool = False
    ended_at: datetime | None = None

    def plan_at(self, now: datetime) -> str:
        """The plan that counts: a better one that was paid is kept until its period ends."""
        if self.keeps is not None and self.keeps_until is not None and now < self.keeps_until:
            return self.keeps
        return self.plan

    def plan_of(self, period: Period, end: datetime) -> str:
        """The best plan that was paid for a month of ``period`` that ends at ``end``: its own, or an upgrade."""
        paid = [(each.paid_at, each.plan) for each in self.invoices if _upgrades(each) and not each.is_gone]
        better = [name for at, name in paid if name is not None and at is not None and period.start <= at < end]
        return max([period.plan, *better], key=lambda name: plan(name).weight)

    @property
    def paid_until(self) -> datetime | None:
        return max((each.end for each in self.periods), default=None)

    def renews(self) -> bool:
        return self.ended_at is None and not self.cancel_at_period_end and not self.paused


@dataclass(frozen=True)
class Credit:
    """One month's credits. ``key`` tells it from every other of the subscription; ``amount`` None: the plan's own."""

    key: str
    plan: str
    start: datetime
    end: datetime
    amount: int | None = None


def _upgrades(invoice: Paid) -> bool:
    return invoice.status == "paid" and (invoice.period or "").startswith(UPGRADE)


def service_until(facts: Facts, grace: timedelta) -> datetime | None:
    """Until when the account has the plan; None if nothing was ever paid."""
    paid = facts.paid_until
    if paid is None:
        return None
    if facts.ended_at is not None:
        return min(facts.ended_at, paid + grace)
    return paid + grace if facts.renews() else paid


def credits_due(facts: Facts, now: datetime) -> list[Credit]:
    """Every month that has begun, was not paid back, and whose credits could still be spent, in order. A better plan
    that was paid within a month brings what it has more. The same whenever it is asked, but for what has expired."""
    return [each for each in credits_paid(facts, now) if months_after(each.end, plan(each.plan).rollover_months) > now]


def credits_paid(facts: Facts, now: datetime) -> list[Credit]:
    """The same with those whose credits have expired: no other month's credits are the account's to keep."""
    due = []
    for period in sorted(facts.periods, key=lambda each: each.start):
        known = plan(period.plan)
        for start, end in period.months():
            if start > now or (facts.ended_at is not None and start >= facts.ended_at):
                continue
            key = f"{start:%Y%m%dT%H%M%S}"
            if period.trial:
                part = known.credits_per_month * (end - start).days // 30
                due.append(Credit(key, known.id, start, end, part))
                continue
            if not period.gone:
                due.append(Credit(key, known.id, start, end))
            better = plan(facts.plan_of(period, end))
            more = better.credits_per_month - known.credits_per_month
            if more > 0:
                due.append(Credit(f"{key}:{better.id}", better.id, start, end, more))
    return due


def status_now(facts: Facts, now: datetime) -> SubscriptionStatus:
    """As shown: paused and overdue are seen by our own clock, too."""
    if facts.ended_at is not None:
        return "expired" if facts.paid_until is None else "canceled"
    if facts.paid_until is None:
        return facts.status
    if facts.paused:
        return "paused"
    if facts.trial_end is not None and now < facts.trial_end:
        return "trialing"
    if facts.status == "past_due":
        return "past_due"
    return "active" if now < facts.paid_until + AGAIN else "past_due"


def next_look(facts: Facts, now: datetime, grace: timedelta, by_link: bool) -> datetime | None:
    """When there is something to do next, should nobody tell us of anything; None: never."""
    times: list[datetime] = []
    for period in facts.periods:
        times += [start for start, _ in period.months()]
    paid = facts.paid_until
    if facts.ended_at is None:
        if paid is not None:
            times += [paid, paid + grace, paid + grace - WARNED]
            times += [paid - timedelta(days=days) for days in (REMINDERS if by_link else REMINDERS[:1])]
        times += [each for each in (facts.keeps_until, facts.trial_end, facts.period_end) if each is not None]
        times += [facts.trial_end - WARNED] if facts.trial_end is not None else []
        if paid is None or (now >= paid and not facts.paused):
            times.append(now + AGAIN)
    else:
        times = [each for each in times if each < facts.ended_at]
    return min((each for each in times if each > now), default=None)
