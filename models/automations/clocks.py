"""Local times at which something is due, and what becomes of those that a change of clocks removes or repeats.

Times of day that do not exist are due in the first minute that does; those that exist twice are due the first time.
Clocks of every hour follow elapsed time instead: nothing to move, and both halves of a repeated hour count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LONGEST_PAUSE = 9 * 366
"""Days: 29 February is that rare around a century's end. A clock that is silent for longer is never due."""

Note = Literal["", "moved", "repeated"]


@dataclass(frozen=True)
class Clock:
    """The fields of a cron line; weekdays from 0, Sunday. ``either``: a day of the month or a weekday is enough."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool = False

    @property
    def every_hour(self) -> bool:
        return len(self.hours) == 24

    def on(self, day: date) -> bool:
        """Whether it is due on this day at all."""
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_day or by_weekday if self.either else by_day and by_weekday


@dataclass(frozen=True)
class Due:
    """An instant in UTC, and the local time that was meant. ``repeated`` ones are shown, and do not run."""

    at: datetime
    local: datetime
    note: Note = ""


def upcoming(clock: Clock, zone: ZoneInfo, after: datetime) -> Iterator[Due]:
    """When it is due after an instant, in order and without end; ends for a clock that is never due."""
    day, silent = after.astimezone(zone).date() - DAY, 0
    while silent < LONGEST_PAUSE:
        found = [due for due in of_day(clock, zone, day) if due.at > after]
        yield from found
        silent = 0 if found else silent + 1
        day += DAY


def of_day(clock: Clock, zone: ZoneInfo, day: date) -> list[Due]:
    """When it is due on a local day, in order; no instant twice."""
    if not clock.on(day):
        return []
    found: dict[datetime, Due] = {}
    for hour in sorted(clock.hours):
        for minute in sorted(clock.minutes):
            for due in _resolved(clock, zone, datetime(day.year, day.month, day.day, hour, minute)):  # noqa: DTZ001
                if found.setdefault(due.at, due).note == "moved" and due.note != "moved":
                    found[due.at] = due  # its own time of day, too
    return sorted(found.values(), key=lambda due: due.at)


def due_at(clock: Clock, zone: ZoneInfo, at: datetime) -> Due | None:
    """How it is due at this instant, to the minute; None if it is not."""
    minute = at.astimezone(UTC).replace(second=0, microsecond=0)
    day = minute.astimezone(zone).date()
    return next((due for each in (day - DAY, day) for due in of_day(clock, zone, each) if due.at == minute), None)


def changed(clock: Clock, zone: ZoneInfo, start: date, days: int) -> list[Due]:
    """The times that a change of clocks moves or makes ambiguous, and that run, in the days from ``start``."""
    found = []
    for day in (start + timedelta(each) for each in range(days)):
        if _offset(zone, day) != _offset(zone, day + DAY):
            for due in of_day(clock, zone, day):
                if due.note == "moved" or (due.note == "" and _ambiguous(zone, due.local)):
                    found.append(due)
    return found


def _resolved(clock: Clock, zone: ZoneInfo, local: datetime) -> list[Due]:
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != local:
        return [] if clock.every_hour else [Due(_next_minute(zone, local), local, "moved")]
    if first == second:
        return [Due(first, local)]
    return [Due(first, local), Due(second, local, "" if clock.every_hour else "repeated")]


def _next_minute(zone: ZoneInfo, local: datetime) -> datetime:
    """The first instant after the gap in which ``local`` lies."""
    at = local.replace(tzinfo=zone, fold=1).astimezone(UTC)  # by the offset after the gap: before it
    before = at.astimezone(zone).utcoffset()
    while at.astimezone(zone).utcoffset() == before:
        at += MINUTE
    return at


def _ambiguous(zone: ZoneInfo, local: datetime) -> bool:
    return local.replace(tzinfo=zone, fold=0).utcoffset() != local.replace(tzinfo=zone, fold=1).utcoffset()


def _offset(zone: ZoneInfo, day: date) -> timedelta | None:
    return datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()
