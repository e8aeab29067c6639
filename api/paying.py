"""Paying on behalf of a caller: opening checkouts, and telling the workflows of what is paid.

A row is committed before the provider is asked, and every call there has the row's id as its key: whatever is cut off
in between is looked at by the row's workflow.
"""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from fastapi.responses import JSONResponse

from activities.billing import links
from models.errors import AlreadySubscribed, InvalidInput, MethodNotOffered, NotFound, wrong
from models.ids import new_id
from models.money import Money
from models.payloads.billing import METHODS, Method, lookup_key
from models.plans import Card, Interval, Pack, Plan, card, pack, plan
from models.repositories.allowances import Allowances
from models.repositories.billing import Billing
from models.repositories.purchases import Purchases
from models.repositories.subscriptions import Subscriptions
from models.repositories.users import Users
from models.tables import Purchase, Subscription
from temporal import ids
from workflows import entities

from .beginning import or_left_to_sweep
from .deps import InPerson, Platform
from .idempotency import Once
from .platform import Parts
from .schemas.billing import CheckoutView, NewCheckout, NewSubscription

CURRENCIES = {"zh": "CNY", "en": "USD"}
ONE_OF = wrong(
    "plan_id", "plan_id、pack_id、card_id 应且仅应有一个", "exactly one of plan_id, pack_id, card_id is wanted"
)


