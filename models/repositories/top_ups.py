"""Credits that are bought by themselves: what an account asked for, and when a purchase of it is due."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import InvalidInput, NotFound, wrong
from ..ids import new_id
from ..plans import offers, pack
from ..tables import Account, Purchase, TopUp
from .events import Events
from .purchases import Purchases

COUNTED = ("open", "paid")
"""States of purchases that count towards what a month may cost."""


class TopUps:
    """Verbs inside the caller's transaction. Lock order: the account first."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, account_id: str) -> TopUp:
        """What the account asked for; raises ``NotFound``."""
        found = await self.session.get(TopUp, account_id, populate_existing=True)
        if found is None:
            raise NotFound(what="top-up")
        return found

    async def ask(
        self, account_id: str, user_id: str, *, pack_id: str, currency: str, below: int, most_a_month: int
    ) -> TopUp:
        """Buy this pack from now on when fewer than ``below`` credits are available; begins anew after a decline.

        Raises ``NotFound`` for what is not sold so, ``InvalidInput`` where the month's limit is less than one costs.
        """
        price = pack(pack_id).prices.get(currency)
        if price is None:
            raise NotFound(what="price")
        if price > most_a_month:
            raise InvalidInput(errors=[wrong("most_a_month", "少于一个积分包的价格", "is less than one pack costs")])
        values: dict[str, Any] = {
            "user_id": user_id,
            "pack_id": pack_id,
            "currency": currency,
            "below": below,
            "most_a_month": most_a_month,
            "stopped_at": None,
        }
        await self.session.execute(
            upsert(TopUp)
            .values(account_id=account_id, **values)
            .on_conflict_do_update(index_elements=["account_id"], set_=values)
        )
        return await self.get(account_id)

    async def forget(self, account_id: str) -> None:
        """Buy nothing by itself any more."""
        await self.session.execute(delete(TopUp).where(TopUp.account_id == account_id))

    async def stop(self, account_id: str, purchase_id: str) -> None:
        """A charge was declined: try none until the account asks anew."""
        await self.session.execute(update(TopUp).where(TopUp.account_id == account_id).values(stopped_at=func.now()))
        await Events(self.session).record(account_id, "top_up.stopped", {"purchase_id": purchase_id})

    async def spent(self, account_id: str, currency: str, now: datetime) -> int:
        """Minor units that purchases of this kind have cost in the calendar month (UTC) of ``now``."""
        return int((await self.session.execute(select(_spent(account_id, currency, now)))).scalar_one())

    async def open_due(self, now: datetime, limit: int = 500) -> Sequence[str]:
        """Open a purchase for every account that has too little left and may still spend; returns their ids."""
        rows = await self.session.execute(
            select(TopUp.account_id)
            .join(Account, Account.id == TopUp.account_id)
            .where(TopUp.stopped_at.is_(None), Account.balance - Account.held < TopUp.below, ~_waiting())
            .order_by(TopUp.account_id)
            .limit(limit)
        )
        opened = [await self._open(account_id, now) for account_id in rows.scalars().all()]
        return [each for each in opened if each is not None]

    async def _open(self, account_id: str, now: datetime) -> str | None:
        await self.session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
        rows = await self.session.execute(
            select(TopUp, _spent(TopUp.account_id, TopUp.currency, now))
            .join(Account, Account.id == TopUp.account_id)
            .where(
                TopUp.account_id == account_id,
                TopUp.stopped_at.is_(None),
                Account.balance - Account.held < TopUp.below,
                ~_waiting(),
            )
            .execution_options(populate_existing=True)
        )
        row = rows.one_or_none()
        if row is None:
            return None
        wanted, spent = row
        offer = offers().packs.get(wanted.pack_id)
        price = None if offer is None else offer.prices.get(wanted.currency)
        if price is None or spent + price > wanted.most_a_month:
            return None
        bought = Purchase(
            id=new_id("purchase"),
            account_id=account_id,
            user_id=wanted.user_id,
            kind="pack",
            item=wanted.pack_id,
            amount=price,
            currency=wanted.currency,
            method="card",
            automatic=True,
        )
        return (await Purchases(self.session).open(bought)).id


def _waiting() -> ColumnElement[bool]:
    """Whether a purchase of this kind is being charged already."""
    return (
        select(Purchase.id)
        .where(Purchase.account_id == TopUp.account_id, Purchase.automatic, Purchase.status == "open")
        .exists()
    )


def _spent(account_id: Any, currency: Any, now: datetime) -> Any:
    return (
        select(func.coalesce(func.sum(Purchase.amount), 0))
        .where(
            Purchase.account_id == account_id,
            Purchase.currency == currency,
            Purchase.automatic,
            Purchase.status.in_(COUNTED),
            Purchase.created_at >= _month(now),
        )
        .scalar_subquery()
    )


def _month(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
