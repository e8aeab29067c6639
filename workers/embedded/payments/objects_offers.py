"""New objects of what makes a price less or more: coupons, promotion codes, discounts, tax rates, tax ids."""

from .objects import Object, new_id


def coupon(made: str, given: Object, percent: float | None, amount: int | None, months: int | None, now: int) -> Object:
    """``given`` as it was asked for; the numbers as they were read."""
    return {
        "id": made, "object": "coupon", "amount_off": amount, "created": now, "currency": given.get("currency"),
        "duration": given.get("duration", "once"), "duration_in_months": months, "livemode": False,
        "max_redemptions": given.get("max_redemptions"), "metadata": given.get("metadata") or {},
        "name": given.get("name"), "percent_off": percent, "redeem_by": given.get("redeem_by"), "times_redeemed": 0,
        "valid": True,
    }  # fmt: skip


def promotion_code(given: Object, coupon_id: str, code: str, restrictions: Object, now: int) -> Object:
    return {
        "id": new_id("promo"), "object": "promotion_code", "active": True, "code": code, "created": now,
        "customer": given.get("customer"), "customer_account": None, "expires_at": given.get("expires_at"),
        "livemode": False, "max_redemptions": given.get("max_redemptions"), "metadata": given.get("metadata") or {},
        "promotion": {"type": "coupon", "coupon": coupon_id}, "restrictions": restrictions, "times_redeemed": 0,
    }  # fmt: skip


def discount(
    coupon_id: str, code_id: str | None, customer: str, subscription: str | None, start: int, end: int | None
) -> Object:
    return {
        "id": new_id("di"), "object": "discount", "checkout_session": None, "customer": customer,
        "customer_account": None, "end": end, "invoice": None, "invoice_item": None, "promotion_code": code_id,
        "source": {"coupon": coupon_id, "type": "coupon"}, "start": start, "subscription": subscription,
        "subscription_item": None,
    }  # fmt: skip


def tax_rate(made: str, country: str, percent: str, inclusive: bool) -> Object:
    return {
        "id": made, "object": "tax_rate", "active": False, "country": country, "created": 0, "description": None,
        "display_name": "Tax", "effective_percentage": float(percent), "flat_amount": None, "inclusive": inclusive,
        "jurisdiction": country, "jurisdiction_level": "country", "livemode": False, "metadata": {},
        "percentage": float(percent), "rate_type": "percentage", "state": None, "tax_type": "vat",
    }  # fmt: skip


def tax_id(kind: str, value: str, customer: str, now: int) -> Object:
    return {
        "id": new_id("txi"), "object": "tax_id", "country": value[:2] if kind == "eu_vat" else kind[:2].upper(),
        "created": now, "customer": customer, "customer_account": None, "livemode": False,
        "owner": {"type": "customer", "customer": customer}, "type": kind, "value": value,
        "verification": {"status": "pending", "verified_address": None, "verified_name": None},
    }  # fmt: skip
