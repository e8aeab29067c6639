"""The door to PostgreSQL: one engine a process, and transactions that end before anybody is answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from .errors import Unavailable
from .settings import Settings

RETRY_AFTER = 2.0
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
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end of the block, rolled back if the block raises."""
        with _translated():
            async with self._sessions() as session, session.begin():
                yield session

    async def close(self) -> None:
        await self.engine.dispose()


class _translated:
    """Turns a lost or refused connection into ``Unavailable``; every other error passes through."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        if lost or isinstance(error, OperationalError | InterfaceError | PoolTimeout):
            raise Unavailable(part="PostgreSQL", retry_after=RETRY_AFTER) from error
