"""The one door to Stripe: typed answers, errors by our names, every write under a key that makes a repeat harmless.

Amounts are minor units. Times are those of the provider. Nothing here knows our database.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pydantic_core
import stripe

from models.errors import NotFound, PaymentDeclined, PaymentsOff, Unavailable
from models.money import Money
from models.payloads.billing import Method, Paid, Session, Standing
from models.settings import Settings

from . import reading
from .charges import fate_of, fates_of
from .reading import KEEPS, KEEPS_UNTIL, PERIOD, PLAN, SUBSCRIPTION
from .requests import once, ways_back

TIMEOUT = 20
PLACED = ("supported", "not_collecting")
"""Stripe's words for a customer whose address is good enough for taxes."""
Keeps = tuple[str, datetime]


class Gateway:
    """Stripe with this installation's key; ``PaymentsOff`` without one, ``Unavailable`` while it cannot be reached."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: stripe.StripeClient | None = None

    async def customer(self, account_id: str, email: str, name: str, language: str) -> str:
        """The customer's id; the same for every call with this account."""
        params = {
            "email": email,
            "name": name,
            "preferred_locales": [language],
            "metadata": {"workshop_account": account_id},
        }
        async with self.asking() as ask:
            made = await ask.v1.customers.create_async(params, once(f"customer:{account_id}"))  # type: ignore[arg-type]
        return str(made.id)

    async def price(self, lookup: str, title: str, money: Money, interval: str) -> str:
        """The id of the price of this name, which is made if it is missing or has another amount."""
        async with self.asking() as ask:
            found = await ask.v1.prices.list_async({"lookup_keys": [lookup], "active": True})
            for each in found.data:
                if each.unit_amount == money.amount and each.currency == money.currency.lower():
                    return str(each.id)
            params: Any = {
                "lookup_key": lookup,
                "transfer_lookup_key": True,
                "currency": money.currency.lower(),
                "unit_amount": money.amount,
                "recurring": {"interval": interval},
                "product_data": {"name": title},
            }
            made = await ask.v1.prices.create_async(params, once(f"price:{lookup}:{money.amount}"))
        return str(made.id)

    async def subscribe(
        self, subscription_id: str, customer: str, price: str, trial_days: int, return_url: str, plan: str = ""
    ) -> Session:
        """A checkout of a subscription by card that renews by itself."""
        data: dict[str, Any] = {"metadata": {SUBSCRIPTION: subscription_id, PLAN: plan}}
        if trial_days:
            data["trial_period_days"] = trial_days
        params: Any = {
            "mode": "subscription",
            "customer": customer,
            "client_reference_id": subscription_id,
            "line_items": [{"price": price, "quantity": 1}],
            "payment_method_types": ["card"],
            "allow_promotion_codes": True,
            **self._taxes(),
            "subscription_data": data,
            **ways_back(return_url),
        }
        return await self._checkout(subscription_id, params)

    async def charge(
        self,
        purchase_id: str,
        customer: str,
        title: str,
        money: Money,
        method: Method,
        return_url: str,
        save_card: bool = False,
    ) -> Session:
        """A checkout of something that is paid once; ``save_card``: the card is left for what is bought by itself."""
        data: dict[str, Any] = {"metadata": {SUBSCRIPTION: purchase_id}}
        if save_card and method == "card":
            data["setup_future_usage"] = "off_session"
        item = {"currency": money.currency.lower(), "unit_amount": money.amount, "product_data": {"name": title}}
        params: Any = {
            "mode": "payment",
            "customer": customer,
            "client_reference_id": purchase_id,
            "line_items": [{"price_data": item, "quantity": 1}],
            "payment_method_types": [method],
            "payment_intent_data": data,
            **self._taxes(),
            **ways_back(return_url),
        }
        if method == "wechat_pay":
            params["payment_method_options"] = {"wechat_pay": {"client": "web"}}
        return await self._checkout(purchase_id, params)

    async def session(self, session_id: str) -> Session:
        """A checkout as it stands; raises ``NotFound``."""
        async with self.asking() as ask:
            found = await ask.v1.checkout.sessions.retrieve_async(
                session_id, {"expand": ["payment_intent.latest_charge"]}
            )
            known = found.to_dict()
            return reading.session(known, await fate_of(ask, reading.charge_of(known)))

    async def standing(self, external_id: str) -> Standing:
        """A subscription as it stands; raises ``NotFound``."""
        async with self.asking() as ask:
            return reading.standing((await ask.v1.subscriptions.retrieve_async(external_id)).to_dict())

    async def invoices(self, customer: str, external_id: str | None = None) -> list[Paid]:
        """The newest hundred of a customer, or of one subscription, and whether their money went back."""
        params: Any = {"customer": customer, "limit": 100, "expand": ["data.payments"]}
        if external_id is not None:
            params["subscription"] = external_id
        async with self.asking() as ask:
            found = await ask.v1.invoices.list_async(params)
            fates = await fates_of(ask, customer)
        return [reading.paid(each.to_dict(), fates) for each in found.data]

    async def change_price(
        self, external_id: str, price: str, at_once: bool, command_id: str, plan: str = "", keeps: Keeps | None = None
    ) -> None:
        """Another price: at once, the difference charged now; or without one, from the next period. ``keeps``: the
        better plan that was paid, and until when. Raises ``PaymentDeclined``."""
        kept = {KEEPS: "", KEEPS_UNTIL: ""}
        if keeps is not None:
            kept = {KEEPS: keeps[0], KEEPS_UNTIL: str(int(keeps[1].timestamp()))}
        async with self.asking() as ask:
            current = await ask.v1.subscriptions.retrieve_async(external_id)
            params: Any = {
                "metadata": {PLAN: plan, **kept},
                "items": [{"id": current["items"]["data"][0]["id"], "price": price}],
                "proration_behavior": "always_invoice" if at_once else "none",
                "payment_behavior": "error_if_incomplete" if at_once else "allow_incomplete",
            }
            await ask.v1.subscriptions.update_async(external_id, params, once(f"price:{command_id}"))

    async def cancel(self, external_id: str, now: bool, command_id: str, wanted: bool = True) -> None:
        """End at once, or at the end of the period (or take that back); what has ended stays ended."""
        async with self.asking() as ask:
            try:
                if now:
                    await ask.v1.subscriptions.cancel_async(external_id, {}, once(f"cancel:{command_id}"))
                else:
                    params: Any = {"cancel_at_period_end": wanted}
                    await ask.v1.subscriptions.update_async(external_id, params, once(f"cancel:{command_id}"))
            except stripe.InvalidRequestError as error:
                if error.code != "resource_missing":
                    raise

    async def pause(self, external_id: str, paused: bool, command_id: str) -> None:
        """Collect nothing for a while: invoices of that time are void."""
        params: Any = {"pause_collection": {"behavior": "void"} if paused else ""}
        async with self.asking() as ask:
            await ask.v1.subscriptions.update_async(external_id, params, once(f"pause:{command_id}"))

    async def bill(
        self,
        subscription_id: str,
        period: str,
        customer: str,
        title: str,
        money: Money,
        method: Method,
        days: int,
        plan: str = "",
    ) -> Paid:
        """An invoice by link for a period that nobody can charge by itself; the same for every call with this one."""
        key = f"bill:{subscription_id}:{period}"
        async with self.asking() as ask:
            params: Any = {
                "customer": customer,
                "collection_method": "send_invoice",
                "days_until_due": days,
                "currency": money.currency.lower(),
                "auto_advance": False,
                "pending_invoice_items_behavior": "exclude",
                "payment_settings": {"payment_method_types": [method]},
                "metadata": {SUBSCRIPTION: subscription_id, PLAN: plan, PERIOD: period},
            }
            draft = await ask.v1.invoices.create_async(params, once(key))
            if draft.status == "draft":
                await self._tax_draft(ask, str(draft.id), customer)
                item: Any = {
                    "customer": customer,
                    "invoice": draft.id,
                    "amount": money.amount,
                    "currency": money.currency.lower(),
                    "description": title,
                }
                await ask.v1.invoice_items.create_async(item, once(f"{key}:item"))
                draft = await ask.v1.invoices.finalize_invoice_async(str(draft.id), {}, once(f"{key}:final"))
        return reading.paid(draft.to_dict())

    async def void_invoice(self, invoice_id: str) -> None:
        """An open invoice that is no longer wanted."""
        async with self.asking() as ask:
            await ask.v1.invoices.void_invoice_async(invoice_id, {}, once(f"void:{invoice_id}"))

    async def portal(self, customer: str, return_url: str) -> str:
        """The link to the customer's own page."""
        async with self.asking() as ask:
            made = await ask.v1.billing_portal.sessions.create_async({"customer": customer, "return_url": return_url})
        return str(made.url)

    async def expire(self, session_id: str) -> bool:
        """Nobody may pay this checkout any more; False if it is over already."""
        async with self.asking() as ask:
            try:
                await ask.v1.checkout.sessions.expire_async(session_id)
            except stripe.InvalidRequestError:
                return False
        return True

    async def events(self, since: datetime) -> AsyncIterator[dict[str, Any]]:
        """What it has told, or should have, since then: the newest first."""
        after = ""
        while True:
            params: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
            params |= {"starting_after": after} if after else {}
            async with self.asking() as ask:
                found = await ask.v1.events.list_async(params)
            for each in found.data:
                yield pydantic_core.to_jsonable_python(each.to_dict())
                after = each.id
            if not found.has_more:
                return

    def _taxes(self) -> dict[str, Any]:
        """Of a page that asks for an address and a tax id, both of which the customer keeps."""
        if not self._settings.stripe_tax:
            return {}
        asked = {"tax_id_collection": {"enabled": True}, "customer_update": {"address": "auto", "name": "auto"}}
        return {"automatic_tax": {"enabled": True}, **asked}

    async def _tax_draft(self, ask: stripe.StripeClient, invoice_id: str, customer: str) -> None:
        """Have an invoice taxed that is still a draft, if the customer's address is known: without one it could never
        be finalized. Apart from its making, whose key would refuse other parameters once an address has come."""
        if not self._settings.stripe_tax:
            return
        known = await ask.v1.customers.retrieve_async(customer, {"expand": ["tax"]})
        placed = (known.to_dict().get("tax") or {}).get("automatic_tax") in PLACED
        if placed and (await ask.v1.invoices.retrieve_async(invoice_id)).status == "draft":
            await ask.v1.invoices.update_async(invoice_id, {"automatic_tax": {"enabled": True}})

    async def _checkout(self, key: str, params: Any) -> Session:
        async with self.asking() as ask:
            made = await ask.v1.checkout.sessions.create_async(params, once(f"checkout:{key}"))
        return reading.session(made.to_dict())

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[stripe.StripeClient]:
        """The client; what it raises inside becomes an error of ours."""
        try:
            yield self._opened()
        except stripe.CardError as error:
            raise PaymentDeclined(reason=error.user_message or error.code or "declined") from error
        except stripe.AuthenticationError as error:
            raise PaymentsOff() from error
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                raise NotFound(what="payment") from error
            raise
        except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError, stripe.IdempotencyError) as error:
            raise Unavailable(part="Stripe") from error

    def _opened(self) -> stripe.StripeClient:
        key = self._settings.stripe_secret_key
        if key is None:
            raise PaymentsOff()
        if self._client is None:
            base: Any = {"api": self._settings.stripe_api_base} if self._settings.stripe_api_base else {}
            self._client = stripe.StripeClient(
                key.get_secret_value(),
                base_addresses=base,
                max_network_retries=0,
                http_client=stripe.HTTPXClient(timeout=TIMEOUT),
            )
        return self._client
