"""Local times over changes of clocks, against what the zone itself says of every minute."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.automations import cron
from models.automations.clocks import Clock, changed, due_at, of_day, upcoming

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "Africa/Casablanca", "UTC")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

some = lambda least, most: st.frozensets(st.integers(least, most), min_size=1, max_size=3)  # noqa: E731
clocks = st.builds(
    Clock,
    minutes=some(0, 59),
    hours=some(0, 4) | st.just(frozenset(range(24))),
    days=st.just(frozenset(range(1, 32))) | some(1, 31),
    months=st.just(frozenset(range(1, 13))),
    weekdays=st.just(frozenset(range(7))) | some(0, 6),
    either=st.booleans(),
)
turns = [
    date(2027, 3, 14),
    date(2027, 3, 28),
    date(2027, 4, 4),
    date(2027, 10, 3),
    date(2027, 10, 31),
    date(2027, 11, 7),
]
days = st.sampled_from(turns) | st.dates(date(2026, 1, 1), date(2030, 1, 1))


def minutes_of(zone: ZoneInfo, day: date) -> list[datetime]:
    """Every minute of a local day, in UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) - 3 * timedelta(hours=1)
    found = (start + at * MINUTE for at in range(32 * 60))
    return [at for at in found if at.astimezone(zone).date() == day]


def meant(clock: Clock, local: datetime) -> bool:
    return clock.on(local.date()) and local.hour in clock.hours and local.minute in clock.minutes


@settings(max_examples=60, deadline=None)
@given(clocks, st.sampled_from(ZONES), days)
@example(cron.parse("30 2 * * *"), "Europe/Berlin", date(2027, 10, 31))
@example(cron.parse("*/20 1,2 * * *"), "Australia/Lord_Howe", date(2027, 10, 3))
def test_every_minute_of_a_day_is_due_as_the_zone_says(clock: Clock, name: str, day: date) -> None:
    zone = ZoneInfo(name)
    found = of_day(clock, zone, day)
    runs = [due.at for due in found if due.note != "repeated"]
    minutes = [at for at in minutes_of(zone, day) if meant(clock, at.astimezone(zone).replace(tzinfo=None))]
    firsts = {at.astimezone(zone).replace(tzinfo=None): at for at in reversed(minutes)}
    exact = set(minutes) if clock.every_hour else set(firsts.values())
    moved = {due.at for due in found if due.note == "moved"}
    assert runs == sorted(set(runs)) and set(runs) - moved == exact - moved and exact <= set(runs)
    for due in found:
        if due.note == "moved":  # its own time does not exist, and it runs within the day's gap's end
            assert due.local not in firsts and due.at.astimezone(zone).replace(tzinfo=None) > due.local
        assert due_at(clock, zone, due.at) == due


@settings(max_examples=30, deadline=None)
@given(clocks, st.sampled_from(ZONES), days)
def test_what_comes_next_is_what_the_days_hold(clock: Clock, name: str, day: date) -> None:
    zone = ZoneInfo(name)
    after = datetime(day.year, day.month, day.day, 1, 17, tzinfo=zone).astimezone(UTC)
    found = list(islice(upcoming(clock, zone, after), 5))
    assert [due.at for due in found] == sorted(due.at for due in found) and all(due.at > after for due in found)
    if found:
        until = found[-1].at.astimezone(zone).date()
        days_between = [day - DAY + at * DAY for at in range((until - day).days + 2)]
        every = [due for each in days_between for due in of_day(clock, zone, each) if due.at > after]
        assert found == every[: len(found)]


@pytest.mark.parametrize(
    ("line", "zone", "after", "wanted"),
    [
        ("30 2 * * *", "Europe/Berlin", "2027-03-27T12:00", ["2027-03-28T01:00 moved", "2027-03-29T00:30 "]),
        ("30 2 * * *", "Europe/Berlin", "2027-10-30T12:00", ["2027-10-31T00:30 ", "2027-10-31T01:30 repeated"]),
        ("15,45 2 * * *", "America/New_York", "2027-03-13T12:00", ["2027-03-14T07:00 moved", "2027-03-15T06:15 "]),
        ("*/30 * * * *", "Europe/Berlin", "2027-10-31T00:45", ["2027-10-31T01:00 ", "2027-10-31T01:30 "]),
        ("0 9 29 2 *", "Asia/Shanghai", "2027-01-01T00:00", ["2028-02-29T01:00 ", "2032-02-29T01:00 "]),
        ("0 0 29 2 *", "UTC", "2096-03-01T00:00", ["2104-02-29T00:00 ", "2108-02-29T00:00 "]),
        ("0 0 13 * fri", "UTC", "2027-08-01T00:00", ["2027-08-06T00:00 ", "2027-08-13T00:00 "]),
        ("0 0 30 2 *", "UTC", "2027-01-01T00:00", []),
    ],
)
def test_the_days_that_are_known_to_be_hard(line: str, zone: str, after: str, wanted: list[str]) -> None:
    due = islice(upcoming(cron.parse(line), ZoneInfo(zone), datetime.fromisoformat(after).replace(tzinfo=UTC)), 2)
    assert [f"{each.at:%Y-%m-%dT%H:%M} {each.note}" for each in due] == wanted


def test_what_a_change_of_clocks_touches_is_found_for_two_years() -> None:
    found = changed(cron.parse("30 2 * * *"), ZoneInfo("Europe/Berlin"), date(2027, 1, 1), 731)
    assert [f"{each.at:%Y-%m-%dT%H:%M}" for each in found] == [
        "2027-03-28T01:00", "2027-10-31T00:30", "2028-03-26T01:00", "2028-10-29T00:30",
    ]  # fmt: skip
    assert changed(cron.parse("0 9 * * *"), ZoneInfo("Europe/Berlin"), date(2027, 1, 1), 731) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [("* * * *", "five"), ("60 * * * *", "minute"), ("* 5-2 * * *", "hour"), ("*/0 * * * *", "minute"),
     ("* * * foo *", "month"), ("* * 0 * *", "day of month"), ("1,,2 * * * *", "minute"), ("", "five")],
)  # fmt: skip
def test_a_line_that_cannot_be_read_says_where(line: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        cron.parse(line)


def test_names_steps_and_short_forms_are_read() -> None:
    assert cron.parse("0 9-17/4 1,15 jan-mar mon-fri").hours == {9, 13, 17}
    assert cron.parse("0 0 * * 7").weekdays == cron.parse("@weekly").weekdays == {0}
    assert cron.parse("0 0 1 * 1").either and not cron.parse("0 0 * * 1").either
