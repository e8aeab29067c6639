"""A seeded nemesis kills at random while users do all sorts of things; a failing seed says its name and replays.

``pytest tests/chaos/test_nemesis.py --chaos-seed 7`` runs seed 7 alone, ``-m long`` a hundred jobs under many seeds.
"""

import asyncio
import random

import pytest

from temporal.policies import POISON_ATTEMPTS
from tests.chaos.disturbed_platform import DisturbedPlatform
from tests.chaos.stories import Story
from tests.chaos.truths import assert_five_truths

KINDS = ("noop", "echo", "slow", "chunks", "failing", "canceled", "lost answer")
VICTIMS = ("media", "core", "api", "postgres", "temporal", "s3", "slots")
SHORT_SEED = 1
LONG_SEEDS = range(100, 112)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One seed given by ``--chaos-seed`` replaces those that are written here."""
    if "seed" in metafunc.fixturenames:
        given = metafunc.config.getoption("--chaos-seed")
        short = metafunc.function is test_twenty_jobs_under_a_nemesis
        metafunc.parametrize("seed", [given] if given is not None else [SHORT_SEED] if short else list(LONG_SEEDS))


async def test_twenty_jobs_under_a_nemesis(chaos: DisturbedPlatform, seed: int) -> None:
    await survive(chaos, seed, jobs=20, kills=5, seconds=6.0)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_a_hundred_jobs_under_a_nemesis(chaos: DisturbedPlatform, seed: int) -> None:
    await survive(chaos, seed, jobs=100, kills=12, seconds=40.0)


async def survive(chaos: DisturbedPlatform, seed: int, jobs: int, kills: int, seconds: float) -> None:
    """Let ``jobs`` users begin and ``kills`` victims die within ``seconds``, all drawn from ``seed``."""
    dice = random.Random(seed)
    kinds = [KINDS[at % len(KINDS)] for at in range(jobs)]
    dice.shuffle(kinds)
    stories = [await Story.begin(chaos.url, "slow" if kind == "lost answer" else kind) for kind in kinds]
    lives = [
        live(story, kind, dice.uniform(0, seconds), dice.uniform(0.005, 0.1))
        for story, kind in zip(stories, kinds, strict=True)
    ]
    plan = planned(dice, kills, seconds)
    try:
        await asyncio.gather(haunt(chaos, plan), *lives)
        for story in stories:
            await story.assert_ended_well(within=120)
            await story.user.aclose()
        await assert_five_truths(chaos)
    except (AssertionError, TimeoutError) as error:
        error.add_note(f"seed {seed}, kills at {plan}; again: pytest {__file__} --chaos-seed {seed}")
        raise


def planned(dice: random.Random, kills: int, seconds: float) -> list[tuple[float, str]]:
    """Moments and victims. Slots die less often than a tool may break: a job that kills them each time is given up."""
    plan: list[tuple[float, str]] = []
    while len(plan) < kills:
        victim = dice.choice(VICTIMS)
        if victim != "slots" or [each for _, each in plan].count("slots") < POISON_ATTEMPTS - 1:
            plan.append((dice.uniform(0.5, seconds), victim))
    return sorted(plan)


async def live(story: Story, kind: str, begins: float, patience: float) -> None:
    """One user's doings: wait, submit, perhaps lose the first answer, perhaps cancel."""
    await asyncio.sleep(begins)
    await story.submit(patience if kind == "lost answer" else None)
    if kind == "canceled":
        await asyncio.sleep(patience * 10)
        await story.cancel()


async def haunt(chaos: DisturbedPlatform, plan: list[tuple[float, str]]) -> None:
    """Kill each victim at its moment; one that is dead at that moment has died already. At the end all are back."""
    now = 0.0
    for moment, victim in plan:
        await asyncio.sleep(moment - now)
        now = moment
        chaos.disturb(victim)
    await chaos.whole()
