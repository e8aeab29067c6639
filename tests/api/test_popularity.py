"""Counts of uses: taken once for many who ask, and again after a minute."""

import asyncio

import pytest
from sqlalchemy import func, update

from api import popularity
from api.popularity import Uses
from models.payloads.jobs import JobOrder
from models.repositories.credits import Credits
from models.repositories.jobs import Jobs
from models.session import Database
from models.tables import Job

MODEL = "nobody/counted"


async def use(database: Database) -> None:
    async with database.transaction() as session:
        order = JobOrder.model_construct(
            account_id=await Credits(session).open_account("popularity test", 10), user_id=None, tool_id="a-tool",
            tool_version="1", queue="media", timeout=1.0, credits=0, inputs={"files": {}, "texts": {}, "many": []},
            parameters={}, pipeline_run=None, cancel_after=None,
        )  # fmt: skip
        job = await Jobs(session).open(order)
        await Credits(session).post(job.id, 0)
        ended = {"model": MODEL, "status": "succeeded", "completed_at": func.now()}
        await session.execute(update(Job).where(Job.id == job.id).values(ended))


async def test_a_count_is_shared_and_taken_again_when_it_is_old(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses = Uses(database)
    await use(database)
    one, *others = await asyncio.gather(*(uses.get() for _ in range(5)))
    assert one[MODEL] == 1 and all(each is one for each in others)
    await use(database)
    assert (await uses.get())[MODEL] == 1
    monkeypatch.setattr(popularity, "FRESH", 0.0)
    counting = Uses(database)
    assert [(await counting.get())[MODEL], await use(database), (await counting.get())[MODEL]] == [2, None, 3]
