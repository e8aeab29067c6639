"""The stand-in at a time of its own, which tests turn on."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.payments import Payments, serving

START = int(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp())


@pytest.fixture
async def payments() -> AsyncIterator[Payments]:
    async with serving(at=START) as running:
        yield running
