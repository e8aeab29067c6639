"""When a pack is bought by itself: below the level, once at a time, within what a month may cost."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from models.errors import NotFound
from models.ids import new_id
from models.repositories.credits import Credits
from models.repositories.purchases import Purchases
from models.repositories.top_ups import TopUps
from models.repositories.users import Users
from models.session import Database
from models.tables import Purchase, TopUp
from tests.running_platform import assert_ledger_is_exact

NOW = datetime.now(UTC)
PRICE = 1900
"""Of pack_1000 in CNY."""


async def asked(database: Database, credits: int, below: int = 100, most_a_month: int = 2 * PRICE) -> str:
    """An account with so many credits that buys 1000 when it has fewer than ``below``."""
    async with database.transaction() as session:
        user = await Users(session).register(
            email=f"{new_id('user')}@example.com", name="Lin", password_hash="x", language="zh", welcome=credits
        )
        await TopUps(session).ask(
            user.account_id, user.id, pack_id="pack_1000", currency="CNY", below=below, most_a_month=most_a_month
        )
    return user.account_id


async def due(database: Database, account_id: str, now: datetime = NOW) -> list[Purchase]:
    """What a look opens for the account."""
    async with database.transaction() as session:
        opened = await TopUps(session).open_due(now, limit=10_000)
        rows = [await Purchases(session).of_work(each) for each in opened]
    return [each for each in rows if each.account_id == account_id]


async def end(database: Database, purchase: Purchase, status: str) -> None:
    async with database.transaction() as session:
        await Purchases(session).move(await Purchases(session).lock(purchase.id), status, f"pi_{purchase.id}")


async def test_one_is_bought_below_the_level_and_what_is_held_does_not_count(database: Database) -> None:
    account_id = await asked(database, 100)
    assert await due(database, account_id) == []
    async with database.transaction() as session:
        await Credits(session).hold(account_id, new_id("hold"), 1)
    (opened,) = await due(database, account_id)
    assert (opened.kind, opened.item, opened.amount, opened.currency, opened.method, opened.automatic) == (
        "pack", "pack_1000", PRICE, "CNY", "card", True
    )  # fmt: skip
    assert await due(database, account_id) == [], "one at a time"


async def test_many_looks_at_once_open_one(database: Database) -> None:
    account_id = await asked(database, 0)
    found = await asyncio.gather(*(due(database, account_id) for _ in range(6)))
    assert [len(each) for each in found if each] == [1]


async def test_a_month_costs_no_more_than_was_allowed_and_the_next_begins_anew(database: Database) -> None:
    account_id = await asked(database, 0, most_a_month=2 * PRICE + PRICE - 1)
    for status in ("expired", "refunded", "paid", "paid"):
        (opened,) = await due(database, account_id)
        await end(database, opened, status)
    assert await due(database, account_id) == []
    async with database.transaction() as session:
        assert await TopUps(session).spent(account_id, "CNY", NOW) == 2 * PRICE
        first = NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        await session.execute(update(Purchase).where(Purchase.account_id == account_id).values(created_at=first))
    assert await due(database, account_id) == []
    following = NOW.replace(year=NOW.year + 1, month=1, day=1)
    assert len(await due(database, account_id, following)) == 1


async def test_a_decline_stops_it_until_it_is_asked_for_anew(database: Database) -> None:
    account_id = await asked(database, 0)
    (opened,) = await due(database, account_id)
    await end(database, opened, "expired")
    async with database.transaction() as session:
        await TopUps(session).stop(account_id, opened.id)
    assert await due(database, account_id) == []
    async with database.transaction() as session:
        known = await session.get_one(TopUp, account_id)
        await TopUps(session).ask(
            account_id, known.user_id, pack_id="pack_1000", currency="CNY", below=100, most_a_month=PRICE
        )
    assert len(await due(database, account_id)) == 1


async def test_what_is_no_longer_sold_is_not_bought_and_who_left_buys_nothing(database: Database) -> None:
    account_id = await asked(database, 0)
    async with database.transaction() as session:
        await session.execute(update(TopUp).where(TopUp.account_id == account_id).values(pack_id="pack_of_old"))
    assert await due(database, account_id) == []
    async with database.transaction() as session:
        row = await session.get_one(TopUp, account_id)
        await Users(session).delete(row.user_id)
    async with database.transaction() as session:
        with pytest.raises(NotFound):
            await TopUps(session).get(account_id)
    await assert_ledger_is_exact(database)
