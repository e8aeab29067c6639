"""One-time tokens: issued for a purpose, consumed once, stored by hash."""

from datetime import timedelta

from sqlalchemy import delete, func, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..ids import new_id
from ..secrets import hashed, new_token
from ..tables import Token

VERIFY_EMAIL, RESET_PASSWORD, EVENTS = "verify_email", "reset_password", "events"
LIFETIMES = {
    VERIFY_EMAIL: timedelta(days=3),
    RESET_PASSWORD: timedelta(hours=1),
    EVENTS: timedelta(seconds=60),
}


class Tokens:
    """Verbs of one-time tokens inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def issue(self, user_id: str, purpose: str) -> str:
        """A fresh token for ``purpose``, which decides how long it lives; nobody can read it again."""
        token = new_token()
        self.session.add(
            Token(
                id=new_id("token"),
                user_id=user_id,
                purpose=purpose,
                token_hash=hashed(token),
                expires_at=func.now() + LIFETIMES[purpose],
            )
        )
        await self.session.flush()
        return token

    async def consume(self, token: str, purpose: str) -> str | None:
        """Whose token it was, and it is none any more; None if it is unknown, used, expired or for something else."""
        used = await self.session.execute(
            update(Token)
            .where(Token.token_hash == hashed(token), Token.purpose == purpose)
            .where(Token.used_at.is_(None), Token.expires_at > func.now())
            .values(used_at=func.now())
            .returning(Token.user_id)
        )
        return used.scalar()

    async def cancel(self, user_id: str, purpose: str | None = None) -> None:
        """Delete the user's tokens, of one purpose or all."""
        canceling = delete(Token).where(Token.user_id == user_id)
        await self.session.execute(canceling if purpose is None else canceling.where(Token.purpose == purpose))

    async def purge(self) -> int:
        """Delete what was used or has expired; returns how many."""
        gone = await self.session.execute(
            delete(Token).where(or_(Token.used_at.is_not(None), Token.expires_at <= func.now())).returning(Token.id)
        )
        return len(gone.all())
