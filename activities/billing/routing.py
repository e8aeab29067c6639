"""For which workflow an event of Stripe is. Only ids are read of it; what has happened is fetched."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories.billing import Billing
from models.repositories.purchases import Purchases
from models.repositories.subscriptions import Subscriptions
from temporal import ids

from .reading import SUBSCRIPTION


async def workflow_of(event: Mapping[str, Any], session: AsyncSession) -> str | None:
    """By our own id in its metadata or reference, else by its payment, else by its customer; None for nobody's."""
    found = (event.get("data") or {}).get("object") or {}
    for named in _ours(found):
        workflow_id = await _known(named, session)
        if workflow_id is not None:
            return workflow_id
    for payment in (found.get("payment_intent"), found.get("id")):
        bought = await Purchases(session).of_payment(payment) if isinstance(payment, str) else None
        if bought is not None:
            return ids.of_purchase(bought.id)
        billed = await Billing(session).subscription_of(payment) if isinstance(payment, str) else None
        if billed is not None:
            return ids.of_subscription(billed)
    customer = found.get("id") if found.get("object") == "customer" else found.get("customer")
    account_id = await Billing(session).account_of(customer) if isinstance(customer, str) else None
    latest = await Subscriptions(session).latest(account_id) if account_id is not None else None
    return None if latest is None else ids.of_subscription(latest.id)


def _ours(found: Mapping[str, Any]) -> list[str]:
    """What may be an id of ours."""
    details = (found.get("parent") or {}).get("subscription_details") or {}
    words = [found.get("metadata") or {}, details.get("metadata") or {}]
    named = [each.get(SUBSCRIPTION) for each in words] + [found.get("client_reference_id")]
    return [each for each in named if isinstance(each, str)]


async def _known(named: str, session: AsyncSession) -> str | None:
    if await Subscriptions(session).exists(named):
        return ids.of_subscription(named)
    if await Purchases(session).exists(named):
        return ids.of_purchase(named)
    return None
