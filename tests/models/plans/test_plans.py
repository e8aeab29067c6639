"""What is sold is sound; money is whole; months come back to their day."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.entitlements import entitlements, plan_now
from models.money import Money, decimals
from models.months import month_of, months_after
from models.plans import FILE, offers, read
from models.settings import Settings

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
TIMES = st.timedeltas(timedelta(0), timedelta(days=7000)).map(lambda passed: FIRST + passed)


def test_every_paid_offer_has_a_price_in_the_same_currencies() -> None:
    known = offers()
    prices = [each.prices for each in known.packs.values()] + [each.prices for each in known.cards.values()]
    prices += [amounts for plan in known.plans.values() for amounts in plan.prices.values()]
    assert {frozenset(each) for each in prices} == {frozenset({"CNY", "USD", "EUR", "JPY", "KWD"})}
    assert [plan.name for plan in known.plans.values()] == ["Free", "Pro", "Enterprise"]
    weights = [plan.weight for plan in known.plans.values()]
    assert weights == sorted(weights) and weights[0] == 1.0


@pytest.mark.parametrize(
    ("old", "new"),
    [('plan = "pro"\ndays = 30', 'plan = "gold"\ndays = 30'), ("KWD = 3000", "KWD = 3001"),
     ("USD = 990,", "USD = 9.9,"),
     ("[plans.free]", "[plans.gratis]"), ("credits = 1000", "credits = 0"), ("USD = 990,", "dollars = 990,")],
)  # fmt: skip
def test_what_is_not_sound_is_not_read(old: str, new: str) -> None:
    good = FILE.read_text(encoding="utf-8")
    assert old in good
    with pytest.raises(ValueError):
        read(good.replace(old, new, 1))


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [(6800, "CNY", "¥68.00"), (1500, "JPY", "JP¥1,500"), (3000, "KWD", "KWD 3.000"), (-5, "USD", "-$0.05"),
     (123456789, "EUR", "€1,234,567.89"), (0, "CHF", "CHF 0.00")],
)  # fmt: skip
def test_money_is_shown_with_the_decimals_of_its_currency(amount: int, currency: str, shown: str) -> None:
    assert str(Money(amount=amount, currency=currency)) == shown


def test_currencies_have_their_decimals() -> None:
    assert [decimals(each) for each in ("JPY", "CNY", "KWD")] == [0, 2, 3]


def test_the_31st_falls_on_the_last_day_and_comes_back() -> None:
    start = datetime(2024, 1, 31, 12, tzinfo=UTC)
    days = [months_after(start, number) for number in (1, 2, 3, 12, 13)]
    assert [f"{day:%m-%d}" for day in days] == ["02-29", "03-31", "04-30", "01-31", "02-28"]
    assert month_of(start, datetime(2024, 2, 29, 12, tzinfo=UTC)) == (days[0], days[1])
    assert month_of(start, datetime(2024, 2, 29, 11, tzinfo=UTC)) == (start, days[0])


@given(TIMES, TIMES)
def test_every_moment_is_in_one_month(first: datetime, second: datetime) -> None:
    start, now = sorted((first, second))
    begin, end = month_of(start, now)
    assert begin <= now < end
    assert month_of(start, begin) == (begin, end) and month_of(start, end)[0] == end


def test_a_plan_that_is_over_or_gone_counts_as_free() -> None:
    settings, now = Settings(), datetime(2026, 1, 1, tzinfo=UTC)
    assert [plan_now("pro", until, now) for until in (None, now.replace(year=2027), now)] == ["pro", "pro", "free"]
    assert entitlements("golden", settings) == entitlements("free", settings)
    free, pro = entitlements("free", settings), entitlements("pro", settings)
    assert (
        not free.high_priority and pro.high_priority and pro.storage == 20 * free.storage == 20 * settings.account_quota
    )
