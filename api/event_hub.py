"""One LISTEN connection a process, fanned out to everybody who waits. A hint only: whoever waits reads again anyway."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import psycopg
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories.events import CHANNEL
from models.session import Database

T = TypeVar("T")

REREAD = 2.0
"""Seconds after which a waiting reader looks by itself, whatever it was told."""

RECONNECT = 1.0

log = structlog.get_logger(__name__)


class EventHub:
    """Wakes those who wait for an account or a job. Lives from the application's start to its end."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._waiters: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._listen_forever())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    @asynccontextmanager
    async def subscribed(self, topic: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever something happened to ``topic``, the id of a job or account."""
        news = asyncio.Event()
        self._waiters[topic].add(news)
        try:
            yield news
        finally:
            self._waiters[topic].discard(news)
            if not self._waiters[topic]:
                del self._waiters[topic]

    async def _listen_forever(self) -> None:
        while True:
            try:
                await self._listen()
            except psycopg.OperationalError as error:
                log.warning("the event listener lost PostgreSQL", error=str(error).strip())
                await asyncio.sleep(RECONNECT)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, connect_timeout=2)
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            async for notice in connection.notifies():
                for topic in notice.payload.split():
                    for news in self._waiters.get(topic, ()):
                        news.set()


async def wait_for_news(news: asyncio.Event, seconds: float = REREAD) -> None:
    """Return when there is a hint, or after ``seconds``."""
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return
    finally:
        news.clear()


async def wait_until(
    database: Database,
    news: asyncio.Event,
    seconds: float,
    look: Callable[[AsyncSession], Awaitable[T]],
    ended: Callable[[T], bool],
) -> T:
    """What ``look`` finds once it has ``ended``, or after ``seconds``; looks again whenever there is news."""
    until = time.monotonic() + seconds
    found = await database.once(look)
    while not ended(found) and (left := until - time.monotonic()) > 0:
        await wait_for_news(news, min(left, REREAD))
        found = await database.once(look)
    return found
