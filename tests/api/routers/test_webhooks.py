"""The door for what Stripe tells: nothing is believed, and next to nothing taken in."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import stripe
from sqlalchemy import text

from api.main import create_app
from models.session import Database
from models.settings import Settings
from tests.api.conftest import client_of

SECRET = "whsec_of_the_test"


@pytest.fixture(scope="module")
async def door(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    given = {**settings.model_dump(), "stripe_secret_key": "sk_test_x", "stripe_webhook_secret": SECRET}
    app = create_app(Settings.model_validate(given))
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


def event(kind: str = "customer.updated", **about: Any) -> dict[str, Any]:
    return {"id": f"evt_{secrets.token_hex(8)}", "object": "event", "type": kind, "data": {"object": about}}


def signed(body: str, at: float | None = None, secret: str = SECRET) -> str:
    header = stripe.WebhookSignature.generate_signature_header(body, secret, int(at or time.time()))
    return str(header)


async def tell(door: httpx.AsyncClient, body: str | bytes, signature: str | None) -> httpx.Response:
    headers = {} if signature is None else {"Stripe-Signature": signature}
    return await door.post("/api/webhooks/stripe", content=body, headers=headers)


async def kept(database: Database) -> int:
    async with database.transaction() as session:
        return int((await session.execute(text("SELECT count(*) FROM billing_events"))).scalar_one())


async def test_what_is_not_signed_by_stripe_just_now_changes_nothing(
    door: httpx.AsyncClient, database: Database
) -> None:
    before, body = await kept(database), json.dumps(event("invoice.paid", customer="cus_1"))
    good = signed(body)
    refused = [
        (body, None),
        (body, ""),
        (body, "t=now,v1=abc"),
        (body, good.replace("v1=", "v0=")),
        (body, f"t={int(time.time())},v1={'0' * 64}"),
        (body, signed(body, secret="whsec_of_another")),
        (body, signed(body, at=time.time() - 301)),
        (body, f"t={int(time.time()) + 1}," + good.partition(",")[2]),
        (body.replace("cus_1", "cus_2"), good),
        (body + " ", good),
        (b"\xff\xfe" + body.encode(), good),
        ("not JSON", signed("not JSON")),
        ("[1]", signed("[1]")),
        ('{"id": 1, "type": "x"}', signed('{"id": 1, "type": "x"}')),
    ]
    for content, signature in refused:
        answer = await tell(door, content, signature)
        assert answer.status_code == 400 and answer.json()["code"] == "invalid_signature", (content, signature)
    assert await kept(database) == before


async def test_what_is_huge_is_not_read(door: httpx.AsyncClient, database: Database) -> None:
    before, sent = await kept(database), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 64 * 1024 * 1024:
            sent += 65536
            yield b" " * 65536

    answer = await door.post("/api/webhooks/stripe", content=endless(), headers={"Stripe-Signature": signed(" ")})
    assert answer.status_code == 413 and answer.json()["code"] == "body_too_large"
    assert sent < 1024 * 1024 and await kept(database) == before


async def test_an_event_is_kept_once_whatever_it_is_of(door: httpx.AsyncClient, database: Database) -> None:
    before = await kept(database)
    body = json.dumps(event("something.new", id="x_1", object="novelty"))
    answers = await asyncio.gather(*(tell(door, body, signed(body)) for _ in range(5)))
    assert [each.status_code for each in answers] == [200] * 5
    assert await kept(database) == before + 1
    async with database.transaction() as session:
        query = "SELECT type, workflow_id, payload FROM billing_events WHERE id = :id"
        row = (await session.execute(text(query), {"id": json.loads(body)["id"]})).one()
    assert row.type == "something.new" and row.workflow_id is None and row.payload == json.loads(body)


async def test_without_a_secret_nothing_is_taken(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"stripe_webhook_secret": None}))
    async with app.router.lifespan_context(app), client_of(app) as client:
        answer = await tell(client, "{}", signed("{}"))
    assert answer.status_code == 503 and answer.json()["code"] == "payments_off"
