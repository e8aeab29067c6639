"""Paying over HTTP on the whole platform: checkouts, webhooks and workflows, against the stand-in of the stack."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from activities.billing.gateway import Gateway
from models.repositories.subscriptions import Subscriptions
from models.session import Database
from models.settings import Settings
from tests.running_platform import User, assert_ledger_is_exact
from workers.embedded.payments.cards import BAD, GOOD


async def pay(url: str, method: str = GOOD) -> httpx.Response:
    """Press the button of the stand-in's page."""
    async with httpx.AsyncClient(timeout=30) as client:
        shown = await client.get(url)
        assert "no money moves" in shown.text
        return await client.post(f"{url}/pay", data={"method": method})


async def until(look: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool], within: float = 40) -> Any:
    deadline, seen = time.monotonic() + within, None
    while time.monotonic() < deadline:
        seen = await look()
        if wanted(seen):
            return seen
        await asyncio.sleep(0.1)
    raise AssertionError(seen)


async def current(user: User) -> Any:
    return (await user.get("/api/subscriptions/current")).json()


async def test_a_plan_is_paid_made_better_and_ended(user: User, database: Database) -> None:
    body = {"plan_id": "pro", "interval": "month", "payment_method": "card", "currency": "USD"}
    refused = await user.post("/api/checkout/create-session", json={**body, "plan_id": "gold"})
    assert refused.status_code == 404
    opened = [
        (await user.post("/api/checkout/create-session", json=body, headers={"Idempotency-Key": "k"})) for _ in range(2)
    ]
    assert [each.status_code for each in opened] == [201, 201] and opened[0].json() == opened[1].json()
    made = opened[0].json()
    assert (await current(user))["subscription"]["status"] == "incomplete"
    declined = await pay(made["url"], BAD)
    assert declined.status_code < 500
    await pay(made["url"])
    now = await until(lambda: current(user), lambda seen: seen["plan_id"] == "pro")
    assert now["subscription"]["status"] == "trialing" and now["subscription"]["id"] == made["id"]
    again = await user.post("/api/subscriptions", json={"plan_id": "pro"})
    assert again.status_code == 409 and again.json()["code"] == "already_subscribed"
    path = f"/api/subscriptions/{made['id']}"
    assert (await user.patch(path, json={"plan_id": "pro", "paused": True})).status_code == 422
    better = await user.patch(path, json={"plan_id": "enterprise"})
    assert better.status_code == 200 and better.json()["plan_id"] == "enterprise", better.text
    ending = (await user.patch(path, json={"cancel_at_period_end": True})).json()
    assert ending["cancel_at_period_end"] and ending["status"] == "trialing"
    assert (await user.delete(path)).json()["status"] == "canceled"
    assert (await current(user))["plan_id"] == "free"
    assert (await user.delete(path)).status_code == 409
    listed = (await user.get("/api/billing/invoices")).json()["data"]
    assert {each["currency"] for each in listed} == {"USD"}
    pdf = await user.get(f"/api/billing/invoices/{listed[0]['id']}/pdf")
    async with httpx.AsyncClient() as client:
        assert (await client.get(pdf.headers["location"])).content.startswith(b"%PDF")
    portal = await user.post("/api/billing/portal")
    assert portal.status_code == 200 and portal.json()["url"].startswith("http")
    await assert_ledger_is_exact(database)


async def test_credits_are_bought_once_and_go_back_with_the_money(
    user: User, settings: Settings, database: Database
) -> None:
    before = (await user.credits())["balance"]
    body = {"pack_id": "pack_1000", "payment_method": "wechat_pay", "currency": "CNY"}
    refused = await user.post("/api/checkout/create-session", json={**body, "currency": "KWD"})
    assert refused.status_code == 422 and refused.json()["code"] == "method_not_offered"
    made = (await user.post("/api/checkout/create-session", json=body)).json()
    path = f"/api/checkout/purchases/{made['id']}"
    assert (await user.get(path)).json()["status"] == "open"
    await pay(made["url"])

    async def bought() -> Any:
        return (await user.get(path)).json()

    await until(bought, lambda seen: seen["status"] == "paid")
    assert (await user.credits())["balance"] == before + 1000
    await refund(settings, made["id"])
    await until(bought, lambda seen: seen["status"] == "refunded")
    assert (await user.credits())["balance"] == before
    await assert_ledger_is_exact(database)


async def refund(settings: Settings, purchase_id: str) -> None:
    """As an operator would, at the provider."""
    assert settings.stripe_secret_key is not None
    key = {"Authorization": f"Bearer {settings.stripe_secret_key.get_secret_value()}"}
    async with httpx.AsyncClient(base_url=str(settings.stripe_api_base), headers=key) as client:
        found = (await client.get("/v1/events", params={"limit": 100})).json()["data"]
        intent = next(
            each["data"]["object"]["id"]
            for each in found
            if each["type"] == "payment_intent.succeeded" and purchase_id in str(each["data"]["object"]["metadata"])
        )
        assert (await client.post("/v1/refunds", data={"payment_intent": intent})).status_code == 200


async def test_who_deletes_the_account_is_charged_no_more(user: User, settings: Settings, database: Database) -> None:
    made = (await user.post("/api/subscriptions", json={"plan_id": "enterprise", "currency": "CNY"})).json()
    await pay(made["url"])
    await until(lambda: current(user), lambda seen: seen["plan_id"] == "enterprise")
    assert (await user.delete("/api/users/me")).status_code == 204

    async def row() -> Any:
        async with database.transaction() as session:
            return await Subscriptions(session).of_work(made["id"])

    ended = await until(row, lambda seen: seen.status == "canceled")
    assert (await Gateway(settings).standing(ended.external_id)).status == "canceled"


async def test_who_pays_by_link_begins_once_the_invoice_is_paid(user: User) -> None:
    body = {"plan_id": "enterprise", "interval": "year", "payment_method": "alipay", "currency": "CNY"}
    first = (await user.post("/api/subscriptions", json=body)).json()
    made = (await user.post("/api/subscriptions", json=body)).json()
    assert made["id"] != first["id"], "one that nobody has paid makes room"
    await pay(made["url"])
    now = await until(lambda: current(user), lambda seen: seen["plan_id"] == "enterprise")
    assert now["subscription"]["id"] == made["id"] and now["subscription"]["status"] == "active"
    gone = (await user.get(f"/api/subscriptions/{first['id']}")).json()
    assert gone["status"] == "expired"
