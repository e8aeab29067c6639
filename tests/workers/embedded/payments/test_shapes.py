"""Every object of the stand-in has the fields that Stripe publishes for it, and no others: as its SDK lists them."""

from typing import Any

import httpx
import stripe

from tests.payments import Payments, ask
from workers.embedded.payments.cards import BAD
from workers.embedded.payments.forms import Refused

CLASSES: dict[str, Any] = {
    "customer": stripe.Customer, "price": stripe.Price, "product": stripe.Product,
    "checkout.session": stripe.checkout.Session, "subscription": stripe.Subscription,
    "subscription_item": stripe.SubscriptionItem, "invoice": stripe.Invoice, "line_item": stripe.InvoiceLineItem,
    "invoiceitem": stripe.InvoiceItem, "payment_intent": stripe.PaymentIntent, "charge": stripe.Charge,
    "refund": stripe.Refund, "event": stripe.Event, "billing_portal.session": stripe.billing_portal.Session,
    "coupon": stripe.Coupon, "promotion_code": stripe.PromotionCode, "discount": stripe.Discount,
    "tax_rate": stripe.TaxRate, "tax_id": stripe.TaxId, "dispute": stripe.Dispute,
    "invoice_payment": stripe.InvoicePayment, "payment_method": stripe.PaymentMethod, "plan": stripe.Plan,
}  # fmt: skip
HOME = {"success_url": "http://a.invalid", "cancel_url": "http://a.invalid"}


async def shop(http: httpx.AsyncClient, payments: Payments) -> None:
    """One of everything: a subscription that renewed, for less and with a tax; a payment that was given back, one that
    was declined and one that was disputed; an invoice by link; a portal."""
    address = {"country": "DE", "city": "Berlin"}
    customer = (await ask(http, "/v1/customers", email="lin@example.com", address=address))["id"]
    await ask(http, f"/v1/customers/{customer}/tax_ids", type="us_ein", value="12-3456789")
    coupon = (await ask(http, "/v1/coupons", percent_off="12.5", duration="forever"))["id"]
    code = await ask(http, "/v1/promotion_codes", promotion={"type": "coupon", "coupon": coupon}, code="SPRING")
    price = {"currency": "usd", "unit_amount": 6800, "product_data": {"name": "Pro"}}
    renewing = {"price_data": {**price, "recurring": {"interval": "month"}}}
    sold = {"customer": customer, **HOME, "automatic_tax": {"enabled": True}, "payment_method_types": ["card"]}
    session = await ask(http, "/v1/checkout/sessions", mode="subscription", line_items=[renewing],
                        discounts=[{"promotion_code": code["id"]}], **sold)  # fmt: skip
    payments.pay(session["id"])
    payments.advance(payments.now + 40 * 86_400)
    for at in range(2):
        once = await ask(http, "/v1/checkout/sessions", mode="payment", line_items=[{"price_data": price}], **sold)
        try:
            payments.pay(once["id"], BAD)
        except Refused:
            payments.pay(once["id"])
        intent = (await http.get(f"/v1/checkout/sessions/{once['id']}")).json()["payment_intent"]
        payments.dispute(intent) if at else payments.refund(intent)
    invoice = await ask(http, "/v1/invoices", customer=customer, currency="cny", collection_method="send_invoice",
                        days_until_due=7)  # fmt: skip
    await ask(http, "/v1/invoiceitems", customer=customer, invoice=invoice["id"], amount=100, currency="cny")
    await ask(http, f"/v1/invoices/{invoice['id']}/finalize")
    await ask(http, "/v1/billing_portal/sessions", customer=customer, return_url="http://a.invalid")


async def test_every_object_has_the_fields_of_stripes_and_no_others(
    http: httpx.AsyncClient, payments: Payments
) -> None:
    await shop(http, payments)
    customer = payments.stand_in.store.all("customer")[0]["id"]
    cards = (await http.get(f"/v1/customers/{customer}/payment_methods")).json()["data"]
    payment = (await http.get("/v1/invoices", params={"expand[]": "data.payments"})).json()["data"]
    stored = [made for kind in CLASSES for made in payments.stand_in.store.all(kind)]
    found = within([*stored, *cards, *payment])
    assert {each["object"] for each in found} == set(CLASSES)
    faults = {fault for each in found for fault in compare(each, CLASSES[each["object"]], each["object"])}
    assert not faults


def compare(made: dict[str, Any], kind: Any, name: str, deeper: bool = True) -> set[str]:
    """Names that an object has beyond those of a class, or lacks; and the hashes in it, and those in its arrays."""
    known = fields(kind)
    faults = {f"{name}.{field} is not Stripe's" for field in made.keys() - known.keys()}
    faults |= {f"{name}.{field} is missing" for field, may in known.items() if not may and field not in made}
    for field, inner in getattr(kind, "_inner_class_types", {}).items() if deeper else ():
        value = made.get(field)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                faults |= compare(each, inner, f"{name}.{field}", deeper=False)
    return faults


def within(made: Any) -> list[dict[str, Any]]:
    """The object and those in it, but for lists, which have no class of their own."""
    named = isinstance(made, dict) and isinstance(made.get("object"), str)
    found = [made] if named and made["object"] in CLASSES else []
    for each in made.values() if isinstance(made, dict) else made if isinstance(made, list) else []:
        found += within(each)
    return found


def fields(kind: Any) -> dict[str, bool]:
    """The fields of a class of the SDK, and whether an answer may lack each: those that may be null."""
    hints = {name: str(hint) for name, hint in kind.__annotations__.items() if name != "OBJECT_NAME"}
    return {name: "Optional" in hint or "None" in hint for name, hint in hints.items()}
