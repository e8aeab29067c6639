"""Whoever leaves takes everything along: files, running work and open streams, at once."""

import asyncio
import json
import time

import httpx
from httpx_sse import aconnect_sse
from sqlalchemy import text

from models.session import Database
from tests.end_to_end.belongings import PHOTO, TEXT
from tests.running_platform import User, assert_ledger_is_exact


async def test_leaving_ends_files_jobs_and_streams(user: User, database: Database) -> None:
    photo = await user.upload(PHOTO)
    link = (await user.post(f"/api/files/{photo}/generate-url", json={})).json()["url"]
    running = await user.job("sample-echo", TEXT, seconds=110)
    await user.reaches(running, ("running",))
    waiting = await user.job("sample-noop")
    opened, seen = asyncio.Event(), []

    async def listen(path: str, first: str) -> None:
        async with aconnect_sse(
            user, "GET", path, headers={"Last-Event-ID": "0-0" if path == "/api/events" else "0"}
        ) as source:
            opened.set()
            async for event in source.aiter_sse():
                seen.append(json.loads(event.data))

    listening = [listen("/api/events", "0-0"), listen(f"/api/jobs/{running}/events", "0")]
    streams = [asyncio.create_task(each) for each in listening]
    await opened.wait()
    assert (await user.delete("/api/users/me")).status_code == 204
    await asyncio.wait_for(asyncio.gather(*streams), 5)
    assert seen
    await ended(database, {running: "canceled", waiting: "canceled"})
    async with database.transaction() as session:
        live = await session.execute(
            text("SELECT id FROM files WHERE account_id = :account AND deleted_at IS NULL"),
            {"account": user.account_id},
        )
        assert live.all() == []
    async with httpx.AsyncClient(base_url=user.base_url) as nobody:
        query = httpx.URL(link).query.decode()
        assert (await nobody.get(f"/api/files/{photo}/content?{query}")).status_code == 404
    assert (await user.get("/api/auth/me")).status_code == 401
    await assert_ledger_is_exact(database)


async def ended(database: Database, wanted: dict[str, str], within: float = 10) -> None:
    """Returns once every job has ended as wanted."""
    until = time.monotonic() + within
    while True:
        async with database.transaction() as session:
            rows = await session.execute(
                text("SELECT id, status FROM jobs WHERE id = ANY(:ids)"), {"ids": list(wanted)}
            )
            found = {row.id: row.status for row in rows}
        if found == wanted:
            return
        assert time.monotonic() < until, found
        await asyncio.sleep(0.1)
