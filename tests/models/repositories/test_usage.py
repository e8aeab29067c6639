"""Sums of what was used: what is counted now and what is summed later say the same, and a repeat changes nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.ids import new_id
from models.payloads.jobs import JobOrder
from models.payloads.usage import Used, UsedOfDay, added
from models.repositories.credits import Credits
from models.repositories.jobs import Jobs
from models.repositories.usage import LIVE, SETTLED, UsageBook
from models.session import Database
from models.tables import Batch, BatchRow, Blob, File, Job, Usage, UsageDay

DAY = date(2031, 3, 1)
"""In a future that no other test of this database ends anything in."""

NOON = datetime(2031, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[str]:
    """An account, and no day summed; what ends in other years is taken out of sight afterwards, and batches that
    never were held for out of the ledger's."""
    async with database.transaction() as session:
        await forget_sums(session)
        account_id = await Credits(session).open_account("usage test", 1000)
    yield account_id
    async with database.transaction() as session:
        await forget_sums(session)
        await session.execute(update(Job).where(Job.account_id == account_id).values(completed_at=None))
        batches = select(Batch.id).where(Batch.account_id == account_id)
        await session.execute(delete(BatchRow).where(BatchRow.batch_id.in_(batches)))
        await session.execute(delete(Batch).where(Batch.account_id == account_id))


async def forget_sums(session: AsyncSession) -> None:
    await session.execute(delete(UsageDay))
    await session.execute(delete(Usage))


async def ended(
    session: AsyncSession,
    owner: str,
    status: str,
    at: datetime,
    *,
    tool: str = "a-tool",
    used: int = 0,
    seconds: float = 0,
) -> str:
    order = JobOrder.model_construct(
        account_id=owner, user_id=None, tool_id=tool, tool_version="1", queue="media", timeout=1.0, credits=used,
        inputs={"files": {}, "texts": {}, "many": []}, parameters={}, pipeline_run=None, cancel_after=None,
    )  # fmt: skip
    job = await Jobs(session).open(order)
    await Credits(session).post(job.id, used)
    started = at - timedelta(seconds=seconds) if seconds else None
    await session.execute(
        update(Job)
        .where(Job.id == job.id)
        .values(status=status, used=used, held=0, completed_at=at, started_at=started)
    )
    return job.id


async def with_file(session: AsyncSession, owner: str, size: int, job_id: str | None = None) -> str:
    file_id, digest = new_id("file"), new_id("file")
    session.add(Blob(account_id=owner, sha256=digest, size=size, status="stored"))
    await session.flush()
    session.add(
        File(
            id=file_id, account_id=owner, job_id=job_id, filename="x", original_filename="x", size=size,
            mime_type="text/plain", kind="text", sha256=digest,
        )
    )  # fmt: skip
    if job_id is not None:
        await session.execute(update(Job).where(Job.id == job_id).values(outputs=[{"file_id": file_id}]))
    await session.flush()
    return file_id


async def batch(session: AsyncSession, owner: str, rows: list[tuple[str, int, datetime, list[str]]]) -> None:
    new = Batch(
        id=new_id("batch"), account_id=owner, name="b", tool_id="a-tool", queue="media", timeout=1.0, parameters={},
        columns={}, concurrency=1, total=len(rows), budget=0, round=1, status="running", created_at=NOON,
    )  # fmt: skip
    session.add(new)
    await session.flush()
    for number, (state, credits, at, files) in enumerate(rows, 1):
        outputs = {"text": files[0], "more": files[1:]} if files else {}
        row = {"batch_id": new.id, "number": number, "input": {}, "state": state, "credits": credits}
        session.add(BatchRow(**row, outputs=outputs, completed_at=at))
    await session.flush()


async def read(database: Database, owner: str, first: date, now: datetime) -> list[UsedOfDay]:
    async with database.transaction() as session:
        return await UsageBook(session).of_account(owner, first, now)


