"""A stand-in whose time stands still, and a client with its key that speaks to it without a network."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from tests.payments import NOWHERE, Payments
from workers.embedded.payments.desk import Clock
from workers.embedded.payments.server import StandIn

URL, KEY, SECRET = "http://payments.invalid", "sk_test_key", "whsec_key"
START = int(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp())


@pytest.fixture
def payments() -> Iterator[Payments]:
    made = Payments(StandIn.open(":memory:", URL, KEY, NOWHERE, SECRET, Clock(START)), URL, KEY, SECRET)
    yield made
    made.stand_in.store.close()


@pytest.fixture
async def http(payments: Payments) -> AsyncIterator[httpx.AsyncClient]:
    transport, headers = httpx.ASGITransport(payments.stand_in.app(deliver=False)), {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) as client:
        yield client
