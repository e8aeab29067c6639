"""What the payment provider tells: judged by its signature before anything is parsed, kept once, then passed on."""

from functools import partial

from fastapi import Request

from activities.billing.reconciling import keep
from activities.billing.webhooks import told
from models.errors import BodyTooLarge, PaymentsOff
from models.repositories.billing import Billing

from ..deps import Platform, Work
from ..paying import pass_on
from ..routing import Router
from ..schemas.billing import Received

router = Router(prefix="/api/webhooks", tag="billing")

LARGEST = 256 * 1024
"""Bytes of an event; Stripe's have some thousands."""


@router.post("/stripe")
async def receive(request: Request, platform: Platform, work: Work) -> Received:
    """An event of Stripe. What it says is not believed: whoever it is for looks for himself."""
    secret = platform.settings.stripe_webhook_secret
    if secret is None:
        raise PaymentsOff()
    event = told(await _body(request), request.headers.get("stripe-signature"), secret.get_secret_value())
    kept = await keep(Billing(work.session), event)
    if kept is not None and kept.workflow_id is not None:
        work.after_commit(partial(pass_on, platform, kept.id, kept.workflow_id))
    return Received(received=True)


async def _body(request: Request) -> bytes:
    """The raw body; raises ``BodyTooLarge`` as soon as it is."""
    whole = bytearray()
    async for piece in request.stream():
        whole += piece
        if len(whole) > LARGEST:
            raise BodyTooLarge(kilobytes=LARGEST // 1024)
    return bytes(whole)
