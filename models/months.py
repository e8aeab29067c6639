"""Months of a calendar, counted from a day: what the 31st lacks in a month falls on its last day."""

from datetime import datetime

from dateutil.relativedelta import relativedelta


def months_after(start: datetime, months: int) -> datetime:
    """``start`` and so many months more; always counted from ``start``, so that the 31st comes back after February."""
    return start + relativedelta(months=months)


def month_of(start: datetime, now: datetime) -> tuple[datetime, datetime]:
    """The month, counted from ``start``, that ``now`` is in: its beginning, and the next one's."""
    passed = relativedelta(now, start)
    number = max(0, passed.years * 12 + passed.months)
    while months_after(start, number + 1) <= now:
        number += 1
    while number and months_after(start, number) > now:
        number -= 1
    return months_after(start, number), months_after(start, number + 1)
