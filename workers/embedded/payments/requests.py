"""Stripe's routes, as far as the product uses them: each takes a read form and returns an object."""

from typing import Any
from urllib.parse import urlencode

from . import calls, objects, objects_paid, taxes
from .calls import PAGE, Call, call
from .cards import GOOD, declined
from .cycles import Cycles
from .desk import Desk
from .drawing import Drawing
from .forms import Refused, address, hash_of, number, truth, wanted
from .objects import Object
from .offers import Offers
from .till import Till

MOST = 100


class Routes:
    """Handlers by method and path; a part of the path in braces is given to them."""

    def __init__(self, desk: Desk, cycles: Cycles, till: Till, offers: Offers) -> None:
        self.desk = desk
        self.cycles = cycles
        self.till = till
        self.offers = offers
        self.drawing = Drawing(desk)
        self.table: list[Call] = [*self._people(), *self._offered(), *self._sold(), *self._billed(), *self._paid()]

    def _people(self) -> list[Call]:
        one = "/v1/customers/{id}"
        return [
            call("POST", "/v1/customers", self.create_customer, *calls.CUSTOMER),
            call("GET", one, lambda given, id: self.desk.found(id, "customer")),
            call("POST", one, self.update_customer, *calls.CUSTOMER),
            call("GET", f"{one}/payment_methods", self.list_cards, "type", *PAGE),
            call("POST", f"{one}/tax_ids", self.add_tax_id, "type", "value"),
            call("GET", f"{one}/tax_ids", self.list_tax_ids, *PAGE),
            call("POST", "/v1/payment_methods/{id}/attach", self.drawing.attach, "customer"),
            call("POST", "/v1/billing_portal/sessions", self.open_portal, "customer", "return_url"),
        ]

    def _offered(self) -> list[Call]:
        offers, found = self.offers, self.desk.found
        return [
            call("POST", "/v1/prices", lambda given: self.till.price(given), *calls.PRICE, "lookup_key",
                 "transfer_lookup_key"),
            call("GET", "/v1/prices", self.list_prices, "lookup_keys", "active", *PAGE),
            call("POST", "/v1/coupons", lambda given: offers.create_coupon(given), *calls.COUPON),
            call("GET", "/v1/coupons/{id}", lambda given, id: offers.shown(found(id, "coupon"))),
            call("POST", "/v1/promotion_codes", lambda given: offers.create_code(given), *calls.CODE),
            call("GET", "/v1/promotion_codes/{id}", lambda given, id: offers.shown(found(id, "promotion_code"))),
            call("POST", "/v1/promotion_codes/{id}",
                 lambda given, id: offers.change_code(found(id, "promotion_code"), given), "active"),
            call("GET", "/v1/tax_rates/{id}", lambda given, id: found(id, "tax_rate")),
        ]  # fmt: skip

    def _sold(self) -> list[Call]:
        one, session = "/v1/subscriptions/{id}", "/v1/checkout/sessions"
        return [
            call("POST", session, lambda given: self.till.open(given), *calls.SESSION),
            call("GET", f"{session}/{{id}}", lambda given, id: self.till.session(id)),
            call("POST", f"{session}/{{id}}/expire", lambda given, id: self.till.expire(self.till.session(id))),
            call("GET", one, lambda given, id: self.desk.found(id, "subscription")),
            call("POST", one, self.update_subscription, *calls.SUBSCRIPTION),
            call("DELETE", one, lambda given, id: self.cycles.cancel(self.desk.found(id, "subscription"))),
        ]

    def _billed(self) -> list[Call]:
        desk, one = self.desk, "/v1/invoices/{id}"
        return [
            call("GET", "/v1/invoices", self.list_invoices, "customer", "subscription", *PAGE),
            call("POST", "/v1/invoices", self.create_invoice, *calls.INVOICE),
            call("GET", one, lambda given, id: desk.found(id, "invoice")),
            call("POST", one, self.update_invoice, "automatic_tax.enabled", "metadata.*"),
            call("POST", f"{one}/finalize", lambda given, id: desk.finalize(desk.found(id, "invoice"))),
            call("POST", f"{one}/void", lambda given, id: desk.void(desk.found(id, "invoice"))),
            call("POST", f"{one}/pay", self.pay_invoice, "payment_method"),
            call("POST", "/v1/invoiceitems", self.create_item, "customer", "invoice", "amount", "currency",
                 "description", "tax_behavior"),
            call("GET", "/v1/events", self.list_events, "created.gte", *PAGE),
            call("GET", "/v1/events/{id}", lambda given, id: desk.found(id, "event")),
        ]  # fmt: skip

    def _paid(self) -> list[Call]:
        desk, one = self.desk, "/v1/disputes/{id}"
        return [
            call("POST", "/v1/payment_intents", self.drawing.create, *calls.INTENT),
            call("GET", "/v1/payment_intents", self.list_intents, "customer", *PAGE),
            call("GET", "/v1/charges", self.list_charges, "customer", "payment_intent", *PAGE),
            call("GET", "/v1/charges/{id}", lambda given, id: desk.found(id, "charge")),
            call("POST", "/v1/refunds", self.create_refund, "payment_intent", "amount", "reason", "metadata.*"),
            call("GET", "/v1/disputes", self.list_disputes, "charge", "payment_intent", *PAGE),
            call("GET", one, lambda given, id: desk.found(id, "dispute")),
            call("POST", one, self.answer_dispute, "evidence.uncategorized_text", "submit", "metadata.*"),
            call("POST", f"{one}/close", lambda given, id: desk.decide(desk.found(id, "dispute"), won=False)),
        ]

    def create_customer(self, given: Object) -> Object:
        made = self.desk.store.put(objects.customer(given, self.desk.now(), taxes.address_of(given)))
        self.desk.tell("customer.created", made)
        return made

    def update_customer(self, given: Object, id: str) -> Object:
        made = self.desk.found(id, "customer")
        made |= {name: given[name] for name in ("email", "name", "preferred_locales") if name in given}
        made["metadata"] |= hash_of(given, "metadata")
        if "address" in given:
            made["address"] = taxes.address_of(given)
        self.desk.tell("customer.updated", self.desk.store.put(made))
        return made

    def add_tax_id(self, given: Object, id: str) -> Object:
        return taxes.add_id(self.desk.store, self.desk.found(id, "customer"), given, self.desk.now())

    def list_tax_ids(self, given: Object, id: str) -> Object:
        return self.listed(taxes.ids_of(self.desk.store, id), given, f"/v1/customers/{id}/tax_ids")

    def list_cards(self, given: Object, id: str) -> Object:
        return self.listed(self.drawing.cards(given, id), given, f"/v1/customers/{id}/payment_methods")

    def list_intents(self, given: Object) -> Object:
        return self.listed(self.drawing.all(given), given, "/v1/payment_intents")

    def list_charges(self, given: Object) -> Object:
        return self.listed(self._matching("charge", given, "customer", "payment_intent"), given, "/v1/charges")

    def list_disputes(self, given: Object) -> Object:
        return self.listed(self._matching("dispute", given, "charge", "payment_intent"), given, "/v1/disputes")

    def _matching(self, kind: str, given: Object, *names: str) -> list[Object]:
        found = self.desk.store.all(kind)
        return [each for each in found if all(given.get(name) in (None, each[name]) for name in names)]

    def answer_dispute(self, given: Object, id: str) -> Object:
        """Evidence; as in Stripe's test mode its words decide at once."""
        made = self.desk.found(id, "dispute")
        words = hash_of(given, "evidence").get("uncategorized_text")
        if words is not None:
            made["evidence"]["uncategorized_text"] = words
            made["evidence_details"] |= {"has_evidence": True, "submission_count": 1, "submission_method": "manual"}
        made["metadata"] |= hash_of(given, "metadata")
        self.desk.store.put(made)
        if words in ("winning_evidence", "losing_evidence"):
            return self.desk.decide(made, won=words == "winning_evidence")
        return made

    def list_prices(self, given: Object) -> Object:
        keys = given.get("lookup_keys")
        found = [each for each in self.desk.store.all("price") if not keys or each["lookup_key"] in keys]
        return self.listed(found, given, "/v1/prices")

    def update_subscription(self, given: Object, id: str) -> Object:
        made = self.desk.found(id, "subscription")
        if made["status"] == "canceled":
            raise Refused("A canceled subscription can only update its cancellation_details and metadata.")
        for name, value in (given.get("metadata") or {}).items():
            made["metadata"].pop(name, None) if value == "" else made["metadata"].update({name: value})
        if "items" in given:
            item = given["items"][0]
            if item.get("id") != made["items"]["data"][0]["id"]:
                raise Refused("No such subscription item", param="items[0][id]")
            priced = self.desk.found(item.get("price"), "price", "items[0][price]")
            made = self.cycles.change_price(made, priced, given.get("proration_behavior") == "always_invoice")
        elif "metadata" in given:
            self.desk.store.put(made)
        if "cancel_at_period_end" in given:
            made = self.cycles.set_end(made, truth(given["cancel_at_period_end"]))
        if "pause_collection" in given:
            wanted = given["pause_collection"]
            made = self.cycles.pause(made, wanted["behavior"] if isinstance(wanted, dict) else None)
        return made

    def list_invoices(self, given: Object) -> Object:
        found = self.desk.store.all("invoice")
        if "customer" in given:
            found = [each for each in found if each["customer"] == given["customer"]]
        if "subscription" in given:
            found = [each for each in found if _of(each) == given["subscription"]]
        return self.listed(found, given, "/v1/invoices")

    def list_events(self, given: Object) -> Object:
        since = number(given.get("created") or {}, "gte", 0)
        found = [each for each in self.desk.store.all("event") if each["created"] >= since]
        return self.listed(found, given, "/v1/events")

    def create_invoice(self, given: Object) -> Object:
        customer, now = self.desk.found(wanted(given, "customer"), "customer", "customer"), self.desk.now()
        made = objects_paid.invoice(customer, wanted(given, "currency"), "manual", now)
        made["metadata"] = hash_of(given, "metadata")
        made["collection_method"] = given.get("collection_method", "charge_automatically")
        if made["collection_method"] == "send_invoice":
            made["due_date"] = now + 86_400 * number(given, "days_until_due")
        kinds = hash_of(given, "payment_settings").get("payment_method_types")
        made["payment_settings"]["payment_method_types"] = kinds
        for each in given.get("discounts") or []:
            coupon = self.desk.found(each.get("coupon"), "coupon", "discounts[0][coupon]")
            applied = self.offers.by_coupon(coupon, made["currency"])
            made["discounts"].append(self.offers.discount(applied, customer["id"], None))
            self.offers.redeem(applied)
        if truth(hash_of(given, "automatic_tax").get("enabled", "")):
            self.desk.tax_automatically(made)
        return self.desk.store.put(made)

    def update_invoice(self, given: Object, id: str) -> Object:
        made = self.desk.found(id, "invoice")
        made["metadata"] |= hash_of(given, "metadata")
        if "automatic_tax" in given:
            if made["status"] != "draft":
                raise Refused("Finalized invoices can't be updated in this way.", code="invoice_not_editable")
            if truth(hash_of(given, "automatic_tax").get("enabled", "")):
                self.desk.tax_automatically(made)
        return self.desk.store.put(made)

    def create_item(self, given: Object) -> Object:
        made, now = self.desk.found(wanted(given, "invoice"), "invoice", "invoice"), self.desk.now()
        if made["status"] != "draft":
            raise Refused("The invoice is not a draft.", code="invoice_not_editable")
        words, behavior = given.get("description", ""), given.get("tax_behavior", "unspecified")
        added = objects_paid.line(made["id"], number(given, "amount"), made["currency"], words, now, now)
        self.desk.add_line(made, added, behavior)
        return self.desk.store.put(
            {
                "id": objects.new_id("ii"), "object": "invoiceitem", "amount": added["amount"],
                "currency": made["currency"], "customer": made["customer"], "date": now,
                "description": added["description"], "discountable": True, "discounts": [], "invoice": made["id"],
                "livemode": False, "metadata": {}, "net_amount": added["amount"], "parent": None,
                "period": added["period"], "pricing": None, "proration": False, "quantity": 1,
                "quantity_decimal": "1", "tax_rates": [], "test_clock": None,
            }
        )  # fmt: skip

    def pay_invoice(self, given: Object, id: str) -> Object:
        made = self.desk.found(id, "invoice")
        left = self.desk.found(made["customer"], "customer")["invoice_settings"]["default_payment_method"]
        tried = self.cycles.pay(made, given.get("payment_method") or left or GOOD)
        if tried is not None:
            raise declined(tried["last_payment_error"], tried)
        return self.desk.found(id, "invoice")

    def create_refund(self, given: Object) -> Object:
        amount = number(given, "amount") if "amount" in given else None
        return self.desk.refund(wanted(given, "payment_intent"), amount, given.get("reason"))

    def open_portal(self, given: Object) -> Object:
        customer = self.desk.found(wanted(given, "customer"), "customer", "customer")
        back = address(given, "return_url")
        return self.desk.store.put(
            {
                "id": objects.new_id("bps"), "object": "billing_portal.session", "configuration": "bpc_stand_in",
                "created": self.desk.now(), "customer": customer["id"], "flow": None, "livemode": False,
                "locale": None, "on_behalf_of": None, "return_url": back,
                "url": f"{self.desk.url}/portal/{customer['id']}?{urlencode({'back': back or ''})}",
            }
        )  # fmt: skip

    def listed(self, found: list[Object], given: Object, url: str) -> Object:
        """A page of a list, the newest first."""
        limit = min(MOST, number(given, "limit", 10))
        after = given.get("starting_after")
        ids = [each["id"] for each in found]
        first = ids.index(after) + 1 if after in ids else 0
        page = found[first : first + limit]
        return {"object": "list", "data": page, "has_more": len(found) > first + limit, "url": url}


def _of(invoice: Object) -> Any:
    return invoice["parent"]["subscription_details"]["subscription"] if invoice["parent"] else None
