"""Checkouts of the stand-in: what is bought, at which price, and what follows once somebody has paid."""

from typing import Any

from . import objects, taxes
from .amounts import Sum, reckon
from .cards import decline_of, declined
from .cycles import Cycles
from .desk import Desk
from .forms import Refused, address, hash_of, number, truth, wanted
from .objects import Object
from .offers import Applied, Offers

METHODS = ("card", "alipay", "wechat_pay")


class Till:
    """Hosted checkouts by card, Alipay and WeChat Pay."""

    def __init__(self, desk: Desk, cycles: Cycles, offers: Offers) -> None:
        self.desk = desk
        self.cycles = cycles
        self.offers = offers

    def price(self, given: Object) -> Object:
        """A price with its product; a lookup key goes over to it from older ones."""
        now, store = self.desk.now(), self.desk.store
        amount, interval = number(given, "unit_amount"), hash_of(given, "recurring").get("interval")
        wanted(given, "currency")
        if interval not in (None, "month", "year"):
            raise Refused("Invalid recurring[interval]", param="recurring[interval]")
        if given.get("tax_behavior", "unspecified") not in ("unspecified", "inclusive", "exclusive"):
            raise Refused("Invalid tax_behavior", param="tax_behavior")
        key = given.get("lookup_key")
        for each in store.all("price"):
            if key and each["lookup_key"] == key:
                if not truth(given.get("transfer_lookup_key", "")):
                    raise Refused(f"A price ({each['id']}) already uses that lookup key.", param="lookup_key")
                each["lookup_key"] = None
                store.put(each)
        product = given.get("product") or self._product(hash_of(given, "product_data"))
        return store.put(objects.price(given, product, amount, interval, now))

    def open(self, given: Object) -> Object:
        """A checkout session; raises ``Refused``."""
        if given.get("mode") not in ("payment", "subscription"):
            raise Refused("Invalid mode: must be one of payment or subscription", param="mode")
        address(given, "success_url", required=True)
        address(given, "cancel_url")
        customer = self.desk.found(wanted(given, "customer"), "customer", "customer")
        if truth(given.get("allow_promotion_codes", "")) and given.get("discounts"):
            words = "You may only specify one of these parameters: allow_promotion_codes, discounts."
            raise Refused(words, param="allow_promotion_codes")
        kinds = self._methods(given)
        self._may_be_taxed(given, customer)
        priced, quantity = self._line(given)
        bought: Object = {"price": priced["id"], "quantity": quantity, "applied": []}
        bought["subscription_data"] = hash_of(given, "subscription_data")
        bought["intent_data"] = hash_of(given, "payment_intent_data")
        bought["customer_update"] = hash_of(given, "customer_update")
        made = objects.session(
            {**given, "payment_method_types": kinds}, priced["currency"], self.desk.url, self.desk.now()
        )
        made["payment_method_configuration_details"] = (
            None if given.get("payment_method_types") else {"id": "pmc_stand_in", "parent": None}
        )
        for each in given.get("discounts") or []:
            bought["applied"].append(
                self._discount(each, customer, priced["unit_amount"] * quantity, priced["currency"])
            )
        self.desk.store.put({"id": f"bought_{made['id']}", "object": "bought", **bought})
        return self._reckoned(made, bought, customer)

    def detail(self, session_id: str, code: str = "", country: str = "", kind: str = "", value: str = "") -> Object:
        """What a buyer types on the page: a promotion code, where they are, a tax id. Raises ``Refused``."""
        made, bought = self._open(session_id)
        customer = self.desk.found(made["customer"], "customer")
        if code:
            if not made["allow_promotion_codes"]:
                raise Refused("This checkout takes no promotion codes.", param="promotion_code")
            priced = self.desk.found(bought["price"], "price")
            amount = priced["unit_amount"] * bought["quantity"]
            bought["applied"] = [self.offers.typed(code, customer, amount, made["currency"])]
        if country:
            found = taxes.address_of({"address": {"country": country}})
            made["customer_details"] = objects.buyer(customer, found)
            if bought["customer_update"].get("address") == "auto":
                customer["address"] = found
                self.desk.store.put(customer)
        if value:
            if not (made["tax_id_collection"] or {}).get("enabled"):
                raise Refused("This checkout asks for no tax id.", param="tax_id")
            taxes.add_id(self.desk.store, customer, {"type": kind, "value": value}, self.desk.now())
        self.desk.store.put(bought)
        return self._reckoned(made, bought, customer)

    def pay(self, session_id: str, method: str) -> Object:
        """Somebody pays; raises ``Refused`` where the card is declined or the session is over."""
        made, bought = self._open(session_id)
        customer = self.desk.found(made["customer"], "customer")
        if made["automatic_tax"]["status"] == "requires_location_inputs":
            raise Refused(taxes.NOWHERE, code="customer_tax_location_invalid")
        applied: list[Applied] = [(coupon, code) for coupon, code in bought["applied"]]
        if made["mode"] == "subscription":
            data = bought["subscription_data"]
            trial = int(data.get("trial_period_days") or 0)
            priced, taxed = self.desk.found(bought["price"], "price"), made["automatic_tax"]["enabled"]
            begun = self.cycles.begin(customer, priced, data.get("metadata") or {}, trial, method, applied, taxed)
            made |= {"subscription": begun["id"], "invoice": begun["latest_invoice"]}
        elif made["amount_total"]:
            made["payment_intent"] = self._take(made, bought["intent_data"], customer, method)["id"]
        for each in applied:
            self.offers.redeem(each)
        known = self.desk.found(made["customer"], "customer")
        made["customer_details"] = objects.buyer(known, known["address"], taxes.ids_of(self.desk.store, known["id"]))
        made["payment_status"] = "paid" if made["amount_total"] else "no_payment_required"
        made |= {"status": "complete", "url": None}
        self.desk.store.put(made)
        self.desk.tell("checkout.session.completed", made)
        return made

    def _take(self, made: Object, data: Object, customer: Object, method: str) -> Object:
        """The payment of a checkout that is paid once; a card may be left for later with it."""
        amount, currency, kinds = made["amount_total"], made["currency"], made["payment_method_types"]
        metadata = data.get("metadata") or {}
        why = decline_of(method, present=True)
        if why is not None:
            tried = self.desk.decline(amount, currency, customer["id"], kinds, metadata, why)
            raise declined(tried["last_payment_error"], tried)
        intent = self.desk.take(amount, currency, customer["id"], kinds, metadata, method)
        if data.get("setup_future_usage") and "card" in kinds:
            self.desk.keep_card(customer, method)
            self.desk.store.put(intent | {"setup_future_usage": data["setup_future_usage"]})
        return intent

    def session(self, session_id: Any) -> Object:
        """A session, expired if its time is over."""
        made = self.desk.found(session_id, "checkout.session")
        if made["status"] == "open" and made["expires_at"] <= self.desk.now():
            return self.expire(made)
        return made

    def expire(self, made: Object) -> Object:
        """Nobody paid."""
        if made["status"] != "open":
            raise Refused("Only open sessions can be expired.")
        made |= {"status": "expired", "url": None}
        self.desk.store.put(made)
        self.desk.tell("checkout.session.expired", made)
        return made

    def _open(self, session_id: str) -> tuple[Object, Object]:
        made = self.session(session_id)
        if made["status"] != "open":
            raise Refused("This checkout is over.", code="session_expired")
        return made, self.desk.found(f"bought_{session_id}", "bought")

    def _methods(self, given: Object) -> list[str]:
        """What is named; without a name those that are turned on in the dashboard, where only cards are."""
        kinds = given.get("payment_method_types") or ["card"]
        for method in kinds:
            if method not in METHODS:
                raise Refused(f"Invalid payment_method_types: {method}", param="payment_method_types")
            options = hash_of(given, "payment_method_options").get(method) or {}
            if method == "wechat_pay" and not options.get("client"):
                name = "payment_method_options[wechat_pay][client]"
                raise Refused(f"Missing required param: {name}.", code="parameter_missing", param=name)
            if method != "card" and given["mode"] == "subscription":
                raise Refused(f"{method} cannot be used in subscription mode", param="payment_method_types")
        return list(kinds)

    def _may_be_taxed(self, given: Object, customer: Object) -> None:
        """What Stripe asks of a checkout that taxes a customer whom it knows; raises ``Refused``."""
        updates = hash_of(given, "customer_update")
        taxed = truth(hash_of(given, "automatic_tax").get("enabled", ""))
        if taxed and taxes.place_of(customer) is None and updates.get("address") != "auto":
            words = (
                "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address "
            )
            words += "to the Customer or set either `customer_update[address]` to 'auto'."
            raise Refused(words, code="customer_tax_location_invalid")
        if truth(hash_of(given, "tax_id_collection").get("enabled", "")) and updates.get("name") != "auto":
            words = (
                "Tax ID collection requires updating business name on the customer. To enable tax ID collection for "
            )
            words += "an existing customer, please set `customer_update[name]` to `auto`."
            raise Refused(words, param="tax_id_collection[enabled]")

    def _line(self, given: Object) -> tuple[Object, int]:
        lines = given.get("line_items")
        if not isinstance(lines, list) or len(lines) != 1:
            raise Refused("the stand-in sells one line item at a time", param="line_items")
        line = lines[0]
        if "price" in line:
            priced = self.desk.found(line["price"], "price", "line_items[0][price]")
        else:
            priced = self.price(hash_of(line, "price_data"))
        if (priced["recurring"] is not None) != (given["mode"] == "subscription"):
            raise Refused("You must provide one recurring price in subscription mode, and none in payment mode.",
                          param="line_items[0][price]")  # fmt: skip
        return priced, number(line, "quantity", 1)

    def _discount(self, wanted: Object, customer: Object, amount: int, currency: str) -> Applied:
        if "promotion_code" in wanted:
            known = self.desk.found(wanted["promotion_code"], "promotion_code", "discounts[0][promotion_code]")
            return self.offers.by_code(known, customer, amount, currency)
        coupon = self.desk.found(wanted.get("coupon"), "coupon", "discounts[0][coupon]")
        return self.offers.by_coupon(coupon, currency)

    def _reckoned(self, made: Object, bought: Object, customer: Object) -> Object:
        """The session with its sums as they are now: nothing is due today of what is tried first."""
        priced = self.desk.found(bought["price"], "price")
        trial = int(bought["subscription_data"].get("trial_period_days") or 0)
        amount = 0 if trial else priced["unit_amount"] * bought["quantity"]
        place = (made["customer_details"] or {}).get("address") or customer["address"]
        tax = None
        if made["automatic_tax"]["enabled"]:
            made["automatic_tax"]["status"] = "requires_location_inputs" if place is None else "complete"
            if place is not None:
                buyer = {**customer, "address": place}
                tax = taxes.tax_of(self.desk.store, buyer, priced["currency"], priced["tax_behavior"])
        coupons = [(coupon, self.desk.found(coupon, "coupon")) for coupon, _ in bought["applied"]]
        due: Sum = reckon(amount, priced["currency"], coupons, tax)
        made["discounts"] = [{"coupon": coupon, "promotion_code": code} for coupon, code in bought["applied"]]
        made |= {"amount_subtotal": amount, "amount_total": due.total}
        made["total_details"] = {"amount_discount": due.discount, "amount_shipping": 0, "amount_tax": due.tax}
        return self.desk.store.put(made)

    def _product(self, data: Object) -> str:
        return str(self.desk.store.put(objects.product(wanted(data, "name"), self.desk.now()))["id"])
