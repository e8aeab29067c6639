"""Video through the whole platform: in stretches that are kept, whole at the end, also when a worker dies."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from models.session import Database
from tests.activities.media.clips import sample, seen, sound_packets
from tests.running_platform import RunningPlatform, User, assert_ledger_is_exact


async def a_stretch_is_kept(database: Database, job_id: str) -> None:
    """Returns when the first stretch of a job lies in the store."""
    async with asyncio.timeout(60):
        while True:
            async with database.transaction() as session:
                kept = await session.scalar(
                    text("SELECT count(*) FROM job_chunks WHERE job_id = :id AND sha256 IS NOT NULL"), {"id": job_id}
                )
            if kept:
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "killed", [False, pytest.param(True, marks=pytest.mark.long)], ids=["in peace", "with the worker killed"]
)
async def test_a_minute_is_marked_in_stretches_and_comes_back_whole(
    user: User, platform: RunningPlatform, database: Database, tmp_path: Path, killed: bool
) -> None:
    video = await user.upload(sample("mp4"))
    job_id = await user.job("video-batch-watermark", {"videos": [video]}, text="样片", position="moving")
    if killed:
        await a_stretch_is_kept(database, job_id)
        platform.kill("media")
    job = await user.ended(job_id, 120)
    assert job["status"] == "succeeded", job
    made = tmp_path / "made.mp4"
    made.write_bytes((await user.get(job["outputs"][0]["url"])).content)
    assert len(seen(made).times) == len(seen(sample("mp4")).times) == 1441
    assert sound_packets(made) == sound_packets(sample("mp4"))
    assert job["credits"] == {"held": 0, "used": 2}
    await assert_ledger_is_exact(database)
