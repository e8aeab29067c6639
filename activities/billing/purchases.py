"""The activity of ``PurchaseWorkflow``: packs and cards are given once they are paid, and taken back with the money."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from models.errors import NoSavedCard, PaymentDeclined
from models.money import Money
from models.payloads.billing import PurchaseOrder, Session, SubscriptionNext
from models.plans import card, pack
from models.repositories.allowances import Allowances
from models.repositories.billing import Billing
from models.repositories.events import Events
from models.repositories.purchases import Purchases
from models.repositories.top_ups import TopUps
from models.repositories.withdrawals import Withdrawals
from models.session import Database
from models.tables import Purchase
from temporal.heartbeat import heartbeating

from .fetching import CHECKOUT_OPEN
from .gateway import Gateway
from .notices import PAGE
from .saved_cards import SavedCards

AGAIN = timedelta(hours=1)
"""A payment that is still under way then is looked at again after so long, if nothing is told before."""

GONE = ("refunded", "disputed")
"""States of a purchase whose money is gone."""

log = structlog.get_logger(__name__)


class PurchaseActivities:
    """``send``: starts the workflow of a mail, by its id."""

    def __init__(self, database: Database, gateway: Gateway, send: Callable[[str], Awaitable[None]]) -> None:
        self._database = database
        self._gateway = gateway
        self._cards = SavedCards(gateway)
        self._send = send

    @activity.defn(name="purchases.look")
    async def look(self, order: PurchaseOrder) -> SubscriptionNext:
        """Bring the row in step with its checkout, and what it gave with the row; may be repeated at will."""
        async with heartbeating():
            return await self._look(order)

    async def _look(self, order: PurchaseOrder) -> SubscriptionNext:
        async with self._database.transaction() as session:
            row = await Purchases(session).of_work(order.purchase_id)
        over = row.created_at + CHECKOUT_OPEN
        if row.automatic:
            found = await self._charged(row, over)
        elif row.session_id is None:
            if datetime.now(UTC) < over:
                return SubscriptionNext(next_at=over)
            found = Session(id="", url=None, status="expired", paid=False)
        else:
            found = await self._gateway.session(row.session_id)
        async with self._database.transaction() as session:
            mail_id = await self._apply(session, await Purchases(session).lock(row.id), found)
        await self._database.once(lambda session: Events(session).hint(row.account_id, row.id))
        if mail_id is not None:
            await self._send(mail_id)
        ended = found.paid or found.status == "expired"
        return SubscriptionNext(ended=ended, next_at=None if ended else max(over, datetime.now(UTC) + AGAIN))

    async def _apply(self, session: AsyncSession, row: Purchase, found: Session) -> str | None:
        """The id of a mail to be sent, if one is."""
        purchases = Purchases(session)
        mail_id = None
        if row.status == "open" and not found.paid and found.status == "expired":
            await purchases.move(row, "expired")
            in_time = datetime.now(UTC) < row.created_at + CHECKOUT_OPEN
            mail_id = await self._declined(session, row) if row.automatic and in_time else None
        if found.paid and row.status in ("open", "expired"):
            await self._give(session, row)
            await purchases.move(row, "paid", found.payment_id)
            mail_id = await self._receipt(session, row, found.amount)
            log.info("bought", purchase_id=row.id, item=row.item)
        if row.status in ("paid", *GONE):
            await self._follow(session, row, "refunded" if found.refunded else "disputed" if found.disputed else "paid")
        return mail_id

    async def _follow(self, session: AsyncSession, row: Purchase, status: str) -> None:
        """What it gave goes with the money, and comes again with it."""
        if status == row.status:
            return
        if status in GONE and row.status == "paid":
            await self._take_back(session, row)
        elif status == "paid":
            await self._give_again(session, row)
        await Purchases(session).move(row, status)
        log.info("the money of a purchase has moved", purchase_id=row.id, item=row.item, status=status)

    async def _give(self, session: AsyncSession, row: Purchase) -> None:
        allowances = Allowances(session)
        if row.kind == "pack":
            await allowances.buy_pack(row.account_id, row.item, row.id)
        else:
            await allowances.buy_card(row.account_id, row.item, row.id)

    async def _take_back(self, session: AsyncSession, row: Purchase) -> None:
        withdrawals = Withdrawals(session)
        if row.kind == "card":
            await withdrawals.end_term(f"card:{row.id}", datetime.now(UTC))
        for transfer_id in await self._grants(session, row):
            await withdrawals.take_back(row.account_id, transfer_id, "refund")

    async def _give_again(self, session: AsyncSession, row: Purchase) -> None:
        withdrawals = Withdrawals(session)
        for transfer_id in await self._grants(session, row):
            await withdrawals.give_again(row.account_id, transfer_id, "the dispute was won")
        if row.kind == "card":
            await withdrawals.resume_term(f"card:{row.id}", datetime.now(UTC))

    async def _grants(self, session: AsyncSession, row: Purchase) -> Sequence[str]:
        """Transfers by which it gave credits."""
        if row.kind == "pack":
            return [f"pack:{row.id}"]
        return await Billing(session).grants_of(row.account_id, f"period:card:{row.id}:")

    async def _charged(self, row: Purchase, over: datetime) -> Session:
        """The payment of what is bought by itself, made now if there is none; a day late nobody expects it."""
        nothing = Session(id="", url=None, status="expired", paid=False)
        async with self._database.transaction() as session:
            customer = await Billing(session).customer_of(row.account_id)
            payer = await Billing(session).payer(row.account_id, row.user_id)
        if customer is None or payer is None:
            return nothing
        made = await self._cards.drawn(customer, row.id)
        if made is not None or row.status != "open" or datetime.now(UTC) >= over:
            return made or nothing
        title, money = pack(row.item).title.of(payer.language), Money(amount=row.amount, currency=row.currency)
        try:
            return await self._cards.draw(customer, row.id, title, money)
        except (NoSavedCard, PaymentDeclined) as error:
            log.info("declined", purchase_id=row.id, reason=str(error))
            return nothing

    async def _declined(self, session: AsyncSession, row: Purchase) -> str | None:
        """Nothing more is bought by itself until the account asks anew."""
        await TopUps(session).stop(row.account_id, row.id)
        billing = Billing(session)
        payer = await billing.payer(row.account_id, row.user_id)
        if payer is None:
            return None
        amount = str(Money(amount=row.amount, currency=row.currency))
        values = {"plan": pack(row.item).title.of(payer.language), "amount": amount, "next_try": "", "path": PAGE}
        return await billing.mail_once(f"failed:{row.id}", payer, "payment_failed", values)

    async def _receipt(self, session: AsyncSession, row: Purchase, amount: int | None) -> str | None:
        billing = Billing(session)
        payer = await billing.payer(row.account_id, row.user_id)
        if payer is None:
            return None
        offer = pack(row.item) if row.kind == "pack" else card(row.item)
        values = {
            "number": row.payment_id or row.id,
            "amount": str(Money(amount=row.amount if amount is None else amount, currency=row.currency)),
            "description": offer.title.of(payer.language),
            "period": "",
            "path": PAGE,
        }
        return await billing.mail_once(f"receipt:{row.id}", payer, "receipt", values)
