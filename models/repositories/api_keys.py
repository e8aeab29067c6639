"""API keys: made once, looked up by hash at every request, revoked but kept for the record."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import NotFound
from ..ids import new_id
from ..payloads.accounts import Identity
from ..secrets import hashed
from ..tables import Account, ApiKey, User
from .users import identity_of

TOUCH_AFTER = timedelta(minutes=1)
"""``last_used_at`` is written at most this often."""


class ApiKeys:
    """Verbs of API keys inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def open(self, user_id: str, key: str, name: str, scopes: list[str], expires_at: datetime | None) -> ApiKey:
        """Keep the hash of ``key`` and a hint to know it by."""
        opened = ApiKey(
            id=new_id("api_key"),
            user_id=user_id,
            name=name,
            key_hash=hashed(key),
            hint=f"{key[:12]}…{key[-4:]}",
            scopes=sorted(scopes),
            expires_at=expires_at,
        )
        self.session.add(opened)
        await self.session.flush()
        await self.session.refresh(opened)
        return opened

    async def identify(self, key: str) -> Identity | None:
        """Whose key this is; None for an unknown, revoked or expired one and for a disabled user."""
        found = await self.session.execute(
            select(ApiKey, User, Account)
            .join(User, User.id == ApiKey.user_id)
            .join(Account, Account.id == User.account_id)
            .where(ApiKey.key_hash == hashed(key), ApiKey.revoked_at.is_(None))
            .where(or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()))
            .where(User.disabled_at.is_(None), User.deleted_at.is_(None))
        )
        row = found.one_or_none()
        if row is None:
            return None
        api_key, user, account = row
        if api_key.last_used_at is None or api_key.last_used_at < datetime.now(UTC) - TOUCH_AFTER:
            await self.session.execute(update(ApiKey).where(ApiKey.id == api_key.id).values(last_used_at=func.now()))
        return identity_of(user, account, scopes=frozenset(api_key.scopes), api_key_id=api_key.id)

    async def of_user(self, user_id: str) -> list[ApiKey]:
        """The user's keys that were not revoked, the newest first; expired ones among them."""
        rows = await self.session.execute(
            select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None)).order_by(ApiKey.id.desc())
        )
        return list(rows.scalars())

    async def revoke(self, user_id: str, key_id: str) -> None:
        """End one of the user's own keys at once; raises ``NotFound`` for any other and for a revoked one."""
        revoked = await self.session.execute(
            update(ApiKey)
            .where(ApiKey.id == key_id, ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
            .values(revoked_at=func.now())
            .returning(ApiKey.id)
        )
        if revoked.scalar() is None:
            raise NotFound(what="API key")

    async def revoke_all(self, user_id: str) -> None:
        """End every key of the user."""
        await self.session.execute(
            update(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None)).values(revoked_at=func.now())
        )
