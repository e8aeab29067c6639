"""Money is exact: holds end once, entries sum to zero, nothing is ever spent twice."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, InternalError

from models.errors import InsufficientCredits
from models.ids import new_id
from models.payloads.credits import Balance
from models.repositories.credits import Credits
from models.session import Database
from models.tables import Entry, Grant, Hold


async def account_with(database: Database, credits: int) -> str:
    async with database.transaction() as session:
        return await Credits(session).open_account("test", credits)


async def balance(database: Database, account_id: str) -> Balance:
    async with database.transaction() as session:
        return await Credits(session).balance(account_id)


async def grants(database: Database, account_id: str) -> dict[str, int]:
    async with database.transaction() as session:
        rows = await session.execute(select(Grant.source, Grant.remaining).where(Grant.account_id == account_id))
        return {row.source: row.remaining for row in rows}


async def hold(database: Database, account_id: str, amount: int) -> str:
    hold_id = new_id("hold")
    async with database.transaction() as session:
        await Credits(session).hold(account_id, hold_id, amount)
    return hold_id


async def test_a_hold_that_is_posted_charges_what_was_used(database: Database) -> None:
    account_id = await account_with(database, 10)
    held = await hold(database, account_id, 7)
    for _ in range(2):
        async with database.transaction() as session:
            await Credits(session).post(held, 4)
    found = await balance(database, account_id)
    assert (found.balance, found.held, found.available, found.total_spent) == (6, 0, 6, 4)
    assert await grants(database, account_id) == {"welcome": 6}


async def test_a_hold_that_is_voided_costs_nothing_and_cannot_be_posted(database: Database) -> None:
    account_id = await account_with(database, 10)
    held = await hold(database, account_id, 7)
    async with database.transaction() as session:
        await Credits(session).void(held)
    async with database.transaction() as session:
        await Credits(session).post(held, 7)
    assert (await balance(database, account_id)).available == 10


async def test_64_clients_spend_one_balance_exactly(database: Database) -> None:
    account_id = await account_with(database, 50)
    results = await asyncio.gather(*(hold(database, account_id, 3) for _ in range(64)), return_exceptions=True)
    refused = [each for each in results if isinstance(each, InsufficientCredits)]
    assert len(refused) == 64 - 16
    assert all(isinstance(each, str | InsufficientCredits) for each in results)
    found = await balance(database, account_id)
    assert (found.held, found.available) == (48, 2)


async def test_the_soonest_to_expire_is_spent_first_and_given_back_last(database: Database) -> None:
    account_id = await account_with(database, 5)
    soon = datetime.now(UTC) + timedelta(days=1)
    async with database.transaction() as session:
        await Credits(session).grant(account_id, 5, source="promo", transfer_id=new_id("transfer"), expires_at=soon)
    held = await hold(database, account_id, 8)
    assert await grants(database, account_id) == {"welcome": 2, "promo": 0}
    async with database.transaction() as session:
        await Credits(session).post(held, 6)
    assert await grants(database, account_id) == {"welcome": 4, "promo": 0}


async def test_what_returns_to_an_expired_grant_is_breakage(database: Database) -> None:
    account_id = await account_with(database, 0)
    soon = datetime.now(UTC) + timedelta(days=1)
    async with database.transaction() as session:
        await Credits(session).grant(account_id, 5, source="promo", transfer_id=new_id("transfer"), expires_at=soon)
    held = await hold(database, account_id, 4)
    async with database.transaction() as session:
        await session.execute(
            update(Grant).where(Grant.account_id == account_id).values(expires_at=func.now() - timedelta(seconds=1))
        )
    async with database.transaction() as session:
        await Credits(session).void(held)
    async with database.transaction() as session:
        await Credits(session).expire()
    assert (await balance(database, account_id)).balance == 0
    async with database.transaction() as session:
        assert (await session.execute(select(func.sum(Entry.amount)))).scalar_one() == 0


async def test_expired_credits_that_were_not_swept_cannot_be_spent(database: Database) -> None:
    account_id = await account_with(database, 0)
    past = datetime.now(UTC) - timedelta(seconds=1)
    async with database.transaction() as session:
        await Credits(session).grant(account_id, 5, source="promo", transfer_id=new_id("transfer"), expires_at=past)
    with pytest.raises(InsufficientCredits):
        await hold(database, account_id, 1)
    assert (await balance(database, account_id)).held == 0


async def test_a_repeated_grant_is_given_once(database: Database) -> None:
    account_id = await account_with(database, 0)
    given = []
    for _ in range(2):
        async with database.transaction() as session:
            given.append(await Credits(session).grant(account_id, 5, source="x", transfer_id=f"x:{account_id}"))
    assert given == [True, False]
    assert (await balance(database, account_id)).balance == 5


@pytest.mark.parametrize("statement", ["UPDATE entries SET amount = amount + 1", "DELETE FROM transfers"])
async def test_the_ledger_is_never_changed(database: Database, statement: str) -> None:
    await account_with(database, 5)
    with pytest.raises((IntegrityError, InternalError), match="never changed"):
        async with database.transaction() as session:
            await session.execute(text(statement))


async def test_a_transfer_of_one_side_is_refused(database: Database) -> None:
    account_id = await account_with(database, 5)
    with pytest.raises(IntegrityError, match="sum to"):
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO transfers (id, kind) VALUES ('lame', 'x')"))
            await session.execute(
                text("INSERT INTO entries (transfer_id, account_id, amount) VALUES ('lame', :a, 5)"), {"a": account_id}
            )


async def test_a_hold_remembers_its_end(database: Database) -> None:
    account_id = await account_with(database, 5)
    held = await hold(database, account_id, 5)
    async with database.transaction() as session:
        await Credits(session).post(held, 5)
        row = await session.get_one(Hold, held, populate_existing=True)
        assert (row.state, row.posted) == ("posted", 5)
        assert row.ended_at is not None


async def test_holds_that_end_at_once_from_all_sides_end_once(database: Database) -> None:
    account_id = await account_with(database, 500)
    held = await asyncio.gather(*(hold(database, account_id, 7) for _ in range(20)))

    async def end(hold_id: str, used: int | None) -> None:
        async with database.transaction() as session:
            if used is None:
                await Credits(session).void(hold_id)
            else:
                await Credits(session).post(hold_id, used)

    await asyncio.gather(
        *(end(each, used) for each in held for used in (3, 3, None)),
        *(hold(database, account_id, 7) for _ in range(10)),
    )
    async with database.transaction() as session:
        posted = await session.scalar(select(func.sum(Hold.posted)).where(Hold.account_id == account_id))
    found = await balance(database, account_id)
    assert (found.held, found.total_spent, found.balance) == (70, posted, 500 - int(posted or 0))
    assert await grants(database, account_id) == {"welcome": found.available}


async def carved(database: Database, account_id: str, parent: str, amount: int) -> str:
    child = new_id("hold")
    async with database.transaction() as session:
        await Credits(session).carve(account_id, parent, child, amount)
    return child


async def test_what_is_carved_out_of_a_hold_is_charged_or_given_back_by_itself(database: Database) -> None:
    account_id = await account_with(database, 10)
    parent = await hold(database, account_id, 8)
    first, second = [await carved(database, account_id, parent, amount) for amount in (5, 3)]
    assert (await balance(database, account_id)).held == 8
    async with database.transaction() as session:
        await Credits(session).post(first, 2)
        await Credits(session).void(second)
        await Credits(session).void(parent)
    found = await balance(database, account_id)
    assert (found.balance, found.held, found.available) == (8, 0, 8)
    assert await grants(database, account_id) == {"welcome": 8}


async def test_a_hold_that_has_too_little_takes_the_rest_from_the_account(database: Database) -> None:
    account_id = await account_with(database, 10)
    parent = await hold(database, account_id, 4)
    child = await carved(database, account_id, parent, 9)
    assert (await balance(database, account_id)).held == 9
    with pytest.raises(InsufficientCredits):
        await carved(database, account_id, parent, 2)
    async with database.transaction() as session:
        await Credits(session).post(child, 9)
        await Credits(session).void(parent)
    assert (await balance(database, account_id)).balance == 1


async def test_carved_credits_keep_the_grants_that_they_came_from(database: Database) -> None:
    """The soonest to expire goes over first, and comes back to where it came from."""
    account_id = await account_with(database, 5)
    async with database.transaction() as session:
        soon = datetime.now(UTC) + timedelta(days=1)
        await Credits(session).grant(account_id, 5, source="soon", transfer_id=new_id("transfer"), expires_at=soon)
    parent = await hold(database, account_id, 8)
    child = await carved(database, account_id, parent, 6)
    async with database.transaction() as session:
        await Credits(session).void(parent)
    assert await grants(database, account_id) == {"soon": 0, "welcome": 4}
    async with database.transaction() as session:
        await Credits(session).post(child, 1)
    assert await grants(database, account_id) == {"soon": 4, "welcome": 5}
