"""What became of the money of a payment: a charge stays disputed even if that is won, so that its dispute is asked."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import stripe

GONE = frozenset(["needs_response", "under_review", "appeal_needs_response", "appeal_under_review", "lost"])
"""Stripe's states of a dispute in which the money is not ours; it is in all inquiries, and once one was won."""
MOST = 100


class Fate(NamedTuple):
    """``refunded``: all of it; ``disputed``: gone for now, or for good."""

    refunded: bool = False
    disputed: bool = False


async def fate_of(ask: stripe.StripeClient, charge: Any) -> Fate:
    """Of a charge as it was fetched, or of none."""
    if not isinstance(charge, Mapping):
        return Fate()
    disputed = False
    if charge["disputed"]:
        found = await ask.v1.disputes.list_async({"charge": str(charge["id"]), "limit": MOST})
        disputed = any(each.status in GONE for each in found.data)
    return Fate(bool(charge["refunded"]), disputed)


async def fates_of(ask: stripe.StripeClient, customer: str) -> dict[str, Fate]:
    """Of a customer's newest hundred charges, by their payment intents: those whose money is gone."""
    found = await ask.v1.charges.list_async({"customer": customer, "limit": MOST})
    known = [each.to_dict() for each in found.data]
    fates = {
        str(each["payment_intent"]): await fate_of(ask, each)
        for each in known
        if each["status"] == "succeeded" and (each["refunded"] or each["disputed"])
    }
    return {payment: fate for payment, fate in fates.items() if any(fate)}
