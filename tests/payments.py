"""The stand-in for Stripe within a test: served on loopback, its time moved by hand, its events delivered on demand."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from models.settings import Settings
from workers.embedded.payments.cards import GOOD
from workers.embedded.payments.desk import Clock
from workers.embedded.payments.server import StandIn

NOWHERE = "http://127.0.0.1:9/"


@dataclass(frozen=True)
class Payments:
    """A running stand-in. ``settings`` lead the product to it."""

    stand_in: StandIn
    url: str
    key: str
    secret: str

    def settings(self, settings: Settings) -> Settings:
        return Settings.model_validate(
            {**settings.model_dump(), "stripe_secret_key": self.key, "stripe_webhook_secret": self.secret,
             "stripe_api_base": self.url}
        )  # fmt: skip

    @property
    def now(self) -> int:
        """Its time, seconds of the epoch."""
        return self.stand_in.desk.now()

    def advance(self, to: int) -> None:
        """Let its time pass until ``to``; what falls due happens in order."""
        self.stand_in.advance(to)

    def pay(self, session_id: str, method: str = GOOD) -> None:
        """Somebody pays a checkout; raises ``Refused`` where the card is declined."""
        with self.stand_in.store.transaction():
            self.stand_in.till.pay(session_id, method)

    def pay_invoice(self, invoice_id: str, method: str = GOOD) -> bool:
        """Somebody pays an open invoice."""
        with self.stand_in.store.transaction():
            return self.stand_in.cycles.pay(self.stand_in.desk.found(invoice_id, "invoice"), method) is None

    def use_card(self, customer_id: str, method: str) -> None:
        """Another card for all renewals of a customer."""
        with self.stand_in.store.transaction():
            self.stand_in.cycles.set_method(self.stand_in.desk.found(customer_id, "customer"), method)

    def dispute(self, intent_id: str) -> str:
        """The bank takes a payment back; the dispute's id."""
        with self.stand_in.store.transaction():
            return str(self.stand_in.desk.dispute(intent_id)["id"])

    def decide(self, dispute_id: str, won: bool) -> None:
        """Who was right."""
        with self.stand_in.store.transaction():
            self.stand_in.desk.decide(self.stand_in.desk.found(dispute_id, "dispute"), won)

    def refund(self, intent_id: str, amount: int | None = None) -> None:
        """Give a payment back, or a part of it."""
        with self.stand_in.store.transaction():
            self.stand_in.desk.refund(intent_id, amount, None)

    def events(self) -> list[str]:
        """Ids of the events that were not delivered yet, the oldest first."""
        return [event_id for event_id, _ in self.stand_in.store.queued()]

    async def deliver(self, *event_ids: str) -> list[int]:
        """Deliver these events, or all that wait, in this order; the statuses that answered."""
        async with httpx.AsyncClient(timeout=30) as client:
            return [await self.stand_in.hooks.deliver(client, each) for each in event_ids or self.events()]


async def ask(http: httpx.AsyncClient, path: str, key: str = "", **form: Any) -> dict[str, Any]:
    """What a POST answers that must succeed; ``form`` may nest."""
    answer = await http.post(path, data=flat(form), headers={"Idempotency-Key": key} if key else {})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def flat(form: Any, name: str = "") -> dict[str, str]:
    """As Stripe's forms are written: ``items[0][price]``."""
    inner = form.items() if isinstance(form, dict) else enumerate(form) if isinstance(form, list) else None
    if inner is None:
        return {name: str(form).lower() if isinstance(form, bool) else str(form)}
    parts = [flat(value, f"{name}[{key}]" if name else str(key)) for key, value in inner]
    return {key: value for part in parts for key, value in part.items()}


@asynccontextmanager
async def serving(webhook: str = NOWHERE, at: int | None = None, deliver: bool = False) -> AsyncIterator[Payments]:
    """A stand-in in memory. ``at``: its time stands still; None: it goes on. ``deliver``: events by themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, key, secret = f"http://127.0.0.1:{port}", f"sk_test_{secrets.token_hex(8)}", f"whsec_{secrets.token_hex(8)}"
    stand_in = StandIn.open(":memory:", url, key, webhook, secret, Clock(at))
    config = uvicorn.Config(stand_in.app(deliver), host="127.0.0.1", port=port, log_level="warning", lifespan="on")
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server.serve())
    try:
        while not server.started:
            assert not task.done(), "the stand-in did not start"
            await asyncio.sleep(0.01)
        yield Payments(stand_in, url, key, secret)
    finally:
        server.should_exit = True
        await task
        stand_in.store.close()
