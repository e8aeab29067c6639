"""A hold for many: charged in parts by transfers of their own, exact under any order of events and any repeats."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from models.errors import InsufficientCredits
from models.ids import new_id
from models.repositories.credits import Credits
from models.session import Database
from tests.models.repositories.test_credits import account_with, balance, grants, hold
from tests.running_platform import assert_ledger_is_exact


async def test_parts_are_charged_once_each_and_the_rest_comes_back(database: Database) -> None:
    account_id = await account_with(database, 20)
    held = await hold(database, account_id, 12)
    charges = {f"row:{held}:{number}:1": 3 for number in range(2)}
    for _ in range(2):
        async with database.transaction() as session:
            await Credits(session).charge(account_id, held, charges, "test")
    found = await balance(database, account_id)
    assert (found.balance, found.held, found.total_spent) == (14, 6, 6)
    for _ in range(2):
        async with database.transaction() as session:
            await Credits(session).void(held)
    async with database.transaction() as session:
        late = {f"row:{held}:9:1": 1}
        assert await Credits(session).charge(account_id, held, late, "test") == 0
    assert await grants(database, account_id) == {"welcome": 14}


async def test_no_more_is_charged_than_is_held(database: Database) -> None:
    account_id = await account_with(database, 20)
    held = await hold(database, account_id, 4)
    with pytest.raises(InsufficientCredits):
        async with database.transaction() as session:
            await Credits(session).charge(account_id, held, {f"row:{held}:1:1": 5}, "test")
    assert (await balance(database, account_id)).balance == 20


@pytest.mark.parametrize("seed", range(12))
async def test_any_order_of_charges_carvings_and_ends_is_exact(database: Database, seed: int) -> None:
    """Over three grants, of which two expire one day."""
    chance = random.Random(seed)
    account_id = await account_with(database, 30)
    for days in (1, 2):
        async with database.transaction() as session:
            at = datetime.now(UTC) + timedelta(days=days)
            await Credits(session).grant(account_id, 10, source="s", transfer_id=new_id("transfer"), expires_at=at)
    parent = await hold(database, account_id, 40)
    children: list[str] = []
    made: dict[str, int] = {}
    spent, left = 0, 40
    for number in range(14):
        amount = chance.randint(0, 6)
        async with database.transaction() as session:
            credits = Credits(session)
            match chance.choice(["charge", "charge", "carve", "post", "void", "repeat"]):
                case "charge" if amount <= left:
                    made[f"row:{parent}:{number}:1"] = amount
                    spent += await credits.charge(account_id, parent, made, "test")
                    left -= amount
                case "carve" if amount <= left:
                    children.append(new_id("hold"))
                    await credits.carve(account_id, parent, children[-1], amount)
                    left -= amount
                case "post" if children:
                    await credits.post(children.pop(), 0)
                case "void" if children:
                    await credits.void(children.pop())
                case "repeat" if number:
                    assert await credits.charge(account_id, parent, made, "test") == 0
        found = await balance(database, account_id)
        assert found.balance == 50 - spent and found.held >= left
    async with database.transaction() as session:
        for each in [parent, *children]:
            await Credits(session).void(each)
    found = await balance(database, account_id)
    assert (found.balance, found.held, found.total_spent) == (50 - spent, 0, spent)
    await assert_ledger_is_exact(database)
