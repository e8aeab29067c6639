"""The door to PostgreSQL: one engine a process, and transactions that end before anybody is answered."""

import asyncio
import select
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker, create_async_engine

from .errors import Unavailable
from .settings import Settings

T = TypeVar("T")

RETRY_AFTER = 2.0
ANSWERS_WITHIN = 2.0
"""Seconds in which a connection must be had and ``BEGIN``, or a single statement, be answered."""
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
            isolation_level="AUTOCOMMIT",  # the driver sends no BEGIN of its own: ``_begin`` does
            connect_args=CONNECT,
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_dead)
        self._sessions = async_sessionmaker(expire_on_commit=False)
        self._late: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end of the block, rolled back if the block raises."""
        with _translated():
            connection = await self._promptly(self._begin(), _close)
            try:
                async with self._sessions(bind=connection) as session, session.begin():
                    yield session
            finally:
                await asyncio.shield(connection.close())

    async def once(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """``work`` without a transaction around it: for a look-up or a hint of one statement, a single round trip."""
        with _translated():
            return await self._promptly(self._alone(work))

    async def close(self) -> None:
        await self.engine.dispose()

    async def _begin(self) -> AsyncConnection:
        """A connection in a transaction: that BEGIN was answered shows that the server is there."""
        connection = await self.engine.connect()
        try:
            await (await connection.get_raw_connection()).driver_connection.execute("BEGIN")  # type: ignore[union-attr]
        except psycopg.Error:
            await connection.invalidate()
            await connection.close()
            raise
        return connection

    async def _alone(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async with self.engine.connect() as connection, self._sessions(bind=connection) as session:
            return await work(session)

    async def _promptly(
        self, asking: Coroutine[Any, Any, T], undo: Callable[[T], Awaitable[object]] | None = None
    ) -> T:
        """A silent server hangs whoever asks it, cancel or not (psycopg waits for its word), so we walk away."""
        task = asyncio.ensure_future(asking)
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                return await asyncio.shield(task)
        except TimeoutError as error:
            self._leave(task, undo)
            raise Unavailable(part="PostgreSQL", retry_after=RETRY_AFTER) from error
        except asyncio.CancelledError:
            self._leave(task, undo)
            raise

    def _leave(self, task: "asyncio.Task[T]", undo: Callable[[T], Awaitable[object]] | None) -> None:
        late = asyncio.ensure_future(_outlive(task, undo))
        self._late.add(late)
        late.add_done_callback(self._late.discard)


async def _close(connection: AsyncConnection) -> None:
    await connection.close()


async def _outlive(task: "asyncio.Task[T]", undo: Callable[[T], Awaitable[object]] | None) -> None:
    """Wait for what came too late, and undo it."""
    await asyncio.wait({task})
    if not task.cancelled() and task.exception() is None and undo is not None:
        await undo(task.result())


def _refuse_dead(connection: Any, record: object, proxy: object) -> None:
    """A server speaks unasked only to say goodbye, so an idle socket with something to read is replaced.

    Unlike ``pool_pre_ping`` this costs no round trip. A server that is silent is found by ``BEGIN``.
    """
    driver = connection.driver_connection
    poll = select.poll()
    if not driver.closed:
        poll.register(driver.fileno(), select.POLLIN)
    if driver.closed or poll.poll(0):
        raise DisconnectionError("PostgreSQL closed the connection")


class _translated:
    """Turns a lost or refused connection into ``Unavailable``; every other error passes through."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        refused = OperationalError | InterfaceError | PoolTimeout | psycopg.OperationalError | psycopg.InterfaceError
        if lost or isinstance(error, refused):
            raise Unavailable(part="PostgreSQL", retry_after=RETRY_AFTER) from error
