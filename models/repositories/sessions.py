"""Signed-in sessions: opened at login, looked up at every request by the hash of their token, ended at will."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import NotFound
from ..ids import new_id
from ..payloads.accounts import Identity
from ..secrets import hashed
from ..tables import Account, Session, User
from .users import identity_of

TOUCH_AFTER = timedelta(minutes=5)
"""``last_seen_at`` is written at most this often."""


class Sessions:
    """Verbs of sessions inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def open(
        self, user_id: str, token: str, lifetime: int, user_agent: str | None, address: str | None
    ) -> Session:
        """A session of ``lifetime`` seconds for whoever holds ``token``."""
        opened = Session(
            id=new_id("session"),
            user_id=user_id,
            token_hash=hashed(token),
            user_agent=user_agent[:500] if user_agent else None,
            address=address,
            expires_at=datetime.now(UTC) + timedelta(seconds=lifetime),
        )
        self.session.add(opened)
        await self.session.flush()
        return opened

    async def identify(self, token: str) -> Identity | None:
        """Whose session this is; None for an unknown, ended or expired one and for a disabled user."""
        found = await self.session.execute(
            select(Session, User, Account)
            .join(User, User.id == Session.user_id)
            .join(Account, Account.id == User.account_id)
            .where(Session.token_hash == hashed(token), Session.expires_at > func.now())
            .where(User.disabled_at.is_(None), User.deleted_at.is_(None))
        )
        row = found.one_or_none()
        if row is None:
            return None
        session, user, account = row
        if session.last_seen_at < datetime.now(UTC) - TOUCH_AFTER:
            await self.session.execute(update(Session).where(Session.id == session.id).values(last_seen_at=func.now()))
        return identity_of(user, account, session_id=session.id)

    async def of_user(self, user_id: str) -> list[Session]:
        """Live sessions, the newest first."""
        rows = await self.session.execute(
            select(Session)
            .where(Session.user_id == user_id, Session.expires_at > func.now())
            .order_by(Session.id.desc())
        )
        return list(rows.scalars())

    async def end(self, user_id: str, session_id: str) -> None:
        """End one of the user's own sessions; raises ``NotFound`` for any other."""
        ended = await self.session.execute(
            delete(Session).where(Session.id == session_id, Session.user_id == user_id).returning(Session.id)
        )
        if ended.scalar() is None:
            raise NotFound(what="session")

    async def end_token(self, token: str) -> None:
        """End the session of this token, if there is one: a login replaces what the browser held before."""
        await self.session.execute(delete(Session).where(Session.token_hash == hashed(token)))

    async def end_all(self, user_id: str, but: str | None = None) -> int:
        """End every session of the user, but one that may be kept; returns how many."""
        ending = delete(Session).where(Session.user_id == user_id).returning(Session.id)
        if but is not None:
            ending = ending.where(Session.id != but)
        return len((await self.session.execute(ending)).all())

    async def purge(self) -> int:
        """Delete what has expired; returns how many."""
        gone = await self.session.execute(delete(Session).where(Session.expires_at <= func.now()).returning(Session.id))
        return len(gone.all())
