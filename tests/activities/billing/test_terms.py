"""What follows from what was paid: pure functions, so tried with everything."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.billing.changing import _charged
from activities.billing.terms import Facts, Period, credits_due, next_look, service_until, status_now
from models.money import decimals
from models.months import months_after
from models.payloads.billing import Paid

GRACE = timedelta(days=7)
STARTS = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1)).map(lambda each: each.replace(tzinfo=UTC))  # noqa: DTZ001


def paid(start: datetime, months: int, **more: object) -> Facts:
    end = months_after(start, months)
    return Facts("pro", "active", start, start, end, (Period(start, end, "pro"),), **more)  # type: ignore[arg-type]


@given(STARTS, st.sampled_from([1, 12]), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_months_fill_their_period_and_each_is_given_once(start: datetime, months: int, passed: timedelta) -> None:
    facts, now = paid(start, months), start + passed
    parts = facts.periods[0].months()
    assert len(parts) == months and parts[0][0] == start and parts[-1][1] == facts.period_end
    assert all(before[1] == after[0] for before, after in pairwise(parts))
    due = credits_due(facts, now)
    assert len({each.key for each in due}) == len(due)
    assert {each.start for each in due} <= {each for each, _ in parts if each <= now}
    following = next_look(facts, now, GRACE, by_link=False)
    assert following is None or following > now
    to_come = [each for each, _ in parts if each > now]
    assert not to_come or (following is not None and following <= to_come[0]), "each month's begin is looked at"


@given(STARTS, st.booleans(), st.booleans())
def test_a_plan_goes_on_through_the_grace_of_what_renews(start: datetime, ending: bool, paused: bool) -> None:
    facts = paid(start, 1, cancel_at_period_end=ending, paused=paused)
    until, end = service_until(facts, GRACE), facts.paid_until
    assert end is not None and until == (end if ending or paused else end + GRACE)
    ended = paid(start, 1, ended_at=start + timedelta(days=3))
    assert service_until(ended, GRACE) == start + timedelta(days=3)
    assert status_now(ended, start) == "canceled"
    assert service_until(Facts("pro", "incomplete", None, None, None), GRACE) is None


@given(STARTS, st.integers(0, 30))
def test_an_upgrade_brings_the_difference_of_its_month_once(start: datetime, day: int) -> None:
    at = start + timedelta(days=min(day, 27))
    upgrade = Paid(id="in_1", number=None, status="paid", amount=1, currency="CNY", url=None, pdf_url=None,
                   created_at=at, paid_at=at, period="upgrade", plan="enterprise")  # fmt: skip
    facts = paid(start, 12, invoices=(upgrade, upgrade))
    sums: dict[datetime, int] = {}
    for each in credits_due(facts, months_after(start, 2)):
        sums[each.start] = sums.get(each.start, 0) + (each.amount or 5000)
    assert set(sums.values()) == {40000} and len(sums) >= 2, "the first has expired by then"


@pytest.mark.parametrize("currency", ["JPY", "CNY", "KWD"])
@given(amount=st.integers(0, 10**9))
def test_a_difference_is_whole_and_never_more_than_it_is(currency: str, amount: int) -> None:
    charged = _charged(amount, currency)
    step = 10 if decimals(currency) == 3 else 1
    assert charged % step == 0 and charged > 0 and (charged <= amount or charged == step)
