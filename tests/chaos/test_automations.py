"""SIGKILL at named points between what happened, the firing and its run: each event is one firing and one run."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.chaos.disturbed_platform import DisturbedPlatform
from tests.chaos.points import POINTS
from tests.chaos.truths import assert_five_truths
from tests.end_to_end.automating import automation, fired, firings
from tests.running_platform import User

WORDS = {"tool_id": "sample-echo", "inputs": {"text": {"expression": "event.name"}}, "parameters": {"seconds": 0}}
BY_EVENT = ("firing.decided", "firing.recorded")
"""The others stand within transactions, behind which no later event is seen."""
NAMES = tuple(name for name, point in POINTS.items() if point.story == "firing")


@pytest.mark.long
async def test_a_kill_between_an_event_and_its_run_neither_loses_nor_doubles(
    chaos: DisturbedPlatform, tmp_path: Path
) -> None:
    standing = []
    for name in NAMES:
        user = await User.register(chaos.url)
        made = await automation(user, {"type": "file"}, WORDS)
        chaos.arm(name)
        if name in BY_EVENT:
            (tmp_path / f"{name}.txt").write_text(name)
            await user.upload(tmp_path / f"{name}.txt")
        else:
            await fired(user, made["id"], {"name": name})
        await chaos.reached(name)
        standing.append((name, user, made["id"]))
    chaos.disturb("core")
    chaos.release()
    for name, user, automation_id in standing:
        (firing,) = await firings(user, automation_id, 1, within=60)
        assert (firing["decision"], firing["run_status"]) == ("run", "succeeded"), name
        runs = (await user.get("/api/runs")).json()["data"]
        assert [each["id"] for each in runs] == [firing["run_id"]], name
        assert (await user.credits())["available"] == 997, name
        await user.aclose()
    await counted(chaos)
    await assert_five_truths(chaos)


async def counted(chaos: DisturbedPlatform, within: float = 30) -> None:
    """Returns once every run of a firing was counted, by its workflow or by the sweep."""
    query = text("SELECT id FROM automation_firings WHERE decision IS NULL OR outcome IS NULL")
    async with asyncio.timeout(within):
        while True:
            async with chaos.database.transaction() as session:
                if not (await session.execute(query)).all():
                    return
            await asyncio.sleep(0.2)