@dataclass(frozen=True)
class Cashier:
    """One POST that leads to a page on which something is paid."""

    parts: Platform
    caller: InPerson
    once: Once

    async def check_out(self, body: NewCheckout) -> JSONResponse:
        """A checkout of whatever is named; raises ``NotFound`` for what is not sold, ``MethodNotOffered``,
        ``AlreadySubscribed``, ``CardForEver``, ``PaymentsOff``."""
        if sum(each is not None for each in (body.plan_id, body.pack_id, body.card_id)) != 1:
            raise InvalidInput(errors=[ONE_OF])
        currency = self._currency(body.payment_method, body.currency)
        if body.plan_id is not None:
            wanted = NewSubscription(
                plan_id=body.plan_id, interval=body.interval, payment_method=body.payment_method, currency=currency
            )
            return await self.subscribe(wanted)
        offer = pack(body.pack_id) if body.pack_id is not None else card(str(body.card_id))
        return await self._buy(offer, body.payment_method, currency, body.save_card)

    async def subscribe(self, body: NewSubscription) -> JSONResponse:
        """A subscription that begins once it is paid."""
        currency, offer = self._currency(body.payment_method, body.currency), plan(body.plan_id)
        amount = offer.prices.get(body.interval, {}).get(currency)
        if amount is None:
            raise NotFound(what="price")
        replayed, customer = await self._prepared()
        if replayed is not None:
            return replayed
        row = Subscription(
            id=new_id("subscription"),
            account_id=self.caller.account_id,
            user_id=self.caller.user_id,
            plan=offer.id,
            interval=body.interval,
            currency=currency,
            method=body.payment_method,
        )
        await self._make_room(customer)
        async with self.parts.database.transaction() as session:
            await Billing(session).keep_customer(self.caller.account_id, customer)
            tried = await Subscriptions(session).had_trial(self.caller.account_id)
            row = await Subscriptions(session).open(row)
        url, session_id = await self._payable(row, offer, Money(amount=amount, currency=currency), customer, tried)
        async with self.parts.database.transaction() as session:
            await Subscriptions(session).note_checkout(row.id, url, session_id)
            answer = await self.once.answer(session, CheckoutView(id=row.id, kind="plan", url=url), 201)
        await follow(self.parts, ids.of_subscription(row.id))
        return answer

    async def _buy(self, offer: Pack | Card, method: Method, currency: str, save_card: bool) -> JSONResponse:
        money = Money(amount=offer.prices[currency], currency=currency)
        replayed, customer = await self._prepared()
        if replayed is not None:
            return replayed
        kind = "pack" if isinstance(offer, Pack) else "card"
        row = Purchase(
            id=new_id("purchase"),
            account_id=self.caller.account_id,
            user_id=self.caller.user_id,
            kind=kind,
            item=offer.id,
            amount=money.amount,
            currency=currency,
            method=method,
        )
        async with self.parts.database.transaction() as session:
            if kind == "card":
                await Allowances(session).may_buy_card(self.caller.account_id, offer.id)
            await Billing(session).keep_customer(self.caller.account_id, customer)
            row = await Purchases(session).open(row)
        title = offer.title.of(self.caller.language)
        made = await self.parts.gateway.charge(row.id, customer, title, money, method, self._back, save_card)
        async with self.parts.database.transaction() as session:
            await Purchases(session).note_checkout(row.id, made.url, made.id)
            view = CheckoutView(id=row.id, kind="pack" if kind == "pack" else "card", url=made.url)
            answer = await self.once.answer(session, view, 201)
        await follow(self.parts, ids.of_purchase(row.id))
        return answer

    async def _payable(
        self, row: Subscription, offer: Plan, money: Money, customer: str, tried: bool
    ) -> tuple[str | None, str | None]:
        """The page on which it is paid, and the id of its checkout where it has one."""
        gateway, interval = self.parts.gateway, cast(Interval, row.interval)
        if row.method != "card":
            bill = await gateway.bill(
                row.id, "0.0", customer, offer.name, money, cast(Method, row.method), links.OPENED_FOR.days, offer.id
            )
            return bill.url, None
        name = lookup_key(offer.id, interval, money.currency)
        price = await gateway.price(name, offer.name, money, interval)
        days = 0 if tried else offer.trial_days
        made = await gateway.subscribe(row.id, customer, price, days, self._back, offer.id)
        return made.url, made.id

    async def _prepared(self) -> tuple[JSONResponse | None, str]:
        """The recorded answer of a known key; else the account's id at the provider, new if it has none."""
        async with self.parts.database.transaction() as session:
            replayed = await self.once.replay(session)
            known = await Billing(session).customer_of(self.caller.account_id)
            user = await Users(session).get(self.caller.user_id)
        if replayed is not None or known is not None:
            return replayed, known or ""
        account_id = self.caller.account_id
        return None, await self.parts.gateway.customer(account_id, user.email, user.name, self.caller.language)

    async def _make_room(self, customer: str) -> None:
        """Close the checkout of a subscription that nobody has paid; raises ``AlreadySubscribed`` where one is."""
        async with self.parts.database.transaction() as session:
            current = await Subscriptions(session).current(self.caller.account_id)
        if current is None:
            return
        if current.status != "incomplete" or not await self._close(current, customer):
            await follow(self.parts, ids.of_subscription(current.id))
            raise AlreadySubscribed(subscription=current.id)

    async def _close(self, row: Subscription, customer: str) -> bool:
        """Nobody can pay it any more; False if somebody has."""
        gateway = self.parts.gateway
        if row.method == "card":
            return row.session_id is None or await gateway.expire(row.session_id)
        mine = [each for each in await gateway.invoices(customer) if each.subscription == row.id]
        for each in mine:
            if each.status == "open":
                await gateway.void_invoice(each.id)
        return all(each.status != "paid" for each in mine)

    def _currency(self, method: Method, given: str | None) -> str:
        currency = given or CURRENCIES[self.caller.language]
        if currency not in METHODS[method]:
            raise MethodNotOffered(method=method, currency=currency)
        return currency

    @property
    def _back(self) -> str:
        return f"{self.parts.settings.url}/billing"


Till = Annotated[Cashier, Depends(Cashier)]


async def follow(parts: Parts, workflow_id: str) -> None:
    """Have the row's workflow look; left to the sweep where Temporal is down."""
    await or_left_to_sweep(
        parts, "the workflow was not told", lambda client: entities.tell(client, workflow_id), workflow_id=workflow_id
    )


async def pass_on(parts: Parts, event_id: str, workflow_id: str) -> None:
    """Tell the workflow that an event is for, and note that it has heard. Raises where Temporal is down."""
    client = await parts.temporal.client()
    await parts.temporal.promptly(entities.tell(client, workflow_id))
    async with parts.database.transaction() as session:
        await Billing(session).delivered([event_id])