async def work(database: Database, owner: str) -> None:
    """Two days of jobs and rows, at the first and last instant of one."""
    midnight = datetime(2031, 3, 1, tzinfo=UTC)
    async with database.transaction() as session:
        await with_file(session, owner, 70, await ended(session, owner, "succeeded", midnight, used=3, seconds=2.5))
        await ended(session, owner, "failed", midnight + timedelta(days=1, microseconds=-1))
        await ended(session, owner, "canceled", NOON, tool="other-tool")
        await ended(session, owner, "succeeded", midnight + timedelta(days=1), used=5, seconds=1)
        made = [await with_file(session, owner, size) for size in (10, 20, 30)]
        await batch(
            session,
            owner,
            [("succeeded", 2, NOON, made), ("failed", 0, NOON, []), ("succeeded", 4, NOON + timedelta(days=1), [])],
        )


EXPECTED = [
    UsedOfDay(day=DAY, tool_id="a-tool", jobs=4, succeeded=2, failed=2, credits=5, seconds=2.5, bytes=130),
    UsedOfDay(day=DAY, tool_id="other-tool", jobs=1, canceled=1),
    UsedOfDay(day=DAY + timedelta(days=1), tool_id="a-tool", jobs=2, succeeded=2, credits=9, seconds=1),
]


async def test_what_is_summed_is_what_was_counted(database: Database, owner: str) -> None:
    await work(database, owner)
    now = NOON + timedelta(days=1)
    assert await read(database, owner, DAY, now) == EXPECTED
    for _ in range(2):
        async with database.transaction() as session:
            await UsageBook(session).roll(DAY)
        assert await read(database, owner, DAY, now) == EXPECTED
    async with database.transaction() as session:
        summed = (await session.execute(select(func.count()).where(Usage.account_id == owner))).scalar_one()
        await session.execute(
            update(Job).where(Job.account_id == owner, Job.completed_at <= NOON).values(started_at=None)
        )
    assert summed == 2 and await read(database, owner, DAY, now) == EXPECTED, "a summed day is not counted again"
    assert added(EXPECTED, lambda row: row.tool_id)["a-tool"] == Used(
        jobs=6, succeeded=4, failed=2, credits=14, seconds=3.5, bytes=130
    )


async def test_a_day_is_summed_once_it_cannot_change_and_days_go_in_their_order(database: Database, owner: str) -> None:
    await work(database, owner)
    over = datetime(2031, 3, 2, tzinfo=UTC) + SETTLED
    async with database.transaction() as session:
        book = UsageBook(session)
        await book.roll(DAY - timedelta(days=2))
        made = [
            await book.roll_due(at) for at in (over - timedelta(seconds=1), over - timedelta(seconds=1), over, over)
        ]
    assert made == [DAY - timedelta(days=1), None, DAY, None]
    assert await read(database, owner, DAY, NOON + timedelta(days=1)) == EXPECTED


async def test_the_first_day_of_all_is_where_summing_begins(database: Database, owner: str) -> None:
    async with database.transaction() as session:
        await ended(session, owner, "succeeded", datetime(2001, 1, 1, 5, tzinfo=UTC))
        assert await UsageBook(session).roll_due(NOON) == date(2001, 1, 1)
        assert await UsageBook(session).roll_due(NOON) == date(2001, 1, 2)


async def test_others_are_not_counted(database: Database, owner: str) -> None:
    await work(database, owner)
    async with database.transaction() as session:
        stranger = await Credits(session).open_account("stranger", 0)
    assert await read(database, stranger, DAY, NOON + timedelta(days=1)) == []


async def test_no_history_is_scanned(database: Database, owner: str) -> None:
    """Whatever the planner likes on a small table: with scans forbidden it has the index for each side."""
    async with database.transaction() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        values = {"account": owner, "start": NOON, "end": NOON}
        plan = "\n".join((await session.execute(text(f"EXPLAIN {LIVE.text}"), values)).scalars())
    assert "ix_jobs_ended" in plan and "Seq Scan" not in plan
