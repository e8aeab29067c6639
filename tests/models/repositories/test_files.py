"""Rows of files: ownership, listing, what a job is given, usage, and what a purge may take."""

import secrets
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import FileRejected, NotFound
from models.payloads.files import NewFile
from models.payloads.jobs import JobOrder
from models.repositories.blobs import Blobs
from models.repositories.credits import Credits
from models.repositories.files import Files
from models.repositories.jobs import Jobs
from models.session import Database
from models.tables import File


async def account(session: AsyncSession) -> str:
    return await Credits(session).open_account("files test", 100)


async def make(session: AsyncSession, owner: str, **changes: Any) -> File:
    new = NewFile(
        account_id=owner,
        filename="a.png",
        original_filename="a.png",
        size=10,
        mime_type="image/png",
        kind="image",
        sha256=secrets.token_hex(32),
    ).model_copy(update=changes)
    await Blobs(session).reserve(owner, new.sha256, new.size)
    await Blobs(session).stored(owner, new.sha256)
    return await Files(session).create(new)


async def age(session: AsyncSession, owner: str, hours: int = 2) -> None:
    await session.execute(
        text("UPDATE blobs SET claimed_at = claimed_at - make_interval(hours => :hours) WHERE account_id = :owner"),
        {"owner": owner, "hours": hours},
    )


async def condemned(session: AsyncSession, owner: str) -> set[str]:
    return {sha256 for account_id, sha256 in await Blobs(session).condemn(10_000) if account_id == owner}


async def test_a_stranger_finds_nothing(database: Database) -> None:
    async with database.transaction() as session:
        owner, stranger = await account(session), await account(session)
        file = await make(session, owner)
        assert (await Files(session).get(owner, file.id)).id == file.id
        for attempt in (
            Files(session).get(stranger, file.id),
            Files(session).delete(stranger, file.id),
            Files(session).chosen(stranger, [file.id]),
            Files(session).for_job(stranger, {"image": [file.id]}),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert await Files(session).list(stranger, 10, None, {}, None) == []


async def test_lists_are_newest_first_and_filtered(database: Database) -> None:
    async with database.transaction() as session:
        owner = await account(session)
        cat = await make(session, owner, original_filename="100%_cat.png")
        dog = await make(session, owner, original_filename="dog.mp4", kind="video")
        gone = await make(session, owner)
        await Files(session).delete(owner, gone.id)

        async def ids(**wish: Any) -> list[str]:
            filters = {"kind": wish.get("kind")}
            found = await Files(session).list(owner, 10, wish.get("before"), filters, wish.get("q"))
            return [each.id for each in found]

        assert await ids() == [dog.id, cat.id]
        assert await ids(before=dog.id) == [cat.id]
        assert await ids(kind="video") == [dog.id]
        assert await ids(q="100%_C") == [cat.id]
        assert await ids(q="%") == [cat.id]


async def test_usage_counts_equal_bytes_once_and_deleted_ones_not(database: Database) -> None:
    async with database.transaction() as session:
        owner = await account(session)
        first = await make(session, owner)
        second = await make(session, owner, sha256=first.sha256)
        assert await Blobs(session).usage(owner) == 10
        await Files(session).delete(owner, first.id)
        assert await Blobs(session).usage(owner) == 10
        await Files(session).delete(owner, second.id)
        assert await Blobs(session).usage(owner) == 0


async def test_a_job_is_given_its_files_in_order_even_deleted_ones(database: Database) -> None:
    async with database.transaction() as session:
        owner = await account(session)
        one, two = await make(session, owner, status="scanning"), await make(session, owner)
        await Files(session).delete(owner, two.id)
        rows, waiting, rejected = await Files(session).for_job(owner, {"images": [two.id, one.id, two.id]})
        assert [row.sha256 for row in rows] == [two.sha256, one.sha256, two.sha256]
        assert waiting and rejected is None

        await Files(session).ingested(one.id, {}, None, "Eicar")
        _, waiting, rejected = await Files(session).for_job(owner, {"images": [one.id]})
        assert not waiting and rejected == one.id
        with pytest.raises(FileRejected):
            await Files(session).chosen(owner, [one.id])


async def test_only_bytes_that_nobody_names_or_wants_are_condemned(database: Database) -> None:
    async with database.transaction() as session:
        owner = await account(session)
        live, deleted, thumbnail = await make(session, owner), await make(session, owner), secrets.token_hex(32)
        await Blobs(session).reserve(owner, thumbnail, 5)
        await Files(session).ingested(live.id, {}, thumbnail, None)
        await Files(session).delete(owner, deleted.id)
        pending = secrets.token_hex(32)
        await Blobs(session).reserve(owner, pending, 5)
    async with database.transaction() as session:
        assert await condemned(session, owner) == set()
        await age(session, owner)
        assert await condemned(session, owner) == {pending}
    async with database.transaction() as session:
        await Files(session).forget(timedelta(0), 10_000)
    async with database.transaction() as session:
        assert await condemned(session, owner) == {pending, deleted.sha256}


async def test_outputs_of_an_open_job_are_not_condemned(database: Database) -> None:
    async with database.transaction() as session:
        owner = await account(session)
        order = JobOrder(
            account_id=owner,
            user_id=None,
            tool_id="t",
            tool_version="1",
            queue="q",
            chunked=False,
            timeout=1,
            priority="normal",
            inputs={"files": {}, "texts": {}},
            parameters={},
            credits=1,
            language="en",
        )
        job = await Jobs(session).open(order)
        await session.execute(
            text("UPDATE jobs SET created_at = now() - interval '3 hours' WHERE id = :id"), {"id": job.id}
        )
        output = secrets.token_hex(32)
        await Blobs(session).reserve(owner, output, 5)
        await Blobs(session).stored(owner, output)
        await age(session, owner)
    async with database.transaction() as session:
        assert await condemned(session, owner) == set()
        await Jobs(session).release(job.id, "failed", None)
    async with database.transaction() as session:
        assert await condemned(session, owner) == {output}


async def test_expired_outputs_are_deleted_softly(database: Database) -> None:
    async with database.transaction() as session:
        owner = await account(session)
        file = await make(session, owner)
        await session.execute(
            text("UPDATE files SET expires_at = now() - interval '1 second' WHERE id = :id"), {"id": file.id}
        )
        assert await Files(session).expire() >= 1
        with pytest.raises(NotFound):
            await Files(session).get(owner, file.id)
