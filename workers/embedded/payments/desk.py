"""What every part of the stand-in works with: store, clock, events, invoices, and money that does not move."""

import time
from typing import Any

from . import objects_paid as paid
from . import taxes
from .amounts import add_up, fill_line, reckon
from .cards import DISPUTED, Decline, decline_of, declined, error_of
from .forms import Refused
from .objects import Object
from .store import Store

VERSION = "2026-10-28.endive"
RETRIES = (3 * 86_400, 5 * 86_400, 7 * 86_400)
"""After so many seconds an unpaid renewal is tried again."""


class Clock:
    """The time of day, which tests move on."""

    def __init__(self, fixed: int | None = None) -> None:
        self.fixed = fixed

    def now(self) -> int:
        """Seconds of the Unix epoch."""
        return int(time.time()) if self.fixed is None else self.fixed


class Desk:
    """Objects are plain dictionaries in Stripe's shapes; each change is put and told."""

    def __init__(self, store: Store, clock: Clock, url: str) -> None:
        self.store = store
        self.clock = clock
        self.url = url

    def now(self) -> int:
        return self.clock.now()

    def found(self, object_id: Any, kind: str, param: str = "id") -> Object:
        """An object by id; raises ``Refused`` as Stripe does: 404 for one of the path, 400 for a parameter."""
        known = self.store.get(str(object_id), kind)
        if known is None:
            status = 404 if param == "id" else 400
            raise Refused(f"No such {kind}: '{object_id}'", status=status, code="resource_missing", param=param)
        return known

    def tell(self, kind: str, about: Object) -> None:
        """An event, to be delivered."""
        made = self.store.put(paid.event(kind, about, VERSION, self.now()))
        self.store.queue(made["id"])

    def add_line(self, invoice: Object, line: Object, behavior: str = "unspecified") -> None:
        """One more line of a draft, less what the invoice's discounts take off it, with its tax. ``behavior``: whether
        the tax is a part of the amount."""
        currency, lines = invoice["currency"], invoice["lines"]["data"]
        coupons = [(each, self._coupon(each)) for each in invoice["discounts"]]
        used: dict[str, int] = {}
        for part in (part for each in lines for part in each["discount_amounts"]):
            used[part["discount"]] = used.get(part["discount"], 0) + part["amount"]
        tax = None
        if invoice["automatic_tax"]["status"] == "complete":
            tax = taxes.tax_of(self.store, self.found(invoice["customer"], "customer"), currency, behavior)
        fill_line(line, reckon(line["amount"], currency, coupons, tax, used))
        lines.append(line)
        invoice["lines"]["url"] = f"/v1/invoices/{invoice['id']}/lines"
        add_up(invoice)
        self.store.put(invoice)

    def tax_automatically(self, invoice: Object) -> None:
        """Have a draft's lines taxed where its customer is."""
        customer = self.found(invoice["customer"], "customer")
        known = taxes.place_of(customer) is not None
        invoice["automatic_tax"] |= {
            "enabled": True, "liability": {"type": "self"}, "provider": "stripe",
            "status": "complete" if known else "requires_location_inputs",
        }  # fmt: skip
        lines, invoice["lines"]["data"] = invoice["lines"]["data"], []
        for line in lines:
            self.add_line(invoice, line)
        self.store.put(invoice)

    def _coupon(self, discount_id: str) -> Object:
        return self.found(self.found(discount_id, "discount")["source"]["coupon"], "coupon")

    def finalize(self, invoice: Object) -> Object:
        """From a draft to an open invoice with a number and its pages."""
        if invoice["status"] != "draft":
            raise Refused("This invoice is already finalized.", code="invoice_already_finalized")
        if invoice["automatic_tax"]["status"] == "requires_location_inputs":
            raise Refused(taxes.NOWHERE, code="customer_tax_location_invalid")
        customer = self.found(invoice["customer"], "customer")
        customer["next_invoice_sequence"] += 1
        self.store.put(customer)
        invoice["status"], invoice["effective_at"] = "open", self.now()
        invoice["customer_address"], invoice["customer_name"] = customer["address"], customer["name"]
        invoice["customer_tax_ids"] = [
            {"type": each["type"], "value": each["value"]} for each in taxes.ids_of(self.store, customer["id"])
        ]
        invoice["number"] = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence'] - 1:04d}"
        invoice["hosted_invoice_url"] = f"{self.url}/invoices/{invoice['id']}"
        invoice["invoice_pdf"] = f"{self.url}/invoices/{invoice['id']}/pdf"
        invoice["status_transitions"]["finalized_at"] = self.now()
        self.store.put(invoice)
        self.tell("invoice.finalized", invoice)
        return invoice

    def pay(self, invoice: Object, method: str, present: bool = False) -> Object | None:
        """Charge an open invoice; the payment that was tried if the card is declined. ``present``: somebody is there to
        confirm it."""
        if invoice["status"] != "open":
            raise Refused("The invoice is not open.", code="invoice_not_editable")
        invoice["attempted"], invoice["attempt_count"] = True, invoice["attempt_count"] + 1
        amount = invoice["amount_due"]
        if amount:
            why = decline_of(method, present)
            if why is not None:
                return self._failed(invoice, why)
            made = self.take(amount, invoice["currency"], invoice["customer"], ["card"], invoice["metadata"], method)
            self.store.put(paid.invoice_payment(invoice, made, self.now()))
        invoice |= {"status": "paid", "amount_paid": amount, "amount_remaining": 0}
        invoice["next_payment_attempt"] = None
        invoice["status_transitions"]["paid_at"] = self.now()
        self.store.put(invoice)
        self.tell("invoice.paid", invoice)
        return None

    def _failed(self, invoice: Object, why: Decline) -> Object:
        amount, currency, customer = invoice["amount_due"], invoice["currency"], invoice["customer"]
        made = self.decline(amount, currency, customer, ["card"], invoice["metadata"], why)
        times = invoice["attempt_count"]
        again = self.now() + RETRIES[times - 1] if times <= len(RETRIES) else None
        automatic = invoice["collection_method"] == "charge_automatically"
        invoice["next_payment_attempt"] = again if automatic else None
        self.store.put(invoice)
        self.tell("invoice.payment_failed", invoice)
        return made

    def take(
        self, amount: int, currency: str, customer: str, methods: list[str], metadata: Object, method: str
    ) -> Object:
        """A payment that succeeds: an intent with its charge."""
        made = paid.intent(amount, currency, customer, methods, metadata, self.now())
        charged = self.store.put(paid.charge(made, self.now()))
        made |= {"status": "succeeded", "amount_received": amount, "latest_charge": charged["id"]}
        made["payment_method"] = method if methods == ["card"] else None
        self.store.put(made)
        self.tell("payment_intent.succeeded", made)
        if method == DISPUTED:
            self.dispute(made["id"])
        return made

    def decline(
        self, amount: int, currency: str, customer: str, methods: list[str], metadata: Object, why: Decline
    ) -> Object:
        """A payment that fails: an intent that waits for another card, with the charge that was declined."""
        made = paid.intent(amount, currency, customer, methods, metadata, self.now())
        charged = self.store.put(paid.failed_charge(made, why.code, why.reason, why.words, self.now()))
        made["latest_charge"] = charged["id"]
        made["last_payment_error"] = {"charge": charged["id"], **error_of(why)}
        self.store.put(made)
        self.tell("charge.failed", charged)
        self.tell("payment_intent.payment_failed", made)
        return made

    def keep_card(self, customer: Object, method: str) -> None:
        """A card that the customer leaves; raises ``Refused`` (402) for one that its bank refuses then already."""
        why = decline_of(method)
        if why is not None and not why.left:
            raise declined(error_of(why))
        wallet = self.wallet(customer["id"])
        if method not in wallet["cards"]:
            wallet["cards"].insert(0, method)
        self.store.put(wallet)

    def wallet(self, customer_id: str) -> Object:
        """Names of the cards that a customer has left, the newest first."""
        made, left = f"wallet_{customer_id}", self.found(customer_id, "customer", "customer")["invoice_settings"]
        usual = left["default_payment_method"]
        return self.store.get(made, "wallet") or {"id": made, "object": "wallet", "cards": [usual] if usual else []}

    def void(self, invoice: Object) -> Object:
        """An open invoice that nobody is to pay."""
        if invoice["status"] != "open":
            raise Refused("You can only void open invoices.", code="invoice_not_editable")
        invoice |= {"status": "void", "amount_remaining": 0, "next_payment_attempt": None}
        invoice["status_transitions"]["voided_at"] = self.now()
        self.store.put(invoice)
        self.tell("invoice.voided", invoice)
        return invoice

    def refund(self, intent_id: str, amount: int | None, reason: str | None) -> Object:
        """Give back a payment, or a part of it."""
        intent = self.found(intent_id, "payment_intent")
        charged = self.found(intent["latest_charge"], "charge")
        left = charged["amount"] - charged["amount_refunded"]
        back = left if amount is None else amount
        if not 0 < back <= left:
            raise Refused("Charge has already been refunded.", code="charge_already_refunded")
        charged["amount_refunded"] += back
        charged["refunded"] = charged["amount_refunded"] == charged["amount"]
        self.store.put(charged)
        made = self.store.put(paid.refund(charged, back, reason, self.now()))
        self.tell("charge.refunded", charged)
        return made

    def dispute(self, intent_id: str, reason: str = "fraudulent") -> Object:
        """The bank takes a payment back, until it has been decided who is right."""
        charged = self.found(self.found(intent_id, "payment_intent")["latest_charge"], "charge")
        charged["disputed"] = True
        self.store.put(charged)
        made = self.store.put(paid.dispute(charged, reason, self.now()))
        self.tell("charge.dispute.created", made)
        self.tell("charge.dispute.funds_withdrawn", made)
        return made

    def decide(self, dispute: Object, won: bool) -> Object:
        """The bank has decided; the charge stays disputed either way."""
        if dispute["status"] not in ("needs_response", "under_review"):
            raise Refused("This dispute is already closed.", code="dispute_already_closed")
        dispute |= {"status": "won" if won else "lost", "is_charge_refundable": False}
        self.store.put(dispute)
        if won:
            self.tell("charge.dispute.funds_reinstated", dispute)
        self.tell("charge.dispute.closed", dispute)
        return dispute
