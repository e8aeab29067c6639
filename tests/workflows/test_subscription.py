"""Years of subscriptions in seconds: Temporal's server skips time, and the stand-in's clock goes with it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.session import Database
from models.settings import Settings
from tests.running_platform import assert_ledger_is_exact
from tests.subscribing import Shop, shop
from workers.embedded.payments.cards import BAD, GOOD

DAY = timedelta(days=1)


def day(month: int, date: int, year: int = 2027) -> datetime:
    return datetime(year, month, date, 10, 30, tzinfo=UTC)


@pytest.fixture
async def years(settings: Settings, database: Database) -> AsyncIterator[Shop]:
    """A shop whose time is skipped, from the last day of January on."""
    async with shop(settings, database, day(1, 31), skipping=True) as at:
        yield at
    await assert_ledger_is_exact(database)


async def test_months_come_back_to_the_31st_and_each_gives_its_credits_once(years: Shop) -> None:
    one = await years.begin()
    await years.until(day(5, 15))
    days = [each for each, _ in await years.grants(one)]
    assert days == ["20270131", "20270228", "20270331", "20270430"]
    row = await years.row(one)
    assert (row.status, row.period_end) == ("active", day(5, 31))
    assert (await years.account(one)).plan == "pro"
    assert (await years.mails(one)).count("receipt") == 4


async def test_a_card_that_fails_is_dunned_ends_in_free_and_comes_back(years: Shop) -> None:
    one = await years.begin()
    customer = await years.customer(one)
    years.payments.use_card(customer, BAD)
    await years.until(day(3, 1))
    assert (await years.row(one)).status == "past_due"
    assert [each for each, _ in await years.grants(one)] == ["20270131"], "what was not paid brings nothing"
    assert await years.plan_at(one, day(3, 6)) == "pro", "the grace of seven days"
    await years.until(day(3, 9))
    assert await years.plan_at(one, day(3, 9)) == "free"
    sent = await years.mails(one)
    assert sent.count("payment_failed") == 3 and sent.count("grace_ends") == 1, sent
    years.payments.use_card(customer, GOOD)
    await years.until(day(3, 25))
    assert (await years.row(one)).status == "active" and await years.plan_at(one, day(3, 25)) == "pro"
    assert [each for each, _ in await years.grants(one)] == ["20270131", "20270228"]


async def test_an_upgrade_counts_at_once_a_downgrade_from_the_next_period(years: Shop) -> None:
    one = await years.begin()
    await years.until(day(2, 14))
    for _ in range(2):
        await years.wish(one, plan="enterprise")
        assert (await years.account(one)).plan == "enterprise"
        assert await years.grants(one) == [("20270131", 5000), ("20270131", 35000)]
    await years.wish(one, plan="pro")
    row = await years.row(one)
    assert (row.plan, row.pending_plan, row.status) == ("enterprise", "pro", "active")
    assert (await years.account(one)).plan == "enterprise"
    await years.until(day(3, 2))
    row = await years.row(one)
    assert (row.plan, row.pending_plan, (await years.account(one)).plan) == ("pro", None, "pro")
    assert await years.grants(one) == [("20270131", 5000), ("20270131", 35000), ("20270228", 5000)]


async def test_it_ends_with_its_period_or_at_once_and_tells_so(years: Shop) -> None:
    one, other = await years.begin(), await years.begin()
    await years.wish(one, cancel_at_period_end=True)
    await years.wish(one, cancel_at_period_end=False)
    await years.wish(one, cancel_at_period_end=True)
    await years.wish(other, cancel_now=True)
    assert (await years.row(other)).status == "canceled" and (await years.account(other)).plan == "free"
    assert (await years.row(one)).cancel_at_period_end and (await years.account(one)).plan == "pro"
    await years.until(day(3, 5))
    assert (await years.row(one)).status == "canceled" and await years.plan_at(one, day(3, 1)) == "free"
    assert "canceled" in await years.mails(one) and "canceled" in await years.mails(other)
    assert len(await years.grants(one)) == 1
    with pytest.raises(WorkflowUpdateFailedError):
        await years.wish(other, plan="enterprise")


@pytest.mark.parametrize("method", ["alipay", "wechat_pay"])
async def test_who_pays_by_link_is_reminded_and_renewed_or_ends_after_grace(years: Shop, method: str) -> None:
    one = await years.begin(method=method)
    assert (await years.row(one)).status == "active" and await years.grants(one) == [("20270131", 5000)]
    await years.until(day(2, 27) + timedelta(hours=1))
    assert (await years.mails(one)).count("renewal_reminder") == 3  # seven, three days and one before
    await years.pay_open(one)
    await years.look(one)
    row = await years.row(one)
    assert row.paid_until == day(3, 31) and row.status == "active"
    await years.until(day(3, 1))
    assert [each for each, _ in await years.grants(one)] == ["20270131", "20270228"]
    await years.until(day(4, 1))
    assert (await years.row(one)).status == "past_due" and await years.plan_at(one, day(4, 1)) == "pro"
    await years.until(day(4, 9))
    assert (await years.row(one)).status == "canceled" and await years.plan_at(one, day(4, 9)) == "free"
    sent = await years.mails(one)
    assert sent.count("renewal_reminder") == 6 and sent.count("grace_ends") == 1 and sent.count("canceled") == 1
    assert len(await years.grants(one)) == 2


async def test_a_better_plan_by_link_counts_once_the_difference_is_paid(years: Shop) -> None:
    one = await years.begin(method="alipay")
    await years.until(day(2, 14))
    done = await years.wish(one, plan="enterprise")
    assert done.url is not None and (await years.account(one)).plan == "pro"
    await years.pay_open(one)
    await years.look(one)
    assert (await years.account(one)).plan == "enterprise"
    assert await years.grants(one) == [("20270131", 5000), ("20270131", 35000)]
    await years.wish(one, plan="pro")
    await years.until(day(2, 25))
    await years.pay_open(one)
    await years.look(one)
    assert (await years.account(one)).plan == "enterprise", "what was paid is kept to its end"
    await years.until(day(3, 2))
    assert ((await years.row(one)).plan, (await years.account(one)).plan) == ("pro", "pro")
    assert await years.grants(one) == [("20270131", 5000), ("20270131", 35000), ("20270228", 5000)]


async def test_a_trial_gives_its_part_and_is_announced_before_it_costs(years: Shop) -> None:
    one = await years.begin(trial=7)
    assert (await years.row(one)).status == "trialing" and await years.grants(one) == [("20270131", 5000 * 7 // 30)]
    assert (await years.account(one)).plan == "pro"
    await years.until(day(2, 5))
    assert (await years.mails(one)).count("renewal_reminder") == 1
    await years.until(day(2, 8))
    assert (await years.row(one)).status == "active" and (await years.row(one)).period_end == day(3, 7)
    assert await years.grants(one) == [("20270131", 5000 * 7 // 30), ("20270207", 5000)]


async def test_a_pause_runs_to_the_end_of_what_was_paid(years: Shop) -> None:
    one, other = await years.begin(), await years.begin(method="alipay")
    for each in (one, other):
        await years.wish(each, paused=True)
        assert (await years.row(each)).status == "paused" and (await years.account(each)).plan == "pro"
    await years.until(day(3, 15))
    for each in (one, other):
        assert await years.plan_at(each, day(3, 15)) == "free" and len(await years.grants(each)) == 1
        await years.wish(each, paused=False)
    await years.until(day(3, 16))
    await years.pay_open(other)
    await years.until(day(4, 2))
    assert (await years.account(other)).plan == (await years.account(one)).plan == "pro"
    assert [each for each, _ in await years.grants(one)] == ["20270131", "20270331"]
    assert [each for each, _ in await years.grants(other)] == ["20270131", "20270316"]


@pytest.mark.parametrize("method", ["card", "alipay", "wechat_pay"])
@pytest.mark.parametrize(("plan", "interval"), [("pro", "year"), ("enterprise", "month"), ("enterprise", "year")])
@pytest.mark.parametrize("date", [29, 30])
@pytest.mark.long
async def test_a_leap_year_of_every_plan_and_provider(
    settings: Settings, database: Database, method: str, plan: str, interval: str, date: int
) -> None:
    async with shop(settings, database, day(12, date), skipping=True) as at:
        one = await at.begin(plan, interval, method)
        for month in range(1, 13):
            await at.until(datetime(2028, month, 28 if month == 2 else date, 3, tzinfo=UTC))
            if method != "card" and interval == "month":
                await at.pay_open(one)
        await at.until(day(12, date, 2028) - timedelta(hours=1))
        assert [each for each, _ in await at.grants(one)] == [
            f"2028{m:02}{min(date, 29) if m == 2 else date}" if m else f"202712{date}" for m in range(12)
        ]
        assert {amount for _, amount in await at.grants(one)} == {5000 if plan == "pro" else 40000}
        assert (await at.account(one)).plan == plan
        receipts = (await at.mails(one)).count("receipt")
        assert receipts == (1 if interval == "year" else 12)


@pytest.mark.long
async def test_a_year_goes_over_into_the_next(years: Shop) -> None:
    one = await years.begin(interval="year")
    await years.until(day(1, 30, 2028))
    assert (await years.mails(one)).count("renewal_reminder") == 1 and len(await years.grants(one)) == 12
    await years.until(day(2, 1, 2028))
    assert len(await years.grants(one)) == 13 and (await years.row(one)).period_end == day(1, 31, 2029)
    await years.until(day(3, 1, 2028))
    assert (await years.grants(one))[-1] == ("20280229", 5000)
