"""The stand-in as a part of the embedded stack."""

import sys
from pathlib import Path

import httpx

from ..keys import Keys
from ..ports import LOOPBACK
from ..program import Program


def api_key(keys: Keys) -> str:
    """With which the product asks it; test keys of Stripe begin alike."""
    return f"sk_test_stand_in_{keys.get('payments_key')[:32]}"


def webhook_secret(keys: Keys) -> str:
    """With which it signs."""
    return f"whsec_{keys.get('payments_webhook')[:32]}"


def payments_program(home: Path, port: int, webhook: str, key: str) -> Program:
    """The stand-in of a home, ready when it answers who has its key."""
    known = {"Authorization": f"Bearer {key}"}

    async def answers() -> bool:
        try:
            async with httpx.AsyncClient(timeout=1) as client:
                answer = await client.get(f"http://{LOOPBACK}:{port}/v1/events", headers=known)
                return answer.status_code == 200
        except httpx.HTTPError:
            return False

    argv = [sys.executable, "-m", "workers.embedded.payments", str(home), str(port), webhook]
    return Program(name="payments", argv=argv, environment={}, folder=home, ready=answers, stop_within=0.5)
