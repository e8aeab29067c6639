"""What a subscription's months brought goes with their money and comes again with it, in any order of what is heard."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from activities.billing.reconciling import keep
from models.repositories.billing import Billing
from models.repositories.credits import Credits
from models.session import Database
from models.settings import Settings
from models.tables import Grant, Invoice
from temporal import ids
from tests.running_platform import assert_ledger_is_exact
from tests.subscribing import Shop, shop

START = datetime(2027, 1, 31, 10, 30, tzinfo=UTC)


@pytest.fixture
async def at(settings: Settings, database: Database) -> AsyncIterator[Shop]:
    async with shop(settings, database, START) as opened:
        yield opened
    await assert_ledger_is_exact(database)


async def left(at: Shop, subscription_id: str) -> list[int]:
    """What is left of each grant, in the order in which they were given."""
    prefix = f"period:{subscription_id}:"
    query = select(Grant.remaining).where(Grant.transfer_id.startswith(prefix)).order_by(Grant.id)
    async with at.database.transaction() as session:
        return list((await session.scalars(query)).all())


async def payments_of(at: Shop, subscription_id: str) -> list[str]:
    """Of its paid invoices, the oldest first."""
    found = await at.gateway.invoices(await at.customer(subscription_id))
    return [str(each.payment_id) for each in reversed(found) if each.payment_id]


async def invoices(at: Shop, subscription_id: str) -> list[str]:
    async with at.database.transaction() as session:
        query = select(Invoice.status).where(Invoice.subscription_id == subscription_id).order_by(Invoice.created_at)
        return list((await session.scalars(query)).all())


async def spend(at: Shop, subscription_id: str, amount: int) -> None:
    account_id = (await at.row(subscription_id)).account_id
    async with at.database.transaction() as session:
        await Credits(session).hold(account_id, f"hold:{subscription_id}", amount)
        await Credits(session).post(f"hold:{subscription_id}", amount)


@pytest.mark.parametrize("method", ["card", "alipay"])
async def test_a_refunded_month_takes_back_what_is_left_of_it(at: Shop, method: str) -> None:
    one = await at.begin(method=method)
    await spend(at, one, 1200)
    (payment,) = await payments_of(at, one)
    at.payments.refund(payment, 100)
    await at.look(one)
    assert await left(at, one) == [3800], "a part of the money"
    at.payments.refund(payment)
    for _ in range(2):
        await at.look(one)
    assert (await left(at, one), await invoices(at, one)) == ([0], ["refunded"])
    assert (await at.account(one)).balance == 0 and (await at.row(one)).status == "active"


async def test_only_the_month_that_was_paid_back_loses_its_credits(at: Shop) -> None:
    one = await at.begin()
    at.at = START.replace(month=3, day=1)
    at.payments.advance(int(at.at.timestamp()))
    await at.look(one)
    assert await left(at, one) == [5000, 5000]
    at.payments.refund((await payments_of(at, one))[1])
    await at.look(one)
    assert await left(at, one) == [5000, 0]


@pytest.mark.parametrize(("which", "expected"), [(0, [0, 35000]), (1, [5000, 0])])
async def test_of_an_upgrade_its_own_difference_goes(at: Shop, which: int, expected: list[int]) -> None:
    one = await at.begin()
    at.at = START.replace(month=2, day=14)
    await at.wish(one, plan="enterprise")
    assert await left(at, one) == [5000, 35000]
    at.payments.refund((await payments_of(at, one))[which])
    await at.look(one)
    assert await left(at, one) == expected


@pytest.mark.parametrize("opened", [0, 2])
@pytest.mark.parametrize("won", [True, False])
async def test_a_dispute_takes_credits_and_gives_them_again_where_it_is_won(at: Shop, opened: int, won: bool) -> None:
    one = await at.begin()
    await spend(at, one, 1200)
    dispute = at.payments.dispute((await payments_of(at, one))[0])
    for _ in range(opened):
        await at.look(one)
        assert (await left(at, one), await invoices(at, one)) == ([0], ["disputed"])
    at.payments.decide(dispute, won)
    for _ in range(2):
        await at.look(one)
    assert await left(at, one) == [3800 if won else 0]
    assert (await at.account(one)).balance == (3800 if won else 0)
    assert await invoices(at, one) == ["paid" if won else "disputed"]
    if won:  # whoever disputes again loses again, and wins again
        again = at.payments.dispute((await payments_of(at, one))[0])
        await at.look(one)
        assert await left(at, one) == [0]
        at.payments.decide(again, True)
        await at.look(one)
        assert await left(at, one) == [3800]


async def test_what_is_heard_of_first_after_a_refund_brings_nothing(at: Shop) -> None:
    one = await at.open()
    at.payments.pay(str((await at.row(one)).session_id))
    at.payments.refund((await payments_of(at, one))[0])
    await at.look(one)
    assert await left(at, one) == [] and await invoices(at, one) == ["refunded"]


async def test_a_dispute_is_told_to_its_subscription_although_it_names_no_customer(at: Shop) -> None:
    one = await at.begin()
    at.payments.dispute((await payments_of(at, one))[0])
    told: list[dict[str, Any]] = [
        each for each in at.payments.stand_in.store.all("event") if each["type"].startswith("charge.dispute.")
    ]
    assert len(told) == 2
    async with at.database.transaction() as session:
        for event in told:
            kept = await keep(Billing(session), event)
            assert kept is not None and kept.workflow_id == ids.of_subscription(one)
