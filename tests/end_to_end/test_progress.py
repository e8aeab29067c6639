"""What a running job tells: gathered between reports, and heard from the attempt that counts alone."""

import pytest
from sqlalchemy import text
from temporalio.exceptions import ApplicationError

from activities.progress import ProgressWriter
from activities.slots.protocol import SlotAnswer
from models.payloads.jobs import Fence
from models.session import Database
from tests.running_platform import User


async def test_the_newest_preview_and_all_words_go_with_the_next_report(user: User, database: Database) -> None:
    job_id = await user.job("sample-echo", {"text": "x"}, seconds=20)
    await user.reaches(job_id, ("running",))
    async with database.transaction() as session:
        row = (await session.execute(text("SELECT run_id, attempt FROM jobs WHERE id = :id"), {"id": job_id})).one()
    writer = ProgressWriter(database, job_id, Fence(run_id=row.run_id, attempt=row.attempt))
    for preview, word in (("first", "Once "), ("second", "upon "), ("", "a time")):
        await writer.report(SlotAnswer(kind="progress", step="paint", fraction=0.9, preview=preview))
        await writer.report(SlotAnswer(kind="text", message=word))
    await writer.finish()
    lines = (await user.get(f"/api/jobs/{job_id}/logs")).json()["data"]
    (told,) = [line["data"] for line in lines if line["data"].get("step") == "paint"]
    assert (told["preview"], told["text"], told["fraction"]) == ("second", "Once upon a time", 0.9)

    stray = ProgressWriter(database, job_id, Fence(run_id=row.run_id, attempt=row.attempt - 1))
    await stray.report(SlotAnswer(kind="text", message="late"))
    with pytest.raises(ApplicationError):
        await stray.finish()
    await user.post(f"/api/jobs/{job_id}/cancel")
    assert (await user.ended(job_id))["status"] == "canceled"
