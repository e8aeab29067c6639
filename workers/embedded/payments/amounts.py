"""What comes off an amount and what comes on: discounts and taxes, in whole minor units, without floats.

Rounded half up, away from zero; in tens where the currency has three decimals (Stripe's documentation of currencies).
"""

from dataclasses import dataclass
from fractions import Fraction

from models.money import decimals

from .objects import Object


@dataclass(frozen=True)
class Tax:
    """``rate`` of what is taxed; ``inclusive``: a part of the amount. ``reason``: Stripe's, why it is this rate."""

    rate: Fraction
    inclusive: bool
    rate_id: str
    reason: str = "standard_rated"


@dataclass(frozen=True)
class Sum:
    """One amount with its discounts, each with the id under which it was given, and its tax."""

    amount: int
    off: tuple[tuple[str, int], ...] = ()
    tax: int = 0
    known: Tax | None = None

    @property
    def discount(self) -> int:
        return sum(amount for _, amount in self.off)

    @property
    def taxable(self) -> int:
        """Without the tax, where that is a part of it."""
        return self.amount - self.discount - (self.tax if self.known is not None and self.known.inclusive else 0)

    @property
    def total(self) -> int:
        return self.taxable + self.tax


def rounded(amount: Fraction, currency: str) -> int:
    """To a sum that can be charged in ``currency``."""
    step = 10 if decimals(currency.upper()) == 3 else 1
    sign = -1 if amount < 0 else 1
    return sign * int(abs(amount) / step + Fraction(1, 2)) * step


def discounted(coupon: Object, amount: int, currency: str, used: int = 0) -> int:
    """What a coupon takes off ``amount``, of whose fixed sum ``used`` is gone already. What is given back for a part
    of a period is less by the same percentage, since as much less was paid for it."""
    if coupon["percent_off"] is not None:
        return rounded(amount * Fraction(str(coupon["percent_off"])) / 100, currency)
    return max(0, min(amount, int(coupon["amount_off"]) - used))


def reckon(
    amount: int, currency: str, coupons: list[tuple[str, Object]], tax: Tax | None, used: dict[str, int] | None = None
) -> Sum:
    """``coupons`` in their order, each off what those before it have left; the tax of what is left then."""
    off, left = [], amount
    for key, coupon in coupons:
        less = discounted(coupon, left, currency, (used or {}).get(key, 0))
        off.append((key, less))
        left -= less
    if tax is None:
        return Sum(amount, tuple(off))
    share = tax.rate / (1 + tax.rate) if tax.inclusive else tax.rate
    return Sum(amount, tuple(off), rounded(left * share, currency), tax)


def for_part(amount: int, currency: str, part: int, whole: int) -> int:
    """The share of ``amount`` for ``part`` of ``whole`` seconds."""
    return rounded(Fraction(amount * part, whole), currency)


def fill_line(line: Object, made: Sum) -> None:
    """Write discounts and taxes into an invoice's line."""
    line["discounts"] = [key for key, _ in made.off]
    line["discount_amounts"] = [{"amount": amount, "discount": key} for key, amount in made.off]
    line["taxes"] = [] if made.known is None else [taxed(made)]


def taxed(made: Sum) -> Object:
    """A tax in the shape that invoices and their lines share."""
    assert made.known is not None
    return {
        "amount": made.tax, "tax_behavior": "inclusive" if made.known.inclusive else "exclusive",
        "tax_rate_details": {"tax_rate": made.known.rate_id}, "taxability_reason": made.known.reason,
        "taxable_amount": made.taxable, "type": "tax_rate_details",
    }  # fmt: skip


def add_up(invoice: Object) -> None:
    """The sums of an invoice from its lines."""
    lines = invoice["lines"]["data"]
    subtotal = sum(each["amount"] for each in lines)
    discounts = _merged([each for line in lines for each in line["discount_amounts"]], "discount")
    taxes = _merged_taxes([each for line in lines for each in line["taxes"]])
    less = sum(each["amount"] for each in discounts)
    inside = sum(each["amount"] for each in taxes if each["tax_behavior"] == "inclusive")
    outside = sum(each["amount"] for each in taxes if each["tax_behavior"] == "exclusive")
    total = subtotal - less + outside
    invoice |= {
        "subtotal": subtotal, "subtotal_excluding_tax": subtotal - inside, "total": total,
        "total_excluding_tax": total - inside - outside, "total_discount_amounts": discounts, "total_taxes": taxes,
        "amount_due": max(0, total), "amount_remaining": max(0, total),
    }  # fmt: skip


def _merged(parts: list[Object], key: str) -> list[Object]:
    sums: dict[str, int] = {}
    for each in parts:
        sums[each[key]] = sums.get(each[key], 0) + each["amount"]
    return [{"amount": amount, key: named} for named, amount in sums.items()]


def _merged_taxes(parts: list[Object]) -> list[Object]:
    sums: dict[str, Object] = {}
    for each in parts:
        known = sums.setdefault(each["tax_rate_details"]["tax_rate"], {**each, "amount": 0, "taxable_amount": 0})
        known["amount"] += each["amount"]
        known["taxable_amount"] += each["taxable_amount"]
    return list(sums.values())
