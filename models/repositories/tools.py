"""What operators decided about tools, and the quotes that users hold."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import NotFound
from ..ids import new_id
from ..tables import Quote, ToolConfiguration

QUOTE_LIFETIME = timedelta(minutes=15)


class Tools:
    """Configurations and quotes inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def configuration(self, tool_id: str) -> ToolConfiguration | None:
        return await self.session.get(ToolConfiguration, tool_id)

    async def configurations(self) -> dict[str, ToolConfiguration]:
        rows = await self.session.execute(select(ToolConfiguration))
        return {row.tool_id: row for row in rows.scalars()}

    async def configure(self, tool_id: str, enabled: bool, price_factor: float) -> None:
        """Switch a tool on or off and set what its price is multiplied by (0 makes it free)."""
        values = {"enabled": enabled, "price_factor": price_factor}
        await self.session.execute(
            upsert(ToolConfiguration)
            .values(tool_id=tool_id, **values)
            .on_conflict_do_update(index_elements=["tool_id"], set_=values)
        )

    async def quote(
        self, account_id: str, tool_id: str, fingerprint: str, credits: int, lines: list[dict[str, Any]]
    ) -> Quote:
        """Promise ``credits`` as the ceiling of the call with this fingerprint for 15 minutes."""
        quote = Quote(
            id=new_id("quote"),
            account_id=account_id,
            tool_id=tool_id,
            fingerprint=fingerprint,
            credits=credits,
            breakdown={"lines": lines},
            expires_at=func.now() + QUOTE_LIFETIME,
        )
        self.session.add(quote)
        await self.session.flush()
        await self.session.refresh(quote)
        return quote

    async def quoted(self, account_id: str, quote_id: str, fingerprint: str) -> int:
        """The promised ceiling; raises ``NotFound`` for a quote that is not the account's, has expired, or is for
        another call."""
        found = await self.session.execute(
            select(Quote.credits).where(
                Quote.id == quote_id,
                Quote.account_id == account_id,
                Quote.fingerprint == fingerprint,
                Quote.expires_at > func.now(),
            )
        )
        credits = found.scalar()
        if credits is None:
            raise NotFound(what="quote for this call")
        return credits

    async def purge(self) -> int:
        """Delete quotes that have expired; returns how many."""
        gone = await self.session.execute(delete(Quote).where(Quote.expires_at < func.now()).returning(Quote.id))
        return len(gone.all())
