"""Charges a card that the customer has left with the provider, while nobody is there to confirm it.

A payment carries our purchase's id; one that exists is read, never made again, however late we come back to it.
"""

from typing import Any

from models.errors import NoSavedCard
from models.money import Money
from models.payloads.billing import Session

from .charges import Fate, fate_of
from .gateway import Gateway
from .reading import SUBSCRIPTION
from .requests import once

PAID, WAITING = "succeeded", ("processing", "requires_capture")
"""States of a payment intent; in all others nobody will ever pay it, since we alone know of it."""


class SavedCards:
    """``PaymentsOff`` and ``Unavailable`` as the gateway raises them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def must_have_one(self, customer: str | None) -> None:
        """Raises ``NoSavedCard`` where there is none to be charged, or the provider knows no such customer."""
        if customer is None or await self._card(customer) is None:
            raise NoSavedCard()

    async def drawn(self, customer: str, purchase_id: str) -> Session | None:
        """The payment of this purchase as it stands, if there is one among the customer's last hundred."""
        params: Any = {"customer": customer, "limit": 100, "expand": ["data.latest_charge"]}
        async with self._gateway.asking() as ask:
            found = await ask.v1.payment_intents.list_async(params)
            known = [each.to_dict() for each in found.data]
            mine = [each for each in known if (each.get("metadata") or {}).get(SUBSCRIPTION) == purchase_id]
            return _session(mine[0], await fate_of(ask, mine[0].get("latest_charge"))) if mine else None

    async def draw(self, customer: str, purchase_id: str, title: str, money: Money) -> Session:
        """Charge the customer's card. Raises ``PaymentDeclined``, and ``NoSavedCard``."""
        card = await self._card(customer)
        if card is None:
            raise NoSavedCard()
        params: Any = {
            "amount": money.amount,
            "currency": money.currency.lower(),
            "customer": customer,
            "payment_method": card,
            "payment_method_types": ["card"],
            "off_session": True,
            "confirm": True,
            "description": title,
            "metadata": {SUBSCRIPTION: purchase_id},
            "expand": ["latest_charge"],
        }
        async with self._gateway.asking() as ask:
            made = await ask.v1.payment_intents.create_async(params, once(f"draw:{purchase_id}"))
        return _session(made.to_dict())

    async def _card(self, customer: str) -> str | None:
        """The one that renewals use, else the newest."""
        async with self._gateway.asking() as ask:
            known = await ask.v1.customers.retrieve_async(customer)
            found = await ask.v1.customers.payment_methods.list_async(customer, {"type": "card", "limit": 100})
        settings = known.to_dict().get("invoice_settings") or {}
        usual, cards = settings.get("default_payment_method"), [str(each.id) for each in found.data]
        return usual if usual in cards else next(iter(cards), None)


def _session(found: Any, fate: Fate = Fate()) -> Session:
    status = "complete" if found["status"] == PAID else "open" if found["status"] in WAITING else "expired"
    return Session(
        id=found["id"],
        url=None,
        status=status,
        paid=found["status"] == PAID,
        payment_id=found["id"],
        amount=found["amount"],
        **fate._asdict(),
    )
