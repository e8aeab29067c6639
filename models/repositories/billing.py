"""What the payment provider is known to have: customers, invoices, and the events that it told, each kept once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import NotFound
from ..payloads.billing import Paid
from ..tables import BillingCustomer, BillingEvent, Grant, Invoice, Notice, User
from .mails import Mails


class Billing:
    """Verbs inside the caller's transaction. Every one may be repeated."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def customer_of(self, account_id: str) -> str | None:
        """The account's id at the provider."""
        known = await self.session.get(BillingCustomer, account_id)
        return None if known is None else known.customer_id

    async def keep_customer(self, account_id: str, customer_id: str) -> None:
        await self.session.execute(
            upsert(BillingCustomer)
            .values(account_id=account_id, customer_id=customer_id)
            .on_conflict_do_nothing(index_elements=["account_id"])
        )

    async def account_of(self, customer_id: str) -> str | None:
        """Whose customer it is."""
        rows = await self.session.execute(
            select(BillingCustomer.account_id).where(BillingCustomer.customer_id == customer_id)
        )
        return rows.scalar()

    async def payer(self, account_id: str, user_id: str) -> User | None:
        """To whom mails go: who opened it, else another of the account; None where all are gone."""
        rows = await self.session.execute(
            select(User)
            .where(User.account_id == account_id, User.deleted_at.is_(None))
            .order_by((User.id == user_id).desc(), User.id)
            .limit(1)
        )
        return rows.scalar()

    async def store(
        self, event_id: str, kind: str, payload: dict[str, Any], workflow_id: str | None
    ) -> BillingEvent | None:
        """Keep an event; None if it was kept before."""
        kept = await self.session.execute(
            upsert(BillingEvent)
            .values(id=event_id, type=kind, payload=payload, workflow_id=workflow_id)
            .on_conflict_do_nothing(index_elements=["id"])
            .returning(BillingEvent)
        )
        return kept.scalar()

    async def delivered(self, event_ids: Sequence[str]) -> None:
        """Whom they are for has heard of them."""
        await self.session.execute(
            update(BillingEvent).where(BillingEvent.id.in_(event_ids)).values(delivered_at=func.now())
        )

    async def undelivered(self, older_than: timedelta, limit: int = 500) -> list[tuple[str, str]]:
        """Ids of events and of the workflows that have not heard of them."""
        rows = await self.session.execute(
            select(BillingEvent.id, BillingEvent.workflow_id)
            .where(
                BillingEvent.workflow_id.is_not(None),
                BillingEvent.delivered_at.is_(None),
                BillingEvent.received_at < func.now() - older_than,
            )
            .order_by(BillingEvent.received_at)
            .limit(limit)
        )
        return [(event_id, str(workflow_id)) for event_id, workflow_id in rows]

    async def keep_invoice(self, account_id: str, subscription_id: str | None, paid: Paid) -> None:
        """An invoice as it is now; drafts are not kept."""
        if paid.status == "draft":
            return
        state = {
            "status": "refunded" if paid.refunded else "disputed" if paid.disputed else paid.status,
            "number": paid.number,
            "amount": paid.amount,
            "currency": paid.currency,
            "url": paid.url,
            "pdf_url": paid.pdf_url,
            "due_at": paid.due_at,
            "paid_at": paid.paid_at,
            "payment_id": paid.payment_id,
            "period_start": paid.period_start,
            "period_end": paid.period_end,
        }
        owner = {"account_id": account_id, "subscription_id": subscription_id, "created_at": paid.created_at}
        await self.session.execute(
            upsert(Invoice)
            .values(id=paid.id, **owner, **state)
            .on_conflict_do_update(index_elements=["id"], set_=state)
        )

    async def invoices(self, account_id: str, limit: int, before: str | None) -> list[Invoice]:
        """The account's, the newest first, after the one whose id is ``before``."""
        query = select(Invoice).where(Invoice.account_id == account_id)
        if before:
            last = await self.session.get(Invoice, before)
            if last is not None and last.account_id == account_id:
                known = (Invoice.created_at < last.created_at) | (
                    (Invoice.created_at == last.created_at) & (Invoice.id < last.id)
                )
                query = query.where(known)
        rows = await self.session.execute(query.order_by(Invoice.created_at.desc(), Invoice.id.desc()).limit(limit))
        return list(rows.scalars())

    async def invoice(self, account_id: str, invoice_id: str) -> Invoice:
        """The account's own; raises ``NotFound``."""
        found = await self.session.get(Invoice, invoice_id)
        if found is None or found.account_id != account_id:
            raise NotFound(what="invoice")
        return found

    async def subscription_of(self, payment_id: str) -> str | None:
        """The subscription of which this payment paid an invoice."""
        rows = await self.session.execute(
            select(Invoice.subscription_id).where(Invoice.payment_id == payment_id).limit(1)
        )
        return rows.scalar()

    async def grants_of(self, account_id: str, prefix: str) -> Sequence[str]:
        """Transfers by which credits were given whose ids begin so."""
        rows = await self.session.execute(
            select(Grant.transfer_id).where(Grant.account_id == account_id, Grant.transfer_id.startswith(prefix))
        )
        return [each for each in rows.scalars() if each is not None]

    async def mail_once(self, key: str, payer: User, template: str, values: dict[str, Any]) -> str | None:
        """Write the mail of this key and return its id; None if it was written before."""
        noted = await self.session.execute(
            upsert(Notice).values(id=key).on_conflict_do_nothing(index_elements=["id"]).returning(Notice.id)
        )
        if noted.scalar() is None:
            return None
        return await Mails(self.session).open(payer.email, template, payer.language, values)
