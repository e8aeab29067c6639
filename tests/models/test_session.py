"""Transactions end as they should, and a connection that died is replaced without anybody noticing."""

import asyncio
import time

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import Unavailable
from models.repositories.credits import Credits
from models.session import Database
from models.settings import Settings
from models.tables import Account


async def backend(session: AsyncSession) -> int:
    """Which server process we talk to, held long enough that nobody else gets the same connection."""
    return int(await session.scalar(text("SELECT pg_backend_pid() FROM pg_sleep(0.2)")) or 0)


async def in_transaction(database: Database) -> int:
    async with database.transaction() as session:
        return await backend(session)


def ask(database: Database, query: str, *values: object) -> list[tuple[object, ...]]:
    """The answer as seen from another connection."""
    with psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True) as connection:
        return connection.execute(query, values).fetchall()


async def test_a_block_that_ends_is_there_for_others_and_leaves_nothing_open(database: Database) -> None:
    async with database.transaction() as session:
        kept = await Credits(session).open_account("kept", 5)
        assert not ask(database, "SELECT 1 FROM accounts WHERE id = %s", kept)
    assert ask(database, "SELECT 1 FROM accounts WHERE id = %s", kept)


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(LookupError):
        async with database.transaction() as session:
            lost = await Credits(session).open_account("lost", 5)
            raise LookupError
    assert not ask(database, "SELECT 1 FROM accounts WHERE id = %s", lost)
    found = await database.once(lambda session: session.scalar(select(Account.id).where(Account.id == lost)))
    assert found is None


async def test_connections_that_the_server_ended_are_replaced_unnoticed(database: Database) -> None:
    before = set(await asyncio.gather(*(in_transaction(database) for _ in range(3))))
    assert len(before) == 3
    for pid in before:
        ask(database, "SELECT pg_terminate_backend(%s, 2000)", pid)
    after = set(await asyncio.gather(*(in_transaction(database) for _ in range(3))))
    assert not before & after
    assert await database.once(backend) in after


async def test_a_server_that_takes_calls_and_says_nothing_is_unavailable_within_three_seconds() -> None:
    async with await asyncio.start_server(lambda reader, writer: asyncio.sleep(6), "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        database = Database(Settings(database_url=f"postgresql://x:y@127.0.0.1:{port}/x"))
        began = time.monotonic()
        with pytest.raises(Unavailable):
            async with database.transaction():
                pass
        assert time.monotonic() - began < 3
        await database.close()


@pytest.mark.parametrize("steps", range(5))
async def test_what_is_had_at_the_moment_of_a_cancel_is_given_back(database: Database, steps: int) -> None:
    had: list[int] = []

    async def take() -> int:
        had.append(1)
        return 1

    async def give_back(one: int) -> None:
        had.remove(one)

    taking = asyncio.create_task(database._promptly(take(), give_back))
    for _ in range(steps):
        await asyncio.sleep(0)
    taking.cancel()
    await asyncio.wait({taking})
    await asyncio.sleep(0.01)
    assert len(had) == (0 if taking.cancelled() else 1)
