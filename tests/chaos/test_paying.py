"""SIGKILL at named points between a payment and all that follows: what is paid is given once, whoever dies."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.chaos.disturbed_platform import DisturbedPlatform
from tests.chaos.points import POINTS
from tests.end_to_end.test_paying import current, pay, refund
from tests.running_platform import User, assert_ledger_is_exact

NAMES = tuple(name for name, point in POINTS.items() if point.story == "paying")
SHORT = ("event.committed",)
PLAN = {"plan_id": "enterprise", "payment_method": "card", "currency": "CNY"}
PACK = {"pack_id": "pack_1000", "payment_method": "alipay", "currency": "CNY"}


@pytest.mark.parametrize("name", SHORT)
async def test_a_kill_between_two_effects_neither_loses_nor_doubles(chaos: DisturbedPlatform, name: str) -> None:
    await survive(chaos, name)


@pytest.mark.long
@pytest.mark.parametrize("name", [each for each in NAMES if each not in SHORT])
async def test_a_kill_between_any_two_effects(chaos: DisturbedPlatform, name: str) -> None:
    await survive(chaos, name)


async def survive(chaos: DisturbedPlatform, name: str) -> None:
    user = await User.register(chaos.url)
    chaos.arm(name)
    life = asyncio.create_task(live(chaos, user))
    reached = asyncio.create_task(chaos.reached(name, within=60))
    await asyncio.wait([life, reached], return_when=asyncio.FIRST_COMPLETED)
    assert reached.done() and reached.exception() is None, name
    chaos.disturb(POINTS[name].process)
    chaos.release()
    await life
    shown = (await current(user))["subscription"]
    assert (shown["status"], shown["plan_id"], shown["pending_plan_id"]) == ("active", "enterprise", "pro")
    async with chaos.database.transaction() as session:
        query = "SELECT source, amount FROM grants WHERE account_id = :account ORDER BY source"
        grants = [tuple(each) for each in await session.execute(text(query), {"account": user.account_id})]
        query = "SELECT count(*) FROM mails WHERE recipient = :email AND template = 'receipt'"
        receipts = (await session.execute(text(query), {"email": user.email})).scalar_one()
    assert grants == [("enterprise", 40000), ("pack", 1000), ("welcome", 1000)] and receipts == 2
    assert (await user.credits())["balance"] == 41000
    await assert_ledger_is_exact(chaos.database)
    await user.aclose()


async def live(chaos: DisturbedPlatform, user: User) -> None:
    """Subscribe, go down with the next period, buy credits and give them back; what is refused for now is repeated."""
    key = {"Idempotency-Key": secrets.token_hex(8)}
    made = await at_last(lambda: user.post("/api/subscriptions", json=PLAN, headers=key), 201)
    await pay(made["url"])
    await seen(lambda: current(user), lambda found: found["plan_id"] == "enterprise")
    path = f"/api/subscriptions/{made['id']}"
    await at_last(lambda: user.patch(path, json={"plan_id": "pro"}, headers=key), 200)
    bought = await at_last(lambda: user.post("/api/checkout/create-session", json=PACK, headers={
        "Idempotency-Key": secrets.token_hex(8)}), 201)  # fmt: skip
    await pay(bought["url"])
    path = f"/api/checkout/purchases/{bought['id']}"
    for status in ("paid", "refunded"):
        await seen(lambda: shown(user, path), lambda found, wanted=status: found["status"] == wanted)  # type: ignore[misc]
        if status == "paid":
            await refund(chaos.settings, bought["id"])


async def shown(user: User, path: str) -> Any:
    return (await user.get(path)).json()


async def at_last(ask: Callable[[], Awaitable[httpx.Response]], status: int, within: float = 60) -> Any:
    """The answer, once it is this; whoever is dead or cannot tell is asked again."""
    until, answer = time.monotonic() + within, None
    while time.monotonic() < until:
        try:
            answer = await ask()
            if answer.status_code == status:
                return answer.json()
            assert answer.status_code in (409, 502, 503), answer.text
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.3)
    raise AssertionError(answer and answer.text)


async def seen(look: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool], within: float = 60) -> None:
    until, found = time.monotonic() + within, None
    while time.monotonic() < until:
        try:
            found = await look()
            if wanted(found):
                return
        except (httpx.TransportError, KeyError):
            pass
        await asyncio.sleep(0.2)
    raise AssertionError(found)
