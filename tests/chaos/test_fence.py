"""Attempts are fenced: only the newest writes, and a lease that a stray took is taken back."""

from sqlalchemy import text

from models.payloads.jobs import Fence
from models.payloads.tool_runs import ToolOutcome
from models.repositories.jobs import Jobs
from tests.chaos.disturbed_platform import DisturbedPlatform
from tests.chaos.stories import Story
from tests.chaos.truths import assert_five_truths

OLD, NEW = Fence(run_id="r", attempt=1), Fence(run_id="r", attempt=2)


async def test_an_old_attempt_cannot_write(chaos: DisturbedPlatform) -> None:
    """Two attempts of one job, begun by hand while its own stands before its begin."""
    story = await Story.begin(chaos.url, "echo")
    chaos.arm("begin.before")
    await story.submit()
    await chaos.reached("begin.before")
    async with chaos.database.transaction() as session:
        jobs = Jobs(session)
        assert await jobs.begin(story.job_id, OLD) is not None
        assert await jobs.begin(story.job_id, NEW) is not None
        assert not await jobs.progress(story.job_id, OLD, 0.5, "step", ""), "a lost lease may not write progress"
        assert await jobs.begin(story.job_id, OLD) is None, "a lost lease may not be taken back by the same attempt"
        assert await jobs.progress(story.job_id, NEW, 0.5, "step", "")
    chaos.release()
    await story.assert_ended_well()


async def test_a_lease_that_a_stray_took_is_taken_back(chaos: DisturbedPlatform) -> None:
    """The attempt that lost it gives way, and the job that is alive is run again, not ended."""
    story = await Story.begin(chaos.url, "slow")
    await story.submit()
    await story.user.reaches(story.job_id, ("running",))
    async with chaos.database.transaction() as session:
        await session.execute(
            text("UPDATE jobs SET run_id = 'stray', attempt = 7 WHERE id = :id"), {"id": story.job_id}
        )
    await story.assert_ended_well()


async def test_an_end_that_comes_twice_is_one(chaos: DisturbedPlatform) -> None:
    """A settle that is repeated after its commit changes nothing, nor does a release after it."""
    story = await Story.begin(chaos.url, "noop")
    await story.submit()
    await story.user.ended(story.job_id)
    async with chaos.database.transaction() as session:
        jobs = Jobs(session)
        assert await jobs.settle(story.job_id, ToolOutcome(outputs=[], engine="none"), None) == "succeeded"
        assert await jobs.release(story.job_id, "failed", None) == "succeeded"
    await story.assert_ended_well()
    await assert_five_truths(chaos)
