"""Whatever order the events of a subscription come in, and however often: the end is the same; credits come once."""

import itertools
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from activities.billing.reconciling import keep
from models.money import Money
from models.repositories.billing import Billing
from models.session import Database
from models.settings import Settings
from temporal import ids
from tests.running_platform import assert_ledger_is_exact
from tests.subscribing import Shop, shop

KINDS = ("checkout.session.completed", "invoice.paid", "customer.subscription.updated",
         "payment_intent.succeeded", "invoice.finalized", "customer.subscription.deleted")  # fmt: skip
ORDERS = list(itertools.permutations(range(len(KINDS))))
ENTERPRISE = Money(amount=39800, currency="CNY")


def day(month: int, date: int) -> datetime:
    return datetime(2027, month, date, 10, 30, tzinfo=UTC)


async def life(at: Shop, looking: bool) -> tuple[str, list[dict[str, Any]]]:
    """Pro from January 31, better from February 14, renewed on February 28, ended on March 5; and its events.

    ``looking``: we hear of each step in time, else of none."""
    at.at = max(at.at, day(1, 31))
    subscription_id = await at.open("pro")
    row = await at.row(subscription_id)
    at.payments.pay(str(row.session_id))
    external = (await at.gateway.session(str(row.session_id))).external_id
    assert external is not None
    price = await at.gateway.price("enterprise_month_cny", "Enterprise", ENTERPRISE, "month")
    for moment in (day(1, 31), day(2, 14), day(2, 28), day(3, 5)):
        at.payments.advance(max(at.payments.now, int(moment.timestamp())))
        at.at = moment
        if moment == day(2, 14):
            await at.gateway.change_price(external, price, True, f"up-{subscription_id}", "enterprise")
        if moment == day(3, 5):
            await at.gateway.cancel(external, True, f"end-{subscription_id}")
        if looking:
            await at.look(subscription_id)
    customer = await at.customer(subscription_id)
    told = [each for each in at.payments.stand_in.store.all("event") if customer in str(each["data"])]
    return subscription_id, [next(each for each in told if each["type"] == kind) for kind in KINDS]


async def hear(at: Shop, subscription_id: str, events: list[dict[str, Any]]) -> int:
    """Events come, each by the door's own verb, and whoever they are for looks; how many were new."""
    fresh = 0
    for event in events:
        async with at.database.transaction() as session:
            kept = await keep(Billing(session), event)
        fresh += kept is not None
        if kept is not None and event["object"] != "payment_intent":
            assert kept.workflow_id == ids.of_subscription(subscription_id)
        await at.look(subscription_id)
    return fresh


async def ended(at: Shop, subscription_id: str) -> dict[str, Any]:
    state = await at.state(subscription_id)
    state["invoices"] = len(state["invoices"])
    return {key: value for key, value in state.items() if key not in ("mails", "account")} | {
        "balance": state["account"][2], "receipts": state["mails"].count("receipt"),
    }  # fmt: skip


async def check(settings: Settings, database: Database, orders: list[tuple[int, ...]], seed: int) -> None:
    chance = random.Random(seed)
    async with shop(settings, database, day(1, 31)) as at:
        in_time, _ = await life(at, looking=True)
        expected = await ended(at, in_time)
    assert expected["grants"] == [("20270131", 5000), ("20270131", 35000), ("20270228", 40000)]
    assert (expected["status"], expected["balance"]) == ("canceled", 80000)
    for order in orders:
        async with shop(settings, database, day(1, 31)) as at:
            late, events = await life(at, looking=False)
            heard = [events[each] for each in order for _ in range(chance.randint(1, 3))]
            assert await hear(at, late, heard) == len(KINDS)
            assert await ended(at, late) == expected, order


async def test_no_order_of_events_matters(settings: Settings, database: Database) -> None:
    await check(settings, database, random.Random(7).sample(ORDERS, 6), 7)
    await assert_ledger_is_exact(database)


@pytest.mark.long
@pytest.mark.parametrize("part", range(6))
async def test_no_order_of_all_matters(settings: Settings, database: Database, part: int) -> None:
    await check(settings, database, ORDERS[part::6], part)
    await assert_ledger_is_exact(database)
