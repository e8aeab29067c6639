"""Tells the product what happened, signed as Stripe signs, again and again until it is taken.

Scheme: ``Stripe-Signature: t=SECONDS,v1=HMAC-SHA256(secret, "SECONDS.BODY")`` (Stripe's documentation of webhooks).
"""

import asyncio
import hashlib
import hmac
import json
import time

import httpx

from .store import Store

EVERY = 0.2
LONGEST = 60.0
"""Seconds between looks at what is queued, and at most between two tries of one event."""


def signature(secret: str, body: bytes, at: int) -> str:
    """The header of a delivery at ``at``, seconds of the Unix epoch."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Hooks:
    """Delivers queued events to one address, the oldest first."""

    def __init__(self, store: Store, url: str, secret: str) -> None:
        self._store = store
        self._url = url
        self._secret = secret
        self._again: dict[str, float] = {}

    async def run(self) -> None:
        """For as long as the server lives."""
        async with httpx.AsyncClient(timeout=10) as client:
            while True:
                for event_id, tries in self._store.queued():
                    if self._again.get(event_id, 0.0) <= time.monotonic():
                        await self.deliver(client, event_id, tries)
                await asyncio.sleep(EVERY)

    async def deliver(self, client: httpx.AsyncClient, event_id: str, tries: int = 0) -> int:
        """Try one event; returns the status that answered it, 0 for none."""
        body = json.dumps(self._store.get(event_id)).encode()
        headers = {"Stripe-Signature": signature(self._secret, body, int(time.time()))}
        headers["Content-Type"] = "application/json"
        try:
            status = (await client.post(self._url, content=body, headers=headers)).status_code
        except httpx.HTTPError:
            status = 0
        taken = 200 <= status < 300
        self._store.tried(event_id, taken)
        self._again.pop(event_id, None)
        if not taken:
            self._again[event_id] = time.monotonic() + min(LONGEST, 0.5 * 2**tries)
        return status
