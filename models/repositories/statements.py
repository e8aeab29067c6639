"""Statements of a month, read from the ledger as it is: they sum to it because they are it."""

from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import NotFound
from ..payloads.statements import Statement, StatementLine
from ..tables import Account, Entry, Job, Transfer


class Statements:
    """Reads inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def of_month(self, account_id: str, start: datetime, end: datetime, now: datetime) -> Statement:
        """Every movement from ``start`` to before ``end``. Raises ``NotFound`` for a month that the account has not
        lived to see, or ended before it was opened."""
        account = await self.session.get(Account, account_id)
        if account is None or start > now or end <= account.created_at:
            raise NotFound(what="statement")
        mine = Entry.account_id == account_id
        before = await self.session.execute(
            select(func.coalesce(func.sum(Entry.amount), 0)).where(mine, Entry.created_at < start)
        )
        rows = await self.session.execute(
            select(
                Entry.created_at.label("at"),
                Transfer.kind,
                Transfer.details["source"].astext.label("source"),
                Job.tool_id,
                Transfer.reference,
                Entry.amount,
            )
            .join(Transfer, Transfer.id == Entry.transfer_id)
            .outerjoin(Job, and_(Job.id == Transfer.reference, Transfer.kind == "job", Job.account_id == account_id))
            .where(mine, Entry.created_at >= start, Entry.created_at < end)
            .order_by(Entry.created_at, Transfer.id)
        )
        return Statement(
            account=account.name,
            start=start,
            end=end,
            complete=end <= now,
            opening=int(before.scalar_one()),
            lines=tuple(StatementLine.model_validate(row) for row in rows.mappings()),
        )
