"""The audit log: who did what, by which request. Rows are never changed; no secrets and no passwords in ``details``."""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ..ids import new_id
from ..tables import AuditRecord


class Audit:
    """Writes the audit log inside the caller's transaction."""

    def __init__(self, session: AsyncSession, request_id: str | None = None, address: str | None = None) -> None:
        self.session = session
        self.request_id = request_id
        self.address = address

    async def record(self, actor: str, action: str, target: str, **details: Any) -> None:
        """``actor`` and ``target`` are ids; ``action`` is ``noun.verb``."""
        await self.session.execute(
            insert(AuditRecord).values(
                id=new_id("audit"),
                actor=actor,
                action=action,
                target=target,
                details=details,
                request_id=self.request_id,
                address=self.address,
            )
        )
