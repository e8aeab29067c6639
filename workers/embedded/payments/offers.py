"""Coupons and promotion codes of the stand-in: who may use them, for how long, and how often."""

import secrets
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from models.months import months_after

from . import objects_offers as shapes
from .desk import Desk
from .forms import Refused, hash_of, number, truth, wanted
from .objects import Object

Applied = tuple[str, str | None]
"""Ids of a coupon and of the promotion code by which it came."""


class Offers:
    """What is asked for at a checkout, by its id or by what a buyer types."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def create_coupon(self, given: Object) -> Object:
        """A coupon; raises ``Refused``."""
        if ("percent_off" in given) == ("amount_off" in given):
            raise Refused("Must provide either percent_off or amount_off", param="percent_off")
        percent, amount = None, None
        if "percent_off" in given:
            try:
                share = Fraction(str(given["percent_off"]))
            except (ValueError, ZeroDivisionError):
                raise Refused("Invalid decimal", code="parameter_invalid_integer", param="percent_off") from None
            if not 0 < share <= 100:
                raise Refused("percent_off must be above 0 and at most 100", param="percent_off")
            percent = float(share)
        else:
            amount = number(given, "amount_off")
            wanted(given, "currency")
            if amount <= 0:
                raise Refused("Invalid positive integer", code="parameter_invalid_integer", param="amount_off")
        months, duration = None, given.get("duration", "once")
        if duration not in ("once", "repeating", "forever"):
            raise Refused("Invalid duration: must be one of forever, once, or repeating", param="duration")
        if duration == "repeating":
            months = number(given, "duration_in_months")
        elif "duration_in_months" in given:
            raise Refused("duration_in_months goes with duration=repeating", param="duration_in_months")
        made = str(given.get("id") or secrets.token_hex(4).upper())
        if self.desk.store.get(made) is not None:
            raise Refused("Coupon already exists.", code="resource_already_exists", param="id")
        return self.desk.store.put(
            shapes.coupon(made, _limits(given, "redeem_by"), percent, amount, months, self.desk.now())
        )

    def create_code(self, given: Object) -> Object:
        """A promotion code of a coupon; raises ``Refused``."""
        promotion = hash_of(given, "promotion")
        if promotion.get("type") != "coupon":
            raise Refused("Invalid promotion[type]: must be coupon", param="promotion[type]")
        coupon = self.desk.found(promotion.get("coupon"), "coupon", "promotion[coupon]")
        code = str(given.get("code") or secrets.token_hex(4).upper())
        if self._active(code) is not None:
            raise Refused("An active promotion code with this code already exists.", param="code")
        least = hash_of(given, "restrictions")
        restrictions = {
            "first_time_transaction": truth(least.get("first_time_transaction", "")),
            "minimum_amount": number(least, "minimum_amount") if "minimum_amount" in least else None,
            "minimum_amount_currency": least.get("minimum_amount_currency"),
        }
        return self.desk.store.put(
            shapes.promotion_code(_limits(given, "expires_at"), coupon["id"], code, restrictions, self.desk.now())
        )

    def change_code(self, made: Object, given: Object) -> Object:
        """Take it out of use, or back into it."""
        if "active" in given:
            made["active"] = truth(given["active"])
        return self.desk.store.put(made)

    def shown(self, made: Object) -> Object:
        """A coupon or code as it stands now: whether it may still be used follows from its limits."""
        if made["object"] == "coupon":
            return {**made, "valid": self._is_valid(made)}
        coupon = self.desk.found(made["promotion"]["coupon"], "coupon")
        return {**made, "active": made["active"] and self._lasts(made, "expires_at") and self._is_valid(coupon)}

    def typed(self, code: str, customer: Object, amount: int, currency: str) -> Applied:
        """What a buyer types at a checkout; raises ``Refused`` where it may not be used there."""
        known = self._active(code)
        if known is None:
            raise Refused("This code is invalid.", code="promotion_code_invalid", param="promotion_code")
        return self.by_code(known, customer, amount, currency)

    def by_code(self, known: Object, customer: Object, amount: int, currency: str) -> Applied:
        """A promotion code for this customer's purchase; raises ``Refused``."""
        if not self.shown(known)["active"] or known["customer"] not in (None, customer["id"]):
            raise Refused(
                "This promotion code can't be redeemed.", code="promotion_code_invalid", param="promotion_code"
            )
        limits = known["restrictions"]
        least = limits["minimum_amount"]
        if least is not None and (limits["minimum_amount_currency"] != currency or amount < least):
            raise Refused("This promotion code needs a larger purchase.", param="promotion_code")
        if limits["first_time_transaction"] and self._has_paid(customer["id"]):
            raise Refused("This promotion code is for a first purchase.", param="promotion_code")
        coupon_id, _ = self.by_coupon(self.desk.found(known["promotion"]["coupon"], "coupon"), currency)
        return coupon_id, known["id"]

    def by_coupon(self, coupon: Object, currency: str) -> Applied:
        """A coupon itself; raises ``Refused``."""
        if not self._is_valid(coupon):
            raise Refused(f"Coupon {coupon['id']} is used up or expired.", code="coupon_expired", param="coupon")
        if coupon["amount_off"] is not None and coupon["currency"] != currency:
            raise Refused("The coupon's currency is another one.", param="coupon")
        return coupon["id"], None

    def redeem(self, applied: Applied) -> None:
        """Count that it was used."""
        for kind, object_id in (("coupon", applied[0]), ("promotion_code", applied[1])):
            if object_id is not None:
                made = self.desk.found(object_id, kind)
                made["times_redeemed"] += 1
                self.desk.store.put(made)

    def discount(self, applied: Applied, customer: str, subscription: str | None) -> str:
        """The id of a discount of a subscription, from now on for as long as the coupon says."""
        coupon, now = self.desk.found(applied[0], "coupon"), self.desk.now()
        months = coupon["duration_in_months"]
        end = int(months_after(datetime.fromtimestamp(now, UTC), months).timestamp()) if months else None
        made = shapes.discount(applied[0], applied[1], customer, subscription, now, end)
        return str(self.desk.store.put(made)["id"])

    def _active(self, code: str) -> Object | None:
        known = [each for each in self.desk.store.all("promotion_code") if each["code"].lower() == code.strip().lower()]
        return next((each for each in known if self.shown(each)["active"]), None)

    def _is_valid(self, coupon: Object) -> bool:
        return self._lasts(coupon, "redeem_by")

    def _lasts(self, made: Object, until: str) -> bool:
        most, end = made["max_redemptions"], made[until]
        return (most is None or made["times_redeemed"] < most) and (end is None or self.desk.now() < end)

    def _has_paid(self, customer_id: str) -> bool:
        intents = self.desk.store.all("payment_intent")
        return any(each["customer"] == customer_id and each["status"] == "succeeded" for each in intents)


def _limits(given: Object, until: str) -> dict[str, Any]:
    """The same with its limits as numbers."""
    return {**given, **{name: number(given, name) for name in ("max_redemptions", until) if name in given}}
