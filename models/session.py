"""The door to PostgreSQL: one engine a process, and transactions that end before anybody is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker, create_async_engine

from .errors import Unavailable
from .settings import Settings

RETRY_AFTER = 2.0
REACHED_WITHIN = 2.0
"""Seconds for a connection that is known to answer; a pooled one is asked first."""
CONNECT = {
    "connect_timeout": 2,
    "tcp_user_timeout": 5000,
    "keepalives_idle": 5,
    "application_name": "workshop",
    "options": "-c statement_timeout=20000 -c idle_in_transaction_session_timeout=30000 -c jit=off",
}


class Database:
    """Gives transactions. A PostgreSQL that cannot be reached raises ``Unavailable`` within two seconds."""

    def __init__(self, settings: Settings) -> None:
        self.url = settings.database_url.get_secret_value()
        self.engine = create_async_engine(
            self.url,
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_pool_size,
            pool_timeout=2,
            pool_pre_ping=True,
            connect_args=CONNECT,
        )
        self._sessions = async_sessionmaker(expire_on_commit=False)
        self._late: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end of the block, rolled back if the block raises."""
        with _translated():
            connection = await self._reach()
            try:
                async with self._sessions(bind=connection) as session, session.begin():
                    yield session
            finally:
                await asyncio.shield(connection.close())

    async def close(self) -> None:
        await self.engine.dispose()

    async def _reach(self) -> AsyncConnection:
        """A silent server hangs whoever asks it, cancel or not (psycopg waits for its word), so we walk away."""
        opening = asyncio.ensure_future(self._open())
        try:
            async with asyncio.timeout(REACHED_WITHIN):
                return await asyncio.shield(opening)
        except TimeoutError as error:
            raise Unavailable(part="PostgreSQL", retry_after=RETRY_AFTER) from error
        finally:
            if not opening.done():
                late = asyncio.ensure_future(_give_back(opening))
                self._late.add(late)
                late.add_done_callback(self._late.discard)

    async def _open(self) -> AsyncConnection:
        return await self.engine.connect()


async def _give_back(opening: "asyncio.Task[AsyncConnection]") -> None:
    """Return a connection that came too late to its pool."""
    await asyncio.wait({opening})
    if not opening.cancelled() and opening.exception() is None:
        await opening.result().close()


class _translated:
    """Turns a lost or refused connection into ``Unavailable``; every other error passes through."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        if lost or isinstance(error, OperationalError | InterfaceError | PoolTimeout):
            raise Unavailable(part="PostgreSQL", retry_after=RETRY_AFTER) from error
