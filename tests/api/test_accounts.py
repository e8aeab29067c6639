"""Registering does not wait for Temporal: the mail is in its row, and the sweep sends it."""

import secrets
import time

from api.main import create_app
from models.settings import Settings
from tests.api.conftest import client_of


async def test_registering_while_temporal_is_down_is_quick(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"temporal_address": "127.0.0.1:9", "registrations_per_hour": 10**6}))
    took = []
    async with app.router.lifespan_context(app), client_of(app) as client:
        for _ in range(2):
            body = {"email": f"{secrets.token_hex(6)}@example.com", "password": "correct horse", "name": "x"}
            started = time.monotonic()
            assert (await client.post("/api/auth/register", json=body)).status_code == 201
            took.append(time.monotonic() - started)
    assert took[0] < 3.5 and took[1] < 1.5
