"""The ledger against a simple one in memory, under any order of what the product does with credits.

Every step is compared: balance, what is held, and what is left of every grant, so that the order in which grants are
spent and given back, and what is lost when they expire, are exact, too.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import InsufficientCredits, PromotionUsed
from models.ids import new_id
from models.months import months_after
from models.plans import plan
from models.repositories.allowances import Allowances
from models.repositories.credits import Credits
from models.repositories.giving import Giving
from models.repositories.withdrawals import Withdrawals
from models.session import Database
from models.settings import Settings
from models.tables import Grant
from tests.running_platform import assert_ledger_is_exact
from tests.simple_ledger import FOR_EVER, SimpleLedger

T = TypeVar("T")
AMOUNTS, PARTS = st.integers(50, 400), st.integers(1, 200)
SHARES = st.floats(0, 1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CODE = "machine-walk"


class Ledger(RuleBasedStateMachine):
    """``simple`` is what the account should be; grants go by the ids of the transfers that gave them."""

    database: Database
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.simple = SimpleLedger()
        self.passed = 0
        self.packs: list[str] = []

    def ask(self, do: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async def asked() -> T:
            async with self.database.transaction() as session:
                return await do(session)

        return asyncio.run_coroutine_threadsafe(asked(), self.loop).result(60)

    def fits(self, do: Callable[[AsyncSession], Awaitable[object]]) -> bool:
        try:
            self.ask(do)
        except InsufficientCredits:
            return False
        return True

    @initialize(welcome=st.integers(0, 1000), more=st.lists(AMOUNTS, min_size=2, max_size=3))
    def begin(self, welcome: int, more: list[int]) -> None:
        self.account = self.ask(lambda session: Credits(session).open_account("machine", welcome))
        self.start = datetime.now(UTC)
        if welcome:
            self.simple.give(f"welcome:{self.account}", welcome)
        for days, amount in enumerate(more, start=1):
            self.grant(amount, days, False)

    @rule(amount=AMOUNTS, days=st.none() | st.integers(1, 3), again=st.booleans())
    def grant(self, amount: int, days: int | None, again: bool) -> None:
        name, until = new_id("transfer"), None if days is None else self.start + timedelta(days=days)
        for number in range(1 + again):
            given = self.ask(
                lambda session: Credits(session).grant(
                    self.account, amount, source="machine", transfer_id=name, expires_at=until
                )
            )
            assert given == (number == 0)
        self.simple.give(name, amount, until or FOR_EVER)

    @rule(month=st.integers(0, 2), name=st.sampled_from(["free", "pro"]))
    def begin_period(self, month: int, name: str) -> None:
        start, end = months_after(self.start, month), months_after(self.start, month + 1)
        given = self.ask(
            lambda session: Allowances(session).begin_period(self.account, name, f"{self.account}:{month}", start, end)
        )
        transfer_id = f"period:{self.account}:{month}"
        assert given == all(each.name != transfer_id for each in self.simple.grants)
        if given:
            until = months_after(end, plan(name).rollover_months)
            self.simple.give(transfer_id, plan(name).credits_per_month, until)

    @rule(again=st.booleans())
    def buy_a_pack(self, again: bool) -> None:
        payment = new_id("purchase")
        for number in range(1 + again):
            given = self.ask(
                lambda session: Allowances(session).buy_pack(self.account, "pack_1000", payment, self.start)
            )
            assert given == (number == 0)
        self.simple.give(f"pack:{payment}", 1000, self.start + timedelta(days=365))
        self.packs.append(f"pack:{payment}")

    @precondition(lambda self: self.packs)
    @rule(data=st.data())
    def take_a_pack_back(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.packs))
        taken = self.ask(lambda session: Withdrawals(session).take_back(self.account, name, "a test"))
        assert taken == self.simple.take_back(name)

    @precondition(lambda self: self.packs)
    @rule(data=st.data())
    def give_a_pack_again(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.packs))
        given = self.ask(lambda session: Withdrawals(session).give_again(self.account, name, "a test"))
        expires = self.ask(lambda session: session.scalar(select(Grant.expires_at).where(Grant.transfer_id == name)))
        assert expires is not None and given == self.simple.give_again(name, expires)

    @rule()
    def redeem(self) -> None:
        name = f"promotion:{CODE}:{self.account}"
        known = any(each.name == name for each in self.simple.grants)
        try:
            self.ask(lambda session: Giving(session).redeem(self.account, CODE))
        except PromotionUsed:
            assert known
            return
        assert not known
        self.simple.give(name, 70)

    @rule(amount=st.integers(-300, 300).filter(bool))
    def adjust(self, amount: int) -> None:
        fits = self.fits(lambda session: Giving(session).adjust(self.account, amount, "a test", "usr_test"))
        if amount > 0:
            self.simple.give(self.newest(), amount)
            return
        assert fits == self.simple.hold("adjustment", -amount)
        if fits:
            self.simple.end("adjustment", -amount)

    @rule(amount=PARTS)
    def hold(self, amount: int) -> None:
        hold_id = new_id("hold")
        fits = self.fits(lambda session: Credits(session).hold(self.account, hold_id, amount))
        assert fits == self.simple.hold(hold_id, amount)

    @precondition(lambda self: self.simple.holds)
    @rule(data=st.data(), amount=PARTS)
    def carve(self, data: st.DataObject, amount: int) -> None:
        parent, child = self.some_hold(data), new_id("hold")
        fits = self.fits(lambda session: Credits(session).carve(self.account, parent, child, amount))
        assert fits == self.simple.carve(parent, child, amount)

    @precondition(lambda self: self.simple.holds)
    @rule(data=st.data(), share=SHARES, again=st.booleans())
    def charge(self, data: st.DataObject, share: float, again: bool) -> None:
        hold_id, name = self.some_hold(data), new_id("transfer")
        amount = round(self.simple.size(hold_id) * share)
        for number in range(1 + again):
            charged = self.ask(
                lambda session: Credits(session).charge(self.account, hold_id, {f"row:{name}": amount}, "machine")
            )
            assert charged == (amount if number == 0 else 0)
        self.simple.charge(hold_id, amount)

    @precondition(lambda self: self.simple.holds)
    @rule(data=st.data(), share=SHARES, again=st.booleans())
    def post(self, data: st.DataObject, share: float, again: bool) -> None:
        hold_id = self.some_hold(data)
        used = round(self.simple.size(hold_id) * share)
        for _ in range(1 + again):
            self.ask(lambda session: Credits(session).post(hold_id, used))
        self.simple.end(hold_id, used)

    @precondition(lambda self: self.simple.holds)
    @rule(data=st.data(), again=st.booleans())
    def void(self, data: st.DataObject, again: bool) -> None:
        hold_id = self.some_hold(data)
        for _ in range(1 + again):
            self.ask(lambda session: Credits(session).void(hold_id))
        self.simple.end(hold_id, 0)

    @precondition(lambda self: any(not each.expired for each in self.simple.grants))
    @rule(data=st.data())
    def let_time_pass_a_grant(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([each.name for each in self.simple.grants if not each.expired]))
        self.passed += 1
        at = LONG_AGO + timedelta(seconds=self.passed)
        self.ask(lambda session: session.execute(update(Grant).where(Grant.transfer_id == name).values(expires_at=at)))
        self.simple.expire(name, at)

    @rule()
    def sweep(self) -> None:
        self.ask(lambda session: Credits(session).expire(10_000))
        self.simple.sweep()

    @invariant()
    def they_say_the_same(self) -> None:
        if not hasattr(self, "account"):
            return
        found: Any = self.ask(lambda session: Credits(session).balance(self.account))
        simple = self.simple
        assert (found.held, found.available) == (simple.held, simple.available)
        assert (found.total_earned, found.total_spent) == (simple.earned, simple.spent)
        assert self.left() == {each.name: each.remaining for each in simple.grants}

    def some_hold(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(list(self.simple.holds)))

    def left(self) -> dict[str, int]:
        """What is left of each grant, by the transfer that gave it; in the order in which they were given."""
        query = select(Grant.transfer_id, Grant.remaining).where(Grant.account_id == self.account).order_by(Grant.id)
        return {str(row.transfer_id): row.remaining for row in self.ask(lambda session: session.execute(query))}

    def newest(self) -> str:
        return list(self.left())[-1]


async def _walk(settings: Settings, examples: int, steps: int, *more: Phase) -> None:
    """The machine runs in a thread; its sessions run here, where the pool lives. To shrink a failure takes minutes."""
    database = Database(settings)
    Ledger.database, Ledger.loop = database, asyncio.get_running_loop()
    case = Ledger.TestCase
    case.settings = hypothesis_settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True,
        phases=[Phase.generate, *more], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    try:
        async with database.transaction() as session:
            known = await Giving(session).promotions(1000, None)
            if all(each.code != CODE for each in known):
                await Giving(session).promote(CODE, 70)
        await asyncio.to_thread(case("runTest").runTest)
        await assert_ledger_is_exact(database)
    finally:
        await database.close()


async def test_a_short_walk(settings: Settings) -> None:
    await _walk(settings, 5, 30)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_ten_thousand_steps(settings: Settings) -> None:
    await _walk(settings, 100, 100, Phase.shrink)
