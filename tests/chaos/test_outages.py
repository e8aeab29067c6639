"""A part that is down or silent: the API says so within three seconds, never hangs, and all goes on when it is back."""

import asyncio
import time

import httpx
import pytest

from tests.chaos.disturbed_platform import DisturbedPlatform
from tests.chaos.stories import Story
from tests.chaos.truths import assert_five_truths

SOON = 3.0


async def assert_unavailable(answer: httpx.Response, part: str) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) >= 1
    assert (answer.json()["code"], part in answer.text) == ("unavailable", True), answer.text


async def asked(story: Story, part: str) -> tuple[float, httpx.Response]:
    """How long an answer that needs ``part`` took, and the answer."""
    began = time.monotonic()
    if part == "s3":
        files = {"file": ("a.txt", story.text.encode(), "text/plain")}
        answer = await story.user.post("/api/files/upload", files=files)
    else:
        answer = await story.user.execute("sample-noop")
    return time.monotonic() - began, answer


@pytest.mark.parametrize("how", [pytest.param("stopped", marks=pytest.mark.long), "frozen"])
@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("postgres", "PostgreSQL"),
        ("s3", "S3 store"),
        pytest.param("temporal", "Temporal", marks=pytest.mark.long),
    ],
)
async def test_an_outage_is_told_at_once_and_passes(chaos: DisturbedPlatform, part: str, name: str, how: str) -> None:
    running, asking = await Story.begin(chaos.url, "slow"), await Story.begin(chaos.url, "noop")
    await running.submit()
    await running.user.reaches(running.job_id, ("running",))
    async with chaos.without(part, how):
        await asyncio.sleep(SOON)  # what was true a moment ago is believed for three seconds
        answers = await asyncio.gather(*(asked(asking, part) for _ in range(4)))
        for took, answer in answers:
            assert took < SOON, f"{part} {how}: answered after {took:.1f} s"
            await assert_unavailable(answer, name)
    await asking.submit()
    await asking.assert_ended_well()
    await running.assert_ended_well()
    await assert_five_truths(chaos)


async def test_temporal_loses_everything(chaos: DisturbedPlatform) -> None:
    """It stops, and its database is gone: a job that comes in that moment is accepted as queued, and all open ones are
    started again from the rows, and end."""
    stories = [await Story.begin(chaos.url, kind) for kind in ("slow", "chunks", "echo", "noop")]
    for story in stories[:2]:
        await story.submit()
        await story.user.reaches(story.job_id, ("running",))
    chaos.arm("settle.committed")
    await stories[2].submit()
    await chaos.reached("settle.committed")
    async with chaos.without("temporal", "killed"):
        for file in (chaos.stack.home / "temporal").glob("temporal.db*"):
            file.unlink()
        chaos.release()
        began = time.monotonic()
        await stories[3].submit()
        assert time.monotonic() - began < SOON
        queued = await stories[3].user.get(f"/api/jobs/{stories[3].job_id}")
        assert queued.json()["status"] == "queued"
    for story in stories:
        await story.assert_ended_well(within=90)
    await assert_five_truths(chaos)
