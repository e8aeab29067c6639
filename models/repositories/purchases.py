"""The life of a purchase's row: opened with a checkout, paid or not, perhaps given back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import NotFound
from ..tables import Account, Purchase
from .events import Events


class Purchases:
    """Verbs of purchases inside the caller's transaction. One that is not the account's own does not exist."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.events = Events(session)

    async def open(self, row: Purchase) -> Purchase:
        self.session.add(row)
        await self.session.flush()
        await self.session.refresh(row)
        return row

    async def get(self, account_id: str, purchase_id: str) -> Purchase:
        """The account's own; raises ``NotFound`` for any other."""
        return _found(await self._one(Purchase.id == purchase_id, Purchase.account_id == account_id))

    async def of_work(self, purchase_id: str) -> Purchase:
        """One by id alone, for its workflow; raises ``NotFound``."""
        return _found(await self._one(Purchase.id == purchase_id))

    async def note_checkout(self, purchase_id: str, url: str | None, session_id: str) -> None:
        """Where it is paid."""
        await self.session.execute(
            update(Purchase).where(Purchase.id == purchase_id).values(url=url, session_id=session_id)
        )

    async def lock(self, purchase_id: str) -> Purchase:
        """The row with its account locked; raises ``NotFound``."""
        locked = await self.session.execute(
            select(Purchase)
            .join(Account, Account.id == Purchase.account_id)
            .where(Purchase.id == purchase_id)
            .with_for_update(of=[Account, Purchase])
            .execution_options(populate_existing=True)
        )
        return _found(locked.scalar())

    async def move(self, row: Purchase, status: str, payment_id: str | None = None) -> None:
        """Note what became of it, and tell its account."""
        row.status, row.payment_id = status, payment_id or row.payment_id
        row.ended_at = func.coalesce(Purchase.ended_at, func.now())
        await self.session.flush()
        data = {"purchase_id": row.id, "status": status, "item": row.item}
        await self.events.record(row.account_id, f"purchase.{status}", data)

    async def of_payment(self, payment_id: str) -> Purchase | None:
        """What was paid by it."""
        return await self._one(Purchase.payment_id == payment_id)

    async def open_ids(self, older_than: timedelta, after: str = "", limit: int = 500) -> Sequence[str]:
        """Open ones in the order of their ids, for the sweep."""
        rows = await self.session.execute(
            select(Purchase.id)
            .where(Purchase.status == "open", Purchase.created_at < func.now() - older_than, Purchase.id > after)
            .order_by(Purchase.id)
            .limit(limit)
        )
        return rows.scalars().all()

    async def exists(self, purchase_id: str) -> bool:
        return await self._one(Purchase.id == purchase_id) is not None

    async def _one(self, *conditions: Any) -> Purchase | None:
        return (await self.session.execute(select(Purchase).where(*conditions))).scalar()


def _found(row: Purchase | None) -> Purchase:
    if row is None:
        raise NotFound(what="purchase")
    return row
