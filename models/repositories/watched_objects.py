"""Objects in folders that automations watch: each becomes a file once, or is refused once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from ..payloads.automations import FolderTrigger
from ..tables import Automation
from ..tables.automations import WatchedObject

Version = tuple[str, datetime]
"""An object's key below its account's folder, and when it was put there; an overwritten one is another."""


@dataclass(frozen=True)
class Watching:
    """An active automation that watches; what was put before ``since`` does not concern it."""

    automation_id: str
    account_id: str
    user_id: str | None
    since: datetime
    trigger: FolderTrigger


class WatchedObjects:
    """Verbs inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def watching(self) -> list[Watching]:
        """Every automation that watches a folder, by account."""
        found = await self.session.execute(
            select(Automation)
            .where(Automation.state == "active", Automation.deleted_at.is_(None))
            .where(Automation.trigger["type"].astext == "folder")
            .order_by(Automation.account_id, Automation.id)
        )
        return [
            Watching(row.id, row.account_id, row.user_id, row.created_at, FolderTrigger.model_validate(row.trigger))
            for row in found.scalars()
        ]

    async def unseen(self, account_id: str, versions: Iterable[Version]) -> list[Version]:
        """Those that nobody has dealt with, in their order."""
        wanted = list(versions)
        found = await self.session.execute(
            select(WatchedObject.key, WatchedObject.modified)
            .where(WatchedObject.account_id == account_id)
            .where(tuple_(WatchedObject.key, WatchedObject.modified).in_(wanted))
        )
        known = {(row.key, row.modified) for row in found.all()}
        return [each for each in wanted if each not in known]

    async def keep(self, account_id: str, version: Version, refusal: str | None = None) -> bool:
        """It is dealt with: a file is made, or ``refusal`` is the code of why not. False if somebody was faster."""
        key, modified = version
        values = {"account_id": account_id, "key": key, "modified": modified, "refusal": refusal}
        kept = await self.session.execute(
            upsert(WatchedObject).values(**values).on_conflict_do_nothing().returning(WatchedObject.key)
        )
        return kept.scalar() is not None
