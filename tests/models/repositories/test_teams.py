"""A team's account has one balance, which all of its members spend, and nobody below zero."""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.errors import InsufficientCredits, NotFound
from models.ids import new_id
from models.repositories.credits import GRANTS, Credits
from models.repositories.giving import Giving
from models.repositories.users import Users
from models.session import Database
from models.tables import Account, AccountMember
from tests.running_platform import assert_ledger_is_exact


async def team(database: Database, credits: int, members: int = 2) -> tuple[str, list[str]]:
    account_id, people = new_id("account"), []
    async with database.transaction() as session:
        session.add(Account(id=account_id, kind="team", name="The studio"))
        await session.flush()
        await Credits(session).grant(account_id, credits, source="test", transfer_id=f"test:{account_id}")
        for number in range(members):
            user = await Users(session).register(
                email=f"{new_id('user')}@example.com", name="Lin", password_hash="x", language="zh", welcome=0
            )
            role = "member" if number else "owner"
            session.add(AccountMember(account_id=account_id, user_id=user.id, role=role, monthly_limit=100))
            people.append(user.id)
    return account_id, people


async def test_members_share_one_balance_exactly(database: Database) -> None:
    account_id, people = await team(database, 50, members=3)

    async def spend(user_id: str) -> None:
        async with database.transaction() as session:
            await Credits(session).hold(account_id, f"{user_id}:{new_id('hold')}", 3)

    results = await asyncio.gather(*(spend(user_id) for user_id in people * 8), return_exceptions=True)
    assert sum(isinstance(each, InsufficientCredits) for each in results) == 24 - 16
    async with database.transaction() as session:
        assert await Credits(session).available(account_id) == 2
        await Giving(session).adjust(account_id, 8, "for the fair", "usr_test")
        assert await Credits(session).available(account_id) == 10
        known = await session.execute(select(AccountMember.user_id).where(AccountMember.account_id == account_id))
        assert set(known.scalars()) == set(people)
    await assert_ledger_is_exact(database)


async def test_the_platforms_own_accounts_are_given_nothing(database: Database) -> None:
    async with database.transaction() as session:
        with pytest.raises(NotFound):
            await Giving(session).adjust(GRANTS, 5, "by mistake", "usr_test")


@pytest.mark.parametrize("wrong", [{"role": "king"}, {"monthly_limit": -1}])
async def test_a_member_has_a_role_and_no_limit_below_zero(database: Database, wrong: dict[str, object]) -> None:
    account_id, people = await team(database, 1)
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            row = await session.get_one(AccountMember, (account_id, people[0]))
            for name, value in wrong.items():
                setattr(row, name, value)
