"""Answers under the caller's own key: locked while being worked on, recorded in the transaction of the work."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import IdempotencyMismatch, InFlight
from ..tables import IdempotencyRecord

KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Replay:
    """The answer as it was committed."""

    status: int
    body: Any


class Idempotency:
    """Verbs of idempotency records inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def begin(self, account_id: str, key: str, fingerprint: str) -> Replay | None:
        """Take the key until the transaction ends; the recorded answer if the key is known.

        Raises ``InFlight`` while another transaction has it, ``IdempotencyMismatch`` if it stood for another request.
        """
        lock = func.pg_try_advisory_xact_lock(func.hashtextextended(f"{account_id}:{key}", 0))
        if not (await self.session.execute(select(lock))).scalar_one():
            raise InFlight(retry_after=1.0)
        found = await self.session.execute(
            select(IdempotencyRecord).where(
                IdempotencyRecord.account_id == account_id,
                IdempotencyRecord.key == key,
                IdempotencyRecord.created_at > func.now() - KEPT,
            )
        )
        record = found.scalar()
        if record is None:
            return None
        if record.fingerprint != fingerprint:
            raise IdempotencyMismatch()
        return Replay(record.status, record.body)

    async def record(self, account_id: str, key: str, fingerprint: str, status: int, body: Any) -> None:
        """Remember ``body`` (JSON) as the answer; replaces a record that has expired."""
        values = {"fingerprint": fingerprint, "status": status, "body": body, "created_at": func.now()}
        await self.session.execute(
            upsert(IdempotencyRecord)
            .values(account_id=account_id, key=key, **values)
            .on_conflict_do_update(index_elements=["account_id", "key"], set_=values)
        )

    async def purge(self) -> int:
        """Delete what is older than 24 hours; returns how many."""
        gone = await self.session.execute(
            delete(IdempotencyRecord)
            .where(IdempotencyRecord.created_at <= func.now() - KEPT)
            .returning(IdempotencyRecord.key)
        )
        return len(gone.all())
