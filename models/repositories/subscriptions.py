"""The life of a subscription's row: opened with a checkout, kept as the provider has it, ended once.

Lock order: the account, then its subscription, terms, grants.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import AlreadySubscribed, NotFound
from ..payloads.billing import ENDED_SUBSCRIPTION
from ..tables import Account, Subscription
from .events import Events

OPEN = Subscription.status.not_in(ENDED_SUBSCRIPTION)


class Subscriptions:
    """Verbs of subscriptions inside the caller's transaction. One that is not the account's own does not exist."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.events = Events(session)

    async def open(self, row: Subscription) -> Subscription:
        """Write a new one. Raises ``AlreadySubscribed`` where another of the account is open; one that nobody has
        paid yet makes room."""
        await self.session.execute(select(Account.id).where(Account.id == row.account_id).with_for_update())
        current = await self.current(row.account_id)
        if current is not None:
            if current.status != "incomplete":
                raise AlreadySubscribed(subscription=current.id)
            current.status, current.ended_at = "expired", func.now()
            await self.session.flush()
        self.session.add(row)
        await self.session.flush()
        await self.session.refresh(row)
        await self.tell(row)
        return row

    async def get(self, account_id: str, subscription_id: str) -> Subscription:
        """The account's own; raises ``NotFound`` for any other."""
        return _found(await self._one(Subscription.id == subscription_id, Subscription.account_id == account_id))

    async def of_work(self, subscription_id: str) -> Subscription:
        """One by id alone, for its workflow; raises ``NotFound``."""
        return _found(await self._one(Subscription.id == subscription_id))

    async def current(self, account_id: str) -> Subscription | None:
        """The one that is open, if any is."""
        return await self._one(Subscription.account_id == account_id, OPEN)

    async def latest(self, account_id: str) -> Subscription | None:
        """The open one, else the one that ended last."""
        rows = await self.session.execute(
            select(Subscription)
            .where(Subscription.account_id == account_id)
            .order_by(OPEN.desc(), Subscription.id.desc())
            .limit(1)
        )
        return rows.scalar()

    async def had_trial(self, account_id: str) -> bool:
        """Whether the account tried a plan before."""
        tried = select(Subscription.id).where(
            Subscription.account_id == account_id, Subscription.trial_end.is_not(None)
        )
        return (await self.session.execute(tried.limit(1))).scalar() is not None

    async def note_checkout(self, subscription_id: str, url: str | None, session_id: str | None) -> None:
        """Where it is paid."""
        await self.session.execute(
            update(Subscription).where(Subscription.id == subscription_id).values(url=url, session_id=session_id)
        )

    async def want(self, subscription_id: str, values: dict[str, Any]) -> None:
        """Note what its owner wants of one that is paid by link; what is open follows."""
        if values:
            await self.session.execute(
                update(Subscription).where(Subscription.id == subscription_id, OPEN).values(**values)
            )

    async def lock_as_of(self, subscription_id: str, fetched_at: datetime) -> Subscription | None:
        """The row with its account locked; None where something newer than ``fetched_at`` is known already."""
        locked = await self.session.execute(
            select(Subscription)
            .join(Account, Account.id == Subscription.account_id)
            .where(Subscription.id == subscription_id)
            .where(or_(Subscription.fetched_at.is_(None), Subscription.fetched_at <= fetched_at))
            .with_for_update(of=[Account, Subscription])
            .execution_options(populate_existing=True)
        )
        return locked.scalar()

    async def keep(self, row: Subscription, fetched_at: datetime, values: dict[str, Any]) -> bool:
        """Note what is known of it now; whether anything of that was new."""
        before = {name: getattr(row, name) for name in values}
        row.fetched_at = fetched_at
        for name, value in values.items():
            setattr(row, name, value)
        await self.session.flush()
        changed = before != values
        if changed:
            await self.tell(row)
        return changed

    async def tell(self, row: Subscription) -> None:
        """An event on the account's stream."""
        data = {
            "subscription_id": row.id,
            "status": row.status,
            "plan_id": row.plan,
            "period_end": None if row.period_end is None else row.period_end.isoformat(),
            "cancel_at_period_end": bool(row.cancel_at_period_end),
        }
        await self.events.record(row.account_id, f"subscription.{row.status}", data)

    async def open_ids(self, older_than: timedelta, after: str = "", limit: int = 500) -> Sequence[str]:
        """Open ones in the order of their ids, for whoever compares them with their workflows, or the provider."""
        rows = await self.session.execute(
            select(Subscription.id)
            .where(OPEN, Subscription.created_at < func.now() - older_than, Subscription.id > after)
            .order_by(Subscription.id)
            .limit(limit)
        )
        return rows.scalars().all()

    async def by_external_id(self, external_id: str) -> Subscription | None:
        """The one that the provider calls so."""
        return await self._one(Subscription.external_id == external_id)

    async def exists(self, subscription_id: str) -> bool:
        return await self._one(Subscription.id == subscription_id) is not None

    async def _one(self, *conditions: Any) -> Subscription | None:
        rows = await self.session.execute(
            select(Subscription).where(*conditions).execution_options(populate_existing=True)
        )
        return rows.scalar()


def _found(row: Subscription | None) -> Subscription:
    if row is None:
        raise NotFound(what="subscription")
    return row
