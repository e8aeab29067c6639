"""The bytes of an account, by digest: claimed before they are put, condemned before they are removed.

A row is ``pending`` and committed before the object is put, ``stored`` after. A purge commits ``deleting``, then locks
the row, removes the object and the row, and commits. Whoever wants the bytes meanwhile waits for that lock in
``reserve``; a row that is still ``deleting`` then is taken over, and the purge finds it changed.
"""

from datetime import timedelta

from sqlalchemy import and_, case, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import QuotaExceeded
from ..payloads.jobs import OPEN
from ..tables import Account, Blob, File, Job

NAMED = exists().where(
    File.account_id == Blob.account_id, or_(File.sha256 == Blob.sha256, File.thumbnail_sha256 == Blob.sha256)
)
LIVE = exists().where(File.account_id == Blob.account_id, File.sha256 == Blob.sha256, File.deleted_at.is_(None))
MAY_BE_WANTED = exists().where(
    Job.account_id == Blob.account_id, Job.status.in_(OPEN), Job.created_at <= Blob.claimed_at
)
IN_FLIGHT = timedelta(hours=1)
"""A claim younger than this may belong to somebody who is about to name the bytes in a file's row."""


class Blobs:
    """Verbs of blobs inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def reserve(self, account_id: str, sha256: str, size: int) -> bool:
        """Claim bytes; True if they are stored already, False if they must be put. Waits for a purge of them."""
        claim = insert(Blob).values(account_id=account_id, sha256=sha256, size=size)
        claimed = await self.session.execute(
            claim.on_conflict_do_update(
                index_elements=[Blob.account_id, Blob.sha256],
                set_={
                    "claimed_at": func.now(),
                    "status": case((Blob.status == "deleting", "pending"), else_=Blob.status),
                },
            ).returning(Blob.status)
        )
        return bool(claimed.scalar_one() == "stored")

    async def stored(self, account_id: str, sha256: str) -> bool:
        """Say that the object is there; False if the claim was purged meanwhile and must be made again."""
        found = await self.session.execute(
            update(Blob)
            .where(Blob.account_id == account_id, Blob.sha256 == sha256, Blob.status != "deleting")
            .values(status="stored", claimed_at=func.now())
            .returning(Blob.status)
        )
        return found.scalar() is not None

    async def usage(self, account_id: str) -> int:
        """Bytes that count against the quota: each digest of a live file once, and what is being uploaded right now."""
        being_uploaded = and_(~NAMED, Blob.claimed_at > func.now() - IN_FLIGHT)
        found = await self.session.execute(
            select(func.coalesce(func.sum(Blob.size), 0)).where(
                Blob.account_id == account_id, or_(LIVE, being_uploaded)
            )
        )
        return int(found.scalar_one())

    async def check_quota(self, account_id: str, sha256: str, size: int, quota: int) -> None:
        """Raise ``QuotaExceeded`` unless the bytes fit, or count already. Locks the account until the commit."""
        await self.session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
        counted = await self.session.execute(
            select(Blob.sha256).where(Blob.account_id == account_id, Blob.sha256 == sha256, LIVE)
        )
        if counted.scalar() is not None:
            return
        left = quota - await self.usage(account_id)
        if size > left:
            raise QuotaExceeded(left=max(0, left))

    async def condemn(self, limit: int) -> list[tuple[str, str]]:
        """Mark as ``deleting`` what no file names, nobody is putting and no open job may still want; with what was
        marked before, by a purge that died. Returns (account, sha256)."""
        unnamed = (
            select(Blob.account_id, Blob.sha256)
            .where(~NAMED, ~MAY_BE_WANTED, Blob.claimed_at < func.now() - IN_FLIGHT)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte()
        )
        marked = await self.session.execute(
            update(Blob)
            .where(Blob.account_id == unnamed.c.account_id, Blob.sha256 == unnamed.c.sha256)
            .values(status="deleting")
            .returning(Blob.account_id, Blob.sha256)
        )
        return [(row[0], row[1]) for row in marked.all()]

    async def condemn_stray(self, account_id: str, sha256: str) -> bool:
        """Give an object without a row one that says ``deleting``, so that nobody can claim it half-way; False if it
        has a row after all, or an account that does not exist."""
        if (await self.session.execute(select(Account.id).where(Account.id == account_id))).scalar() is None:
            return False
        made = await self.session.execute(
            insert(Blob)
            .values(account_id=account_id, sha256=sha256, size=0, status="deleting")
            .on_conflict_do_nothing()
            .returning(Blob.sha256)
        )
        return made.scalar() is not None

    async def lock_condemned(self, account_id: str, sha256: str) -> bool:
        """Lock a row that is still ``deleting`` until the caller's commit; False if somebody took it over."""
        found = await self.session.execute(
            select(Blob.sha256)
            .where(Blob.account_id == account_id, Blob.sha256 == sha256, Blob.status == "deleting")
            .with_for_update(skip_locked=True)
        )
        return found.scalar() is not None

    async def forget(self, account_id: str, sha256: str) -> None:
        """Remove the row of bytes that are gone from the store."""
        await self.session.execute(delete(Blob).where(Blob.account_id == account_id, Blob.sha256 == sha256))

    async def known(self, pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (account, sha256) have a row."""
        rows = await self.session.execute(
            select(Blob.account_id, Blob.sha256).where(tuple_(Blob.account_id, Blob.sha256).in_(pairs))
        )
        return {(row[0], row[1]) for row in rows.all()}
