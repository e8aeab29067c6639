"""Subscriptions of the stand-in: they begin, renew, fail to be paid, change their price, pause and end."""

from collections.abc import Sequence
from datetime import UTC, datetime

from models.months import month_of, months_after

from . import objects, objects_paid
from .amounts import for_part
from .cards import GOOD, decline_of, declined
from .desk import Desk
from .forms import Refused
from .objects import Object
from .offers import Applied, Offers

OPEN = ("trialing", "active", "past_due", "incomplete")
MONTHS = {"month": 1, "year": 12}


class Cycles:
    """What happens to subscriptions, now and as time passes."""

    def __init__(self, desk: Desk, offers: Offers) -> None:
        self.desk = desk
        self.offers = offers

    def begin(
        self,
        customer: Object,
        priced: Object,
        metadata: Object,
        trial_days: int,
        method: str,
        applied: Sequence[Applied] = (),
        taxed: bool = False,
    ) -> Object:
        """A subscription whose first invoice is charged; raises ``Refused`` (402) where the card is declined."""
        now = self.desk.now()
        trial_end = now + trial_days * 86_400 if trial_days else None
        end = trial_end or _next(now, now, priced["recurring"]["interval"])
        amount = 0 if trial_end else priced["unit_amount"]
        why = decline_of(method, present=True)
        if why is not None and (amount or not why.left):
            tried = self.desk.decline(amount, priced["currency"], customer["id"], ["card"], metadata, why)
            raise declined(tried["last_payment_error"], tried)
        given = {"customer": customer["id"], "metadata": metadata}
        made = objects.subscription(given, priced, now, end, trial_end, now)
        made["default_payment_method"] = method
        made["automatic_tax"] |= {"enabled": taxed, "liability": {"type": "self"} if taxed else None}
        made["discounts"] = [self.offers.discount(each, customer["id"], made["id"]) for each in applied]
        self.desk.keep_card(customer, method)
        customer["invoice_settings"]["default_payment_method"] = method
        self.desk.store.put(customer)
        self.desk.store.put(made)
        self.desk.tell("customer.subscription.created", made)
        self._bill(made, "subscription_create", [(amount, False)], now, end, present=True)
        return made

    def change_price(self, made: Object, priced: Object, at_once: bool) -> Object:
        """Another price; ``at_once`` charges the difference for what is left of the period, else nothing now. Raises
        ``Refused`` (402) where the card is declined: nothing is changed then."""
        item = made["items"]["data"][0]
        now, start, end = self.desk.now(), item["current_period_start"], item["current_period_end"]
        before, currency = item["price"], made["currency"]
        made["items"]["data"][0] = {**objects.item(made["id"], priced, start, end, now), "id": item["id"]}
        if at_once and made["status"] != "trialing":
            prices, left, whole = (before["unit_amount"], priced["unit_amount"]), end - now, end - start
            unused, wanted = (for_part(each, currency, left, whole) for each in prices)
            tried = self._bill(made, "subscription_update", [(-unused, True), (wanted, True)], now, end)
            if tried is not None:
                raise declined(tried["last_payment_error"])
        return self._changed(made)

    def set_end(self, made: Object, at_end: bool) -> Object:
        """Whether it ends with its period."""
        made["cancel_at_period_end"] = at_end
        made["cancel_at"] = _end(made) if at_end else None
        made["canceled_at"] = self.desk.now() if at_end else None
        return self._changed(made)

    def pause(self, made: Object, behavior: str | None) -> Object:
        """Collect nothing for a while."""
        made["pause_collection"] = {"behavior": behavior, "resumes_at": None} if behavior else None
        return self._changed(made)

    def cancel(self, made: Object) -> Object:
        """End it now."""
        if made["status"] == "canceled":
            raise Refused(f"No such subscription: '{made['id']}'", status=404, code="resource_missing", param="id")
        made |= {"status": "canceled", "ended_at": self.desk.now(), "canceled_at": self.desk.now()}
        self.desk.store.put(made)
        for invoice in self._unpaid(made):
            self.desk.void(invoice)
        self.desk.tell("customer.subscription.deleted", made)
        return made

    def pay(self, invoice: Object, method: str, present: bool = False) -> Object | None:
        """Pay an open invoice, whose subscription is in order then; the payment that was tried if it is declined."""
        tried = self.desk.pay(invoice, method, present)
        owner = _owner(invoice)
        if tried is None and owner:
            made = self.desk.found(owner, "subscription")
            if made["status"] in ("past_due", "incomplete") and not self._unpaid(made):
                made["status"] = "active"
                self._changed(made)
        return tried

    def set_method(self, customer: Object, method: str) -> None:
        """Another card for all that renews; raises ``Refused`` (402) for one that cannot be left."""
        self.desk.keep_card(customer, method)
        customer["invoice_settings"]["default_payment_method"] = method
        self.desk.store.put(customer)
        for made in self._open():
            if made["customer"] == customer["id"]:
                made["default_payment_method"] = method
                self._changed(made)

    def next_due(self) -> int | None:
        """When something happens next by itself."""
        times = [_end(made) for made in self._open()]
        times += [invoice["next_payment_attempt"] for invoice in self._retried()]
        return min(times, default=None)

    def pass_time(self) -> None:
        """Do what is due by now: renewals, ends, further attempts."""
        now = self.desk.now()
        for made in self._open():
            if _end(made) <= now:
                self._renew(made)
        for invoice in self._retried():
            if invoice["next_payment_attempt"] <= now:
                made = self.desk.found(_owner(invoice), "subscription")
                self.pay(invoice, made["default_payment_method"] or GOOD)

    def _renew(self, made: Object) -> None:
        if made["cancel_at_period_end"]:
            self.cancel(made)
            return
        item = made["items"]["data"][0]
        start = item["current_period_end"]
        interval = item["price"]["recurring"]["interval"]
        end = _next(made["billing_cycle_anchor"], start, interval)
        item["current_period_start"], item["current_period_end"] = start, end
        if made["status"] == "trialing":
            made["status"] = "active"
        self._bill(made, "subscription_cycle", [(item["price"]["unit_amount"], False)], start, end)

    def _bill(
        self, made: Object, reason: str, lines: list[tuple[int, bool]], start: int, end: int, present: bool = False
    ) -> Object | None:
        """An invoice of ``lines``, each an amount and whether it is a difference; the payment that was tried if it is
        declined."""
        customer = self.desk.found(made["customer"], "customer")
        invoice = objects_paid.invoice(customer, made["currency"], reason, self.desk.now())
        details = {"metadata": made["metadata"], "subscription": made["id"]}
        invoice["parent"] = {
            "type": "subscription_details", "quote_details": None, "subscription_details": details
        }  # fmt: skip
        invoice["discounts"] = [each for each in made["discounts"] if self._counts(each, start, reason)]
        if made["automatic_tax"]["enabled"]:
            self.desk.tax_automatically(invoice)
        behavior = made["items"]["data"][0]["price"]["tax_behavior"]
        for amount, proration in lines:
            line = objects_paid.renewal(invoice["id"], made, amount, start, end, proration)
            self.desk.add_line(invoice, line, behavior)
        self._use_up(made, invoice)
        made["latest_invoice"] = invoice["id"]
        self.desk.store.put(made)
        self.desk.finalize(invoice)
        tried = None
        if made["pause_collection"]:
            self.desk.void(invoice)
        else:
            tried = self.desk.pay(invoice, made["default_payment_method"] or GOOD, present)
            trying = made["status"] == "trialing"
            made["status"] = "past_due" if tried is not None else "trialing" if trying else "active"
        self._changed(made)
        return tried

    def _counts(self, discount_id: str, start: int, reason: str) -> bool:
        """Whether a discount counts for a period that begins at ``start``; a fixed sum is off no difference."""
        made = self.desk.found(discount_id, "discount")
        coupon = self.desk.found(made["source"]["coupon"], "coupon")
        fixed = coupon["amount_off"] is not None
        return (made["end"] is None or start < made["end"]) and not (fixed and reason == "subscription_update")

    def _use_up(self, made: Object, invoice: Object) -> None:
        """Drop the discounts that are for one charge once they were taken off one, and those whose time is over."""
        used = {each["discount"] for each in invoice["total_discount_amounts"] if each["amount"]}
        for each in list(made["discounts"]):
            known = self.desk.found(each, "discount")
            once = self.desk.found(known["source"]["coupon"], "coupon")["duration"] == "once"
            if (once and each in used) or (known["end"] is not None and self.desk.now() >= known["end"]):
                made["discounts"].remove(each)

    def _changed(self, made: Object) -> Object:
        self.desk.store.put(made)
        self.desk.tell("customer.subscription.updated", made)
        return made

    def _open(self) -> list[Object]:
        return [each for each in self.desk.store.all("subscription") if each["status"] in OPEN]

    def _unpaid(self, made: Object) -> list[Object]:
        invoices = self.desk.store.all("invoice")
        return [each for each in invoices if each["status"] == "open" and _owner(each) == made["id"]]

    def _retried(self) -> list[Object]:
        return [each for each in self.desk.store.all("invoice") if each["next_payment_attempt"] and _owner(each)]


def _owner(invoice: Object) -> str | None:
    parent = invoice["parent"]
    return parent["subscription_details"]["subscription"] if parent else None


def _end(made: Object) -> int:
    return int(made["items"]["data"][0]["current_period_end"])


def _next(anchor: int, start: int, interval: str) -> int:
    """The end of the period that begins at ``start``, on the day of the month of ``anchor``."""
    first, begun = datetime.fromtimestamp(anchor, UTC), datetime.fromtimestamp(start, UTC)
    if interval == "month":
        return int(month_of(first, begun)[1].timestamp())
    years = begun.year - first.year + 1
    return int(months_after(first, 12 * years).timestamp())
