"""Kills over batches: every row is done once, charged once, and named where it failed, whoever dies meanwhile.

``pytest tests/chaos/test_batches.py --chaos-seed 7`` runs seed 7 alone.
"""

import asyncio
import random
import secrets
from typing import Any

import pytest

from tests.chaos.disturbed_platform import DisturbedPlatform
from tests.chaos.stories import WELCOME
from tests.chaos.test_nemesis import haunt
from tests.chaos.test_pipelines import insist
from tests.chaos.truths import assert_five_truths
from tests.end_to_end.graphs import echo, given, graph, result
from tests.running_platform import User

VICTIMS = ("core", "postgres", "s3", "media")
LONG_SEEDS = range(300, 306)
PRICE = 3
WITHIN = 180
ENDED = ("succeeded", "failed", "canceled")
LINE = graph(given("words"), given("bad", "boolean"), echo("say"), result("said"),
             edges=["words > say.text", "bad > say.parameters.fail", "say > said"])  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One seed given by ``--chaos-seed`` replaces those that are written here."""
    if "seed" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--chaos-seed")
        metafunc.parametrize("seed", [chosen] if chosen is not None else list(LONG_SEEDS))


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_many_batches_under_kills(chaos: DisturbedPlatform, seed: int) -> None:
    await survive(chaos, seed, batches=9, rows=60, kills=10, seconds=25.0)


async def survive(chaos: DisturbedPlatform, seed: int, batches: int, rows: int, kills: int, seconds: float) -> None:
    """Let ``batches`` users open one each and ``kills`` victims die within ``seconds``, all drawn from ``seed``."""
    dice = random.Random(seed)
    plan = sorted((dice.uniform(0.5, seconds), dice.choice(VICTIMS)) for _ in range(kills))
    users = [await User.register(chaos.url) for _ in range(batches)]
    kinds = ["tool", "pipeline", "paused"]
    lives = [live(user, kinds[at % 3], rows, dice.uniform(0, seconds / 3)) for at, user in enumerate(users)]
    try:
        await asyncio.gather(haunt(chaos, plan), *lives)
        await assert_five_truths(chaos)
    except (AssertionError, TimeoutError) as error:
        error.add_note(f"seed {seed}, kills at {plan}; again: pytest {__file__} --chaos-seed {seed}")
        raise


async def live(user: User, kind: str, count: int, begins: float) -> None:
    """One user's batch, of which every eighth row fails, from its submission to its end."""
    await asyncio.sleep(begins)
    words = secrets.token_hex(8)
    if kind == "pipeline":
        count = max(4, count // 4)
        rows = [{"words": f"{words} {at}", "bad": at % 8 == 0} for at in range(1, count + 1)]
        body: dict[str, Any] = {"graph": LINE, "rows": rows}
    else:
        rows = [{"text": f"{words} {at}", "seconds": 0.1, "fail": at % 8 == 0} for at in range(1, count + 1)]
        body = {"tool_id": "sample-echo", "rows": rows}
    batch_id = (await insist(user, "POST", "/api/batches", body, words))["id"]
    if kind == "paused":
        await asyncio.sleep(1)
        for wish in ("pause", "resume"):
            await insist(user, "POST", f"/api/batches/{batch_id}/{wish}", lost=409)
    found = await over(user, batch_id)
    bad = count // 8
    wanted = {"total": count, "open": 0, "succeeded": count - bad, "failed": bad, "canceled": 0}
    assert (found["status"], found["rows"]) == ("succeeded", wanted), found
    paid = PRICE * (count - bad)
    assert (found["credits"]["used"], found["credits"]["held"]) == (paid, 0), found
    assert (await insist(user, "GET", "/api/users/me/credits"))["available"] == WELCOME - paid
    assert len((await insist(user, "GET", "/api/batches"))["data"]) == 1, "one submission is one batch"
    listed = (await insist(user, "GET", f"/api/batches/{batch_id}/rows?limit=200&state=failed"))["data"]
    assert [each["row"] for each in listed] == [at for at in range(1, count + 1) if at % 8 == 0]
    await user.aclose()


async def over(user: User, batch_id: str) -> dict[str, Any]:
    """The batch once it has ended."""
    async with asyncio.timeout(WITHIN):
        while True:
            found: dict[str, Any] = await insist(user, "GET", f"/api/batches/{batch_id}")
            if found["status"] in ENDED:
                return found
            await asyncio.sleep(0.1)
