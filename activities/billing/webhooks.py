"""What the provider tells by itself: checked before anybody reads it."""

from typing import Any

import pydantic_core
import stripe

from models.errors import WebhookRefused

TOLERANCE = 300
"""Seconds after which a webhook's signature is stale."""


def told(payload: bytes, signature: str | None, secret: str) -> dict[str, Any]:
    """The event of a webhook, parsed once the SDK's own check of its signature and age has passed; raises
    ``WebhookRefused``."""
    try:
        stripe.WebhookSignature.verify_header(payload, signature, secret, TOLERANCE)
        event = pydantic_core.from_json(payload, allow_inf_nan=False)
    except (stripe.SignatureVerificationError, ValueError) as error:
        raise WebhookRefused(seconds=TOLERANCE) from error
    if not isinstance(event, dict) or not (isinstance(event.get("id"), str) and isinstance(event.get("type"), str)):
        raise WebhookRefused(seconds=TOLERANCE)
    return event
