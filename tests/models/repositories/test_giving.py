"""Codes, adjustments and refunds: each once, each a transfer that says why; and an account is told when it is low."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from models.errors import Conflict, InsufficientCredits, NotFound, NothingToRefund, PromotionOver, PromotionUsed
from models.ids import new_id
from models.repositories.credits import Credits
from models.repositories.giving import Giving
from models.repositories.low_balance import LowBalance
from models.repositories.users import Users
from models.session import Database
from models.tables import Grant, Mail
from tests.running_platform import assert_ledger_is_exact


def code() -> str:
    return f"TEST-{secrets.token_hex(4)}"


async def account(database: Database, credits: int = 0) -> str:
    async with database.transaction() as session:
        return await Credits(session).open_account("giving test", credits)


async def available(database: Database, account_id: str) -> int:
    async with database.transaction() as session:
        return await Credits(session).available(account_id)


async def test_a_code_gives_each_account_once_whatever_its_letters(database: Database) -> None:
    name, accounts = code(), [await account(database) for _ in range(2)]
    async with database.transaction() as session:
        await Giving(session).promote(name, 100, valid_days=30)
        with pytest.raises(Conflict):
            await Giving(session).promote(name.lower(), 5)
    for account_id in accounts:
        async with database.transaction() as session:
            await Giving(session).redeem(account_id, name.lower())
        with pytest.raises(PromotionUsed):
            async with database.transaction() as session:
                await Giving(session).redeem(account_id, name)
        assert await available(database, account_id) == 100
    async with database.transaction() as session:
        (until,) = (await session.execute(select(Grant.expires_at).where(Grant.account_id == accounts[0]))).one()
    assert timedelta(days=29) < until - datetime.now(UTC) < timedelta(days=31)
    await assert_ledger_is_exact(database)


async def test_no_more_than_so_many_take_it_at_once_and_nobody_after_its_end(database: Database) -> None:
    name = code()
    async with database.transaction() as session:
        await Giving(session).promote(name, 10, most=3)
    accounts = [await account(database) for _ in range(8)]

    async def redeem(account_id: str) -> None:
        async with database.transaction() as session:
            await Giving(session).redeem(account_id, name)

    done = await asyncio.gather(*(redeem(each) for each in accounts), return_exceptions=True)
    assert [isinstance(each, PromotionOver) for each in done].count(True) == 5
    assert sum([await available(database, each) for each in accounts]) == 30
    other = code()
    async with database.transaction() as session:
        await Giving(session).promote(other, 10)
    async with database.transaction() as session:
        await Giving(session).end_promotion(other)
    with pytest.raises(PromotionOver):
        async with database.transaction() as session:
            await Giving(session).redeem(accounts[0], other)
    with pytest.raises(NotFound):
        async with database.transaction() as session:
            await Giving(session).redeem(accounts[0], code())


async def test_an_adjustment_gives_or_takes_and_says_why(database: Database) -> None:
    account_id = await account(database, 10)
    async with database.transaction() as session:
        await Giving(session).adjust(account_id, 40, "made up for an outage", "usr_operator")
        await Giving(session).adjust(account_id, -15, "given by mistake", "usr_operator")
    assert await available(database, account_id) == 35
    with pytest.raises(InsufficientCredits):
        async with database.transaction() as session:
            await Giving(session).adjust(account_id, -36, "too much", "usr_operator")
    async with database.transaction() as session:
        rows = await session.execute(
            text(
                "SELECT amount, details ->> 'reason' FROM entries JOIN transfers ON transfers.id = transfer_id "
                "WHERE account_id = :id AND kind = 'adjustment' ORDER BY amount"
            ),
            {"id": account_id},
        )
        assert [tuple(row) for row in rows] == [(-15, "given by mistake"), (40, "made up for an outage")]
    with pytest.raises(NotFound):
        async with database.transaction() as session:
            await Giving(session).adjust("acc_revenue", 5, "no customer", "usr_operator")
    await assert_ledger_is_exact(database)


async def test_an_unknown_job_is_not_refunded(database: Database) -> None:
    with pytest.raises(NotFound):
        async with database.transaction() as session:
            await Giving(session).refund(new_id("job"), None, "reason", "usr_operator")
    assert NothingToRefund(job="job_x").status == 409


async def test_an_account_is_told_once_for_each_fall_below_its_level(database: Database) -> None:
    email = f"{secrets.token_hex(6)}@example.com"
    async with database.transaction() as session:
        user = await Users(session).register(email=email, name="Lin", password_hash="x", language="en", welcome=100)
        account_id = user.account_id
        await LowBalance(session).set_level(account_id, 60)

    async def spend(amount: int) -> None:
        async with database.transaction() as session:
            await Credits(session).hold(account_id, hold := new_id("hold"), amount)
            await Credits(session).post(hold, amount)

    async def mails() -> int:
        async with database.transaction() as session:
            found = await session.execute(
                select(Mail.template).where(Mail.recipient == email, Mail.template == "low_credits")
            )
            return len(found.all())

    told = []
    for amount in (30, 20, 10):
        await spend(amount)
        told.append(await mails())
    assert told == [0, 1, 1]
    async with database.transaction() as session:
        await Giving(session).adjust(account_id, 50, "a gift", "usr_operator")
    await spend(50)
    assert await mails() == 2
    async with database.transaction() as session:
        await LowBalance(session).set_level(account_id, 0)
        await Giving(session).adjust(account_id, 50, "a gift", "usr_operator")
    await spend(60)
    assert await mails() == 2
