"""Kills at random over runs of pipelines: each ends as it would have, is charged once, and leaves nothing behind.

``pytest tests/chaos/test_pipelines.py --chaos-seed 7`` runs seed 7 alone, ``-m long`` many runs under many seeds.
"""

import asyncio
import random
import secrets
from typing import Any

import httpx
import pytest

from tests.chaos.disturbed_platform import DisturbedPlatform
from tests.chaos.stories import GIVE_UP, TRY_AGAIN, WELCOME
from tests.chaos.test_nemesis import haunt, planned
from tests.chaos.truths import assert_five_truths
from tests.end_to_end.graphs import echo, given, graph, node, result
from tests.running_platform import User

SHORT_SEED = 3
LONG_SEEDS = range(200, 208)
OPEN = ("queued", "running", "waiting")

ITEM = graph(given("item", "text"), echo("say", 0.1), result("said"), edges=["item > say.text", "say > said"])
MAPPED = graph(
    given("words"), echo("first", 0.2), given("rows", "text", many=True), node("each", "map", ITEM, concurrency=2),
    result("text"), result("all"),
    edges=["words > first.text", "first.result > text", "rows > each", "each.items > all"],
)  # fmt: skip
FAILING = graph(given("words"), echo("good", 0.2), echo("bad", 0.1, parameters={"fail": True}), result("text"),
                edges=["words > good.text", "good.result > bad.text", "bad > text"])  # fmt: skip
ASKING = graph(given("words"), echo("before", 0.1), node("ask", "approval"), echo("after", 0.2), result("text"),
               edges=["words > before.text", "before.result > ask",
                      "ask.approved > after.text", "after > text"])  # fmt: skip
SLOW = graph(given("words"), echo("quick", 0.1), echo("slow", 100), result("text"),
             edges=["words > quick.text", "quick.result > slow.text", "slow > text"])  # fmt: skip

KINDS: dict[str, tuple[dict[str, Any], str, int]] = {
    "mapped": (MAPPED, "succeeded", 12),
    "failing": (FAILING, "failed", 3),
    "asking": (ASKING, "succeeded", 6),
    "canceled": (SLOW, "canceled", 3),
}
"""Graph, how a run of it ends, and what that costs."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One seed given by ``--chaos-seed`` replaces those that are written here."""
    if "seed" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--chaos-seed")
        short = metafunc.function is test_runs_under_a_nemesis
        metafunc.parametrize("seed", [chosen] if chosen is not None else [SHORT_SEED] if short else list(LONG_SEEDS))


async def test_runs_under_a_nemesis(chaos: DisturbedPlatform, seed: int) -> None:
    await survive(chaos, seed, runs=4, kills=3, seconds=4.0)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_many_runs_under_a_nemesis(chaos: DisturbedPlatform, seed: int) -> None:
    await survive(chaos, seed, runs=20, kills=10, seconds=30.0)


async def survive(chaos: DisturbedPlatform, seed: int, runs: int, kills: int, seconds: float) -> None:
    dice = random.Random(seed)
    plan = planned(dice, kills, seconds)
    users = [await User.register(chaos.url) for _ in range(runs)]
    kinds = [list(KINDS)[at % len(KINDS)] for at in range(runs)]
    lives = [live(user, kind, dice.uniform(0, seconds / 2)) for user, kind in zip(users, kinds, strict=True)]
    try:
        await asyncio.gather(haunt(chaos, plan), *lives)
        await assert_five_truths(chaos)
    except (AssertionError, TimeoutError) as error:
        error.add_note(f"seed {seed}, kills at {plan}; again: pytest {__file__} --chaos-seed {seed}")
        raise


async def live(user: User, kind: str, begins: float) -> None:
    """One user's run from its submission to its end, with whatever the user does meanwhile."""
    drawn, status, price = KINDS[kind]
    await asyncio.sleep(begins)
    words = secrets.token_hex(8)
    inputs: dict[str, Any] = {"words": words}
    if kind == "mapped":
        inputs["rows"] = [f"{words} {at}" for at in range(3)]
    run_id = (await insist(user, "POST", "/api/runs", {"graph": drawn, "inputs": inputs}, words))["id"]
    if kind == "asking":
        await reaches(user, run_id, ("waiting",))
        await insist(user, "POST", f"/api/runs/{run_id}/steps/ask/approve", {"approved": True}, lost=409)
    if kind == "canceled":
        await asyncio.sleep(1)
        await insist(user, "POST", f"/api/runs/{run_id}/cancel")
    found = await reaches(user, run_id, ("succeeded", "failed", "canceled"))
    # one that is canceled may be so before its first step has ended
    prices = {price} if kind != "canceled" else {0, price}
    assert found["status"] == status and found["credits"]["used"] in prices and not found["credits"]["held"], found
    assert (await insist(user, "GET", "/api/users/me/credits"))["available"] == WELCOME - found["credits"]["used"]
    assert len((await insist(user, "GET", "/api/runs"))["data"]) == 1, "one submission is one run"
    await user.aclose()


async def insist(
    user: User, method: str, path: str, body: Any = None, key: str | None = None, lost: int | None = None
) -> Any:
    """The answer, asked for until it comes; ``lost`` is what a repeat gets whose first answer was lost."""
    headers = {"Idempotency-Key": key} if key else {}
    async with asyncio.timeout(GIVE_UP):
        while True:
            try:
                answer = await user.request(method, path, json=body, headers=headers)
                if answer.status_code in {200, 202, lost}:
                    return answer.json()
                assert answer.status_code in TRY_AGAIN, answer.text
            except httpx.TransportError:  # the API is being started again
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.1)


async def reaches(user: User, run_id: str, statuses: tuple[str, ...], within: float = 120) -> dict[str, Any]:
    """The run once its status is one of ``statuses``."""
    async with asyncio.timeout(within):
        while True:
            found: dict[str, Any] = await insist(user, "GET", f"/api/runs/{run_id}")
            if found["status"] in statuses:
                return found
            assert found["status"] in OPEN, found
            await asyncio.sleep(0.1)
