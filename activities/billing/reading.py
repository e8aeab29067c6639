"""Stripe's objects as our payloads. Fields as its API of the pinned SDK has them: periods lie on items and lines."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from models.payloads.billing import Paid, Session, Standing

from .charges import Fate

SUBSCRIPTION = "workshop_subscription"
"""Metadata of what we raise: which subscription or purchase of ours it is for, with which plan, for which period."""
PLAN, PERIOD = "workshop_plan", "workshop_period"
CHANGED, UPGRADE = "subscription_update", "upgrade"
"""Stripe's word for the invoice of a change within a period; ours for such a period."""
KEEPS, KEEPS_UNTIL = "workshop_keeps", "workshop_keeps_until"
"""Metadata of a subscription whose price has gone down already: the plan that it keeps, and until when (seconds)."""


def charge_of(found: Any) -> Any:
    """The charge of a checkout session that was fetched with it."""
    intent = found.get("payment_intent")
    return intent.get("latest_charge") if isinstance(intent, Mapping) else None


def session(found: Any, fate: Fate = Fate()) -> Session:
    """A checkout session; ``fate``: of its charge."""
    intent = found.get("payment_intent")
    return Session(
        id=found["id"],
        url=found.get("url"),
        status=found["status"],
        paid=found["payment_status"] in ("paid", "no_payment_required"),
        external_id=named(found.get("subscription")),
        payment_id=named(intent),
        amount=found.get("amount_total"),
        **fate._asdict(),
    )


def standing(found: Any) -> Standing:
    """A subscription. It has one item."""
    item, words = found["items"]["data"][0], found.get("metadata") or {}
    return Standing(
        external_id=found["id"],
        status=found["status"],
        lookup=item["price"].get("lookup_key") or "",
        plan=words.get(PLAN),
        start=time(found["start_date"]),
        period_start=time(item["current_period_start"]),
        period_end=time(item["current_period_end"]),
        cancel_at_period_end=found["cancel_at_period_end"],
        paused=found.get("pause_collection") is not None,
        trial_end=maybe(found.get("trial_end")),
        ended_at=maybe(found.get("ended_at")),
        keeps=words.get(KEEPS) or None,
        keeps_until=maybe(words.get(KEEPS_UNTIL)),
    )


def payment_of(found: Any) -> str | None:
    """The payment intent that paid an invoice, which was fetched with its payments."""
    payments = (found.get("payments") or {}).get("data") or []
    return next((named(each["payment"].get("payment_intent")) for each in payments if each["status"] == "paid"), None)


def paid(found: Any, fates: Mapping[str, Fate] = MappingProxyType({})) -> Paid:
    """An invoice; ``fates``: of payments whose money is gone. Its period is that of its line which is no difference;
    what we raised names its own."""
    own = found.get("metadata") or {}
    details = (found.get("parent") or {}).get("subscription_details") or {}
    words = {**(details.get("metadata") or {}), **own}
    start, end = (None, None) if SUBSCRIPTION in own else _period(found)
    payment = payment_of(found)
    return Paid(
        id=found["id"],
        number=found.get("number"),
        status=found["status"] or "draft",
        amount=found["total"],
        currency=found["currency"].upper(),
        url=found.get("hosted_invoice_url"),
        pdf_url=found.get("invoice_pdf"),
        created_at=time(found["created"]),
        due_at=maybe(found.get("due_date")),
        paid_at=maybe(found["status_transitions"].get("paid_at")),
        period=own.get(PERIOD) or (UPGRADE if found.get("billing_reason") == CHANGED else None),
        subscription=words.get(SUBSCRIPTION),
        plan=words.get(PLAN),
        period_start=start,
        period_end=end,
        attempts=found.get("attempt_count") or 0,
        next_attempt_at=maybe(found.get("next_payment_attempt")),
        payment_id=payment,
        **fates.get(payment or "", Fate())._asdict(),
    )


def named(found: Any) -> Any:
    """The id of what is there as an object, or as an id already."""
    return found["id"] if isinstance(found, Mapping) else found


def time(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def maybe(seconds: Any) -> datetime | None:
    return None if seconds in (None, "") else time(seconds)


def _period(found: Any) -> tuple[datetime | None, datetime | None]:
    """Of an invoice of a subscription; a change of its price within a period bills differences alone."""
    if found.get("billing_reason") == CHANGED:
        return None, None
    periods = [each["period"] for each in found["lines"]["data"] if not _difference(each)]
    if not periods:
        return None, None
    last = max(periods, key=lambda each: int(each["end"]))
    return time(last["start"]), time(last["end"])


def _difference(line: Any) -> bool:
    parent = line.get("parent") or {}
    item = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    return bool(item.get("proration"))
