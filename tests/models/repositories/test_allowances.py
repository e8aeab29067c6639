"""Plans and what they give: each month once, the best plan counts, and nothing is given twice or lost."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.errors import CardForEver, NotFound
from models.ids import new_id
from models.months import months_after
from models.plans import plan
from models.repositories.allowances import Allowances
from models.repositories.credits import Credits
from models.repositories.withdrawals import Withdrawals
from models.session import Database
from models.tables import Account, Grant, PlanTerm
from tests.running_platform import assert_ledger_is_exact

NOW = datetime.now(UTC).replace(microsecond=0)


async def account(database: Database, at: datetime = NOW) -> str:
    async with database.transaction() as session:
        account_id = await Credits(session).open_account("plans test", 0)
        await Allowances(session).begin_free(account_id, at)
    return account_id


async def plan_of(database: Database, account_id: str) -> tuple[str, datetime | None, float]:
    async with database.transaction() as session:
        row = await session.get_one(Account, account_id)
        return row.plan, row.plan_until, row.fairness_weight


async def grants(database: Database, account_id: str) -> list[tuple[str, int, datetime | None]]:
    async with database.transaction() as session:
        rows = await session.execute(
            select(Grant.source, Grant.remaining, Grant.expires_at)
            .where(Grant.account_id == account_id)
            .order_by(Grant.id)
        )
        return [(row.source, row.remaining, row.expires_at) for row in rows]


async def refilled(database: Database, account_id: str, now: datetime) -> int:
    """How many grants that gave."""
    before = len(await grants(database, account_id))
    async with database.transaction() as session:
        await Allowances(session).refill(now, account_id=account_id)
    return len(await grants(database, account_id)) - before


async def test_the_free_plan_refills_each_month_once_and_makes_nothing_up(database: Database) -> None:
    start = NOW - timedelta(days=200)
    account_id = await account(database, start)
    month = months_after(start, 3)
    for at in (month, month + timedelta(days=1), months_after(start, 4) - timedelta(seconds=1)):
        await refilled(database, account_id, at)
    assert await grants(database, account_id) == [("free", plan("free").credits_per_month, months_after(start, 4))]
    assert await refilled(database, account_id, months_after(start, 4)) == 1
    await assert_ledger_is_exact(database)


async def test_a_subscriptions_month_is_given_once_and_rolls_over(database: Database) -> None:
    account_id, end = await account(database), months_after(NOW, 1)
    for _ in range(2):
        async with database.transaction() as session:
            allowances = Allowances(session)
            await allowances.follow_plan(account_id, "pro", end, "sub_1")
            given = await allowances.begin_period(account_id, "pro", f"{account_id}:1", NOW, end)
    assert not given
    assert await plan_of(database, account_id) == ("pro", end, 3.0)
    assert await grants(database, account_id) == [("pro", 5000, months_after(end, 1))]
    await refilled(database, account_id, months_after(NOW, 1))
    assert [source for source, *_ in await grants(database, account_id)] == ["pro"], "none beside a better plan"


async def test_the_best_plan_counts_and_what_lies_under_it_comes_back(database: Database) -> None:
    account_id = await account(database)
    async with database.transaction() as session:
        assert await Allowances(session).buy_card(account_id, "card_lifetime", new_id("transfer"), NOW)
    assert await plan_of(database, account_id) == ("pro", None, 3.0)
    end = NOW + timedelta(days=30)
    async with database.transaction() as session:
        await Allowances(session).follow_plan(account_id, "enterprise", end, f"sub:{account_id}")
    assert await plan_of(database, account_id) == ("enterprise", end, 10.0)
    async with database.transaction() as session:
        await Allowances(session).settle_ended(end, limit=10_000)
    assert await plan_of(database, account_id) == ("pro", None, 3.0)
    async with database.transaction() as session:
        with pytest.raises(NotFound):
            await Allowances(session).follow_plan(account_id, "golden", end, "sub_2")


async def test_cards_follow_one_another_and_give_their_months(database: Database) -> None:
    account_id, payment = await account(database), new_id("transfer")
    for _ in range(2):
        async with database.transaction() as session:
            first = await Allowances(session).buy_card(account_id, "card_30", payment, NOW)
    assert not first, "a payment buys one card"
    async with database.transaction() as session:
        await Allowances(session).buy_card(account_id, "card_30", new_id("transfer"), NOW + timedelta(days=3))
    ends = [NOW + timedelta(days=30), NOW + timedelta(days=60)]
    assert (await plan_of(database, account_id))[1] == ends[0]
    assert await grants(database, account_id) == [("pro", 5000, months_after(ends[0], 1))]
    given = len(await grants(database, account_id))
    await refilled(database, account_id, ends[0])
    assert len(await grants(database, account_id)) == given + 1
    async with database.transaction() as session:
        await Allowances(session).settle_ended(ends[0], limit=10_000)
    assert await plan_of(database, account_id) == ("pro", ends[1], 3.0)
    async with database.transaction() as session:
        await Allowances(session).settle_ended(ends[1], limit=10_000)
    assert await plan_of(database, account_id) == ("free", None, 1.0)


async def test_a_card_that_is_paid_back_ends_and_a_later_one_still_begins(database: Database) -> None:
    account_id = await account(database)
    payments = [new_id("transfer"), new_id("transfer")]
    async with database.transaction() as session:
        for payment in payments:
            await Allowances(session).buy_card(account_id, "card_30", payment, NOW)
    async with database.transaction() as session:
        await Withdrawals(session).end_term(f"card:{payments[0]}", NOW + timedelta(days=1))
    begins = NOW + timedelta(days=30)
    assert await plan_of(database, account_id) == ("free", begins, 1.0)
    async with database.transaction() as session:
        await Allowances(session).settle_ended(begins, limit=10_000)
    assert await plan_of(database, account_id) == ("pro", NOW + timedelta(days=60), 3.0)


async def test_what_is_left_of_a_pack_is_taken_back_and_what_is_held_follows(database: Database) -> None:
    account_id, payment = await account(database), new_id("transfer")
    async with database.transaction() as session:
        assert await Allowances(session).buy_pack(account_id, "pack_1000", payment)
        assert not await Allowances(session).buy_pack(account_id, "pack_1000", payment)
        await Credits(session).hold(account_id, f"hold:{payment}", 300)
    for left in (700, 0):
        async with database.transaction() as session:
            assert await Withdrawals(session).take_back(account_id, f"pack:{payment}", "refund") == left
    async with database.transaction() as session:
        await Credits(session).post(f"hold:{payment}", 100)
    async with database.transaction() as session:
        found = await Credits(session).balance(account_id)
    assert (found.balance, found.held, found.total_earned, found.total_spent) == (0, 0, 1000, 1000)
    await assert_ledger_is_exact(database)


async def test_what_was_taken_back_comes_again_whole_and_may_go_again(database: Database) -> None:
    account_id, payment = await account(database), new_id("transfer")
    name = f"pack:{payment}"
    async with database.transaction() as session:
        await Allowances(session).buy_pack(account_id, "pack_1000", payment)
        await Credits(session).hold(account_id, f"hold:{payment}", 300)
        assert await Withdrawals(session).give_again(account_id, name, "won") == 0, "nothing was taken"
    ((_, _, before),) = await grants(database, account_id)
    for taken, given in ((700, 900), (900, 900)):
        async with database.transaction() as session:
            assert await Withdrawals(session).take_back(account_id, name, "dispute") == taken
        async with database.transaction() as session:
            assert await Withdrawals(session).take_back(account_id, name, "dispute") == 0
            await Credits(session).post(f"hold:{payment}", 100)
        async with database.transaction() as session:
            assert (await Credits(session).balance(account_id)).balance == 0
            assert await Withdrawals(session).give_again(account_id, name, "won") == given
            assert await Withdrawals(session).give_again(account_id, name, "won") == 0
        async with database.transaction() as session:
            assert (await Credits(session).balance(account_id)).available == 900
    ((_, left, after),) = await grants(database, account_id)
    assert left == 900 and before is not None and after is not None and before < after < before + timedelta(minutes=1)
    await assert_ledger_is_exact(database)


async def test_a_card_goes_on_where_it_ended_with_as_many_months(database: Database) -> None:
    account_id, payments = await account(database), [new_id("transfer"), new_id("transfer")]
    terms = [f"card:{each}" for each in payments]
    async with database.transaction() as session:
        for each in payments:
            await Allowances(session).buy_card(account_id, "card_30", each, NOW)
    async with database.transaction() as session:
        for term in terms * 2:  # a repeat changes nothing
            await Withdrawals(session).end_term(term, NOW + timedelta(days=10))
    assert await plan_of(database, account_id) == ("free", None, 1.0)
    back = NOW + timedelta(days=15)
    async with database.transaction() as session:
        for term in terms * 2:
            await Withdrawals(session).resume_term(term, back)
    assert await plan_of(database, account_id) == ("pro", NOW + timedelta(days=35), 3.0)
    async with database.transaction() as session:
        first, second = [await session.get_one(PlanTerm, term) for term in terms]
        assert (first.starts_at, first.until) == (NOW + timedelta(days=5), NOW + timedelta(days=35))
        assert (second.starts_at, second.until) == (NOW + timedelta(days=30), NOW + timedelta(days=60)), (
            "it had not begun"
        )
    assert await refilled(database, account_id, back) == 0, "its month was given"
    assert await refilled(database, account_id, NOW + timedelta(days=30)) == 1, "the second card's"


async def test_a_lifetime_card_moves_its_months_by_the_time_it_was_away(database: Database) -> None:
    account_id, payment = await account(database), new_id("transfer")
    async with database.transaction() as session:
        await Allowances(session).buy_card(account_id, "card_lifetime", payment, NOW)
    async with database.transaction() as session:
        await Withdrawals(session).end_term(f"card:{payment}", NOW + timedelta(days=10))
    assert await refilled(database, account_id, months_after(NOW, 1)) in (0, 1), "the free plan's at most"
    back = NOW + timedelta(days=70)
    async with database.transaction() as session:
        await Withdrawals(session).resume_term(f"card:{payment}", back)
    assert await plan_of(database, account_id) == ("pro", None, 3.0)
    following = months_after(NOW + timedelta(days=60), 1)
    pro = [each for each in await grants(database, account_id) if each[0] == "pro"]
    assert len(pro) == 1
    await refilled(database, account_id, following - timedelta(seconds=1))
    await refilled(database, account_id, following)
    assert len([each for each in await grants(database, account_id) if each[0] == "pro"]) == 2


async def test_beside_a_card_for_ever_no_other_of_its_plan_is_sold(database: Database) -> None:
    account_id, payment = await account(database), new_id("transfer")
    async with database.transaction() as session:
        await Allowances(session).may_buy_card(account_id, "card_lifetime")
        await Allowances(session).buy_card(account_id, "card_30", new_id("transfer"), NOW)
        await Allowances(session).may_buy_card(account_id, "card_lifetime")
        await Allowances(session).buy_card(account_id, "card_lifetime", payment, NOW)
        for wanted in ("card_30", "card_lifetime"):
            with pytest.raises(CardForEver):
                await Allowances(session).may_buy_card(account_id, wanted)
    async with database.transaction() as session:
        await Withdrawals(session).end_term(f"card:{payment}", NOW)
        await Allowances(session).may_buy_card(account_id, "card_30")
