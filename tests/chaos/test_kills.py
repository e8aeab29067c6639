"""SIGKILL from outside at named points of a job: each job ends once, charged once, as if nothing had happened.

Several jobs stand at a point of their own when a victim dies: a lost worker is noticed after ten seconds, once for all.
"""

import asyncio

import pytest

from tests.chaos import points
from tests.chaos.disturbed_platform import DisturbedPlatform
from tests.chaos.stories import Story
from tests.chaos.truths import assert_five_truths

AT_API = points.of_process("api")
AT_CORE = points.of_process("core")
AT_MEDIA = ("begin.before", "begin.committed", "blob.pending", "blob.put", "tool.done", "chunk.put")
AT_CHUNKS = ("plan.kept", "chunk.made", "chunk.kept", "join.begun")

PROCESSES = ("api", "core", "media")
DISTURBANCES = [
    pytest.param(PROCESSES, (*AT_API, *AT_CORE, *AT_MEDIA), id="processes"),
    pytest.param("postgres", ("open.uncommitted", "open.committed", *AT_CORE, *AT_MEDIA), id="postgres"),
    pytest.param("temporal", ("open.committed", *AT_CORE, *AT_MEDIA), id="temporal", marks=pytest.mark.long),
    pytest.param("s3", AT_MEDIA, id="store", marks=pytest.mark.long),
    pytest.param("media", AT_MEDIA, id="media-worker", marks=pytest.mark.long),
    pytest.param("core", AT_CORE, id="core-worker", marks=pytest.mark.long),
    pytest.param("api", AT_API, id="api", marks=pytest.mark.long),
    pytest.param("media", AT_CHUNKS, id="media-worker-chunks", marks=pytest.mark.long),
    pytest.param("postgres", AT_CHUNKS, id="postgres-chunks", marks=pytest.mark.long),
    pytest.param("temporal", (*AT_CHUNKS, "cancel.requested"), id="temporal-chunks", marks=pytest.mark.long),
    pytest.param("s3", AT_CHUNKS, id="store-chunks", marks=pytest.mark.long),
    pytest.param("postgres", ("cancel.requested", "open.started"), id="postgres-api", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("victim", "names"), DISTURBANCES)
async def test_a_kill_at_a_point_changes_nothing(
    chaos: DisturbedPlatform, victim: str | tuple[str, ...], names: tuple[str, ...]
) -> None:
    stories = [await Story.begin(chaos.url, points.POINTS[name].story) for name in names]
    tellings = []
    for name, story in zip(names, stories, strict=True):
        chaos.arm(name)
        tellings.append(asyncio.ensure_future(story.tell()))
        await chaos.reached(name)
    for each in [victim] if isinstance(victim, str) else victim:
        chaos.disturb(each)
    chaos.release()
    await asyncio.gather(*tellings)
    for name, story in zip(names, stories, strict=True):
        await ended_well(name, victim, story)
    await assert_five_truths(chaos)


@pytest.mark.parametrize("victim", [pytest.param(each, marks=pytest.mark.long) for each in ("slots", "media")])
async def test_a_kill_while_the_tool_runs(chaos: DisturbedPlatform, victim: str) -> None:
    stories = [await Story.begin(chaos.url, kind) for kind in ("slow", "slow", "chunks")]
    for story in stories:
        await story.submit()
    for story in stories:
        await story.user.reaches(story.job_id, ("running",))
    chaos.disturb(victim)
    for story in stories:
        await ended_well("running", victim, story)
    await assert_five_truths(chaos)


async def ended_well(point: str, victim: str | tuple[str, ...], story: Story) -> None:
    """Tells which point it was if the job did not end well."""
    try:
        await story.assert_ended_well()
    except AssertionError as error:
        error.add_note(f"when {victim} was killed while a job stood at {point}")
        raise
    await story.user.aclose()
