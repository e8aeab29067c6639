"""Tools that somebody wants to find again."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import NotFound
from ..tables import Favorite


class Favorites:
    """A person's favorites inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def list(self, user_id: str) -> list[Favorite]:
        """The latest first."""
        found = await self.session.execute(
            select(Favorite).where(Favorite.user_id == user_id).order_by(Favorite.created_at.desc(), Favorite.tool_id)
        )
        return list(found.scalars())

    async def get(self, user_id: str, tool_id: str) -> Favorite:
        """Raises ``NotFound`` if it is none."""
        found = await self.session.get(Favorite, (user_id, tool_id))
        if found is None:
            raise NotFound(what="favorite")
        return found

    async def add(self, user_id: str, tool_id: str) -> Favorite:
        """A second time changes nothing."""
        new = upsert(Favorite).values(user_id=user_id, tool_id=tool_id)
        await self.session.execute(new.on_conflict_do_nothing())
        return await self.get(user_id, tool_id)

    async def remove(self, user_id: str, tool_id: str) -> None:
        """A second time changes nothing."""
        await self.session.execute(delete(Favorite).where(Favorite.user_id == user_id, Favorite.tool_id == tool_id))
