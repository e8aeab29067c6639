"""Stripe's test payment methods: which pay, and which are declined with what (Stripe's documentation of testing)."""

from dataclasses import dataclass

from .forms import Refused
from .objects import Object

GOOD, BAD = "pm_card_visa", "pm_card_chargeCustomerFail"
"""One that pays, and one that can be left but is declined whenever it is charged."""
PAYING = {
    GOOD: ("visa", "4242"), "pm_card_visa_debit": ("visa", "5556"), "pm_card_mastercard": ("mastercard", "4444"),
    "pm_card_mastercard_debit": ("mastercard", "8210"), "pm_card_amex": ("amex", "8431"),
    "pm_card_discover": ("discover", "9424"), "pm_card_unionpay": ("unionpay", "0005"), "pm_card_jcb": ("jcb", "0505"),
    "pm_card_diners": ("diners", "0004"), "pm_card_createDispute": ("visa", "0259"),
}  # fmt: skip
"""Brand and last digits."""
CONFIRMED = "pm_card_authenticationRequired"
"""Can be left, and pays while somebody is there to confirm it."""
DISPUTED = "pm_card_createDispute"
"""Pays, and the bank takes the payment back at once, as fraudulent."""


@dataclass(frozen=True)
class Decline:
    """``left``: whether the card can be attached to a customer."""

    code: str
    reason: str
    words: str = "Your card was declined."
    left: bool = False


_PLAIN = Decline("card_declined", "generic_decline")
_POOR = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
_LOST = Decline("card_declined", "lost_card")
_STOLEN = Decline("card_declined", "stolen_card")
_FAST = Decline("card_declined", "card_velocity_exceeded", "Your card was declined for making repeated attempts too "
                "frequently or exceeding its amount limit.")  # fmt: skip
_FRAUD = Decline("card_declined", "fraudulent")
_ASKED = "Your card was declined. This transaction requires authentication."
DECLINED = {
    BAD: Decline("card_declined", "generic_decline", left=True),
    "pm_card_chargeDeclined": _PLAIN,
    "pm_card_visa_chargeDeclined": _PLAIN,
    "pm_card_chargeDeclinedInsufficientFunds": _POOR,
    "pm_card_visa_chargeDeclinedInsufficientFunds": _POOR,
    "pm_card_visa_chargeDeclinedLostCard": _LOST,
    "pm_card_visa_chargeDeclinedStolenCard": _STOLEN,
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": _FAST,
    "pm_card_chargeDeclinedFraudulent": _FRAUD,
    "pm_card_radarBlock": _FRAUD,
    "pm_card_chargeDeclinedExpiredCard": Decline("expired_card", "expired_card", "Your card has expired."),
    "pm_card_chargeDeclinedIncorrectCvc": Decline(
        "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."
    ),
    "pm_card_chargeDeclinedProcessingError": Decline(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    CONFIRMED: Decline("authentication_required", "authentication_required", _ASKED, left=True),
}


def decline_of(method: str, present: bool = False) -> Decline | None:
    """Why a payment by this method fails, None where it succeeds; ``present``: somebody is there to confirm it. Raises
    ``Refused`` for a method that is not known."""
    if method not in PAYING and method not in DECLINED:
        raise Refused(f"No such PaymentMethod: '{method}'", code="resource_missing", param="payment_method")
    return None if present and method == CONFIRMED else DECLINED.get(method)


def error_of(why: Decline) -> Object:
    """A decline as payment intents keep it and as it is answered."""
    return {"type": "card_error", "code": why.code, "decline_code": why.reason, "message": why.words}


def declined(error: Object, tried: Object | None = None) -> Refused:
    """As Stripe answers when a card is not charged; ``tried``: the payment intent that was, which is kept."""
    refused = Refused(error["message"], status=402, kind="card_error", code=error["code"], keeps=tried is not None)
    refused.body["error"] |= error
    if tried is not None:
        refused.body["error"] |= {"charge": tried["latest_charge"], "payment_intent": tried}
    return refused
