"""The stand-in for Stripe keeps to Stripe's manners: errors, idempotency, lists, signatures."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import stripe

from tests.payments import Payments, ask
from workers.embedded.payments.forms import Refused, read
from workers.embedded.payments.hooks import signature
from workers.embedded.payments.store import Store


async def test_a_key_makes_a_repeat_harmless_and_another_body_is_refused(
    http: httpx.AsyncClient, payments: Payments
) -> None:
    first, again = [await ask(http, "/v1/customers", key="k1", email="a@b.cn") for _ in range(2)]
    assert first == again and len(payments.stand_in.store.all("customer")) == 1
    other = await http.post("/v1/customers", data={"email": "c@d.cn"}, headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


@pytest.mark.parametrize(
    ("method", "path", "form", "status", "code"),
    [
        ("GET", "/v1/customers/cus_none", {}, 404, "resource_missing"),
        ("POST", "/v1/customers", {"emial": "x"}, 400, "parameter_unknown"),
        ("POST", "/v1/prices", {"currency": "cny", "unit_amount": "x", "product_data[name]": "P"}, 400,
         "parameter_invalid_integer"),
        ("POST", "/v1/checkout/sessions", {"mode": "gift"}, 400, None),
        ("GET", "/v1/payouts", {}, 404, None),
    ],
)  # fmt: skip
async def test_errors_have_stripes_form(
    http: httpx.AsyncClient, method: str, path: str, form: dict[str, str], status: int, code: str | None
) -> None:
    answer = await http.request(method, path, data=form or None)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error" and error["message"] and error["code"] == code


@pytest.mark.parametrize("path", ["/v1/invoices", "/v1/payouts"])
async def test_who_has_no_key_gets_nothing(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path, headers={"Authorization": "Bearer sk_test_guess"})).status_code == 401


async def test_lists_go_on_where_they_ended(http: httpx.AsyncClient, payments: Payments) -> None:
    for at in range(5):
        await ask(http, "/v1/customers", email=f"{at}@b.cn")
    seen: list[str] = []
    more = True
    while more:
        page = (
            await http.get("/v1/events", params={"limit": 2, **({"starting_after": seen[-1]} if seen else {})})
        ).json()
        seen += [each["id"] for each in page["data"]]
        more = page["has_more"]
    assert len(seen) == len(set(seen)) == 5


async def test_webhooks_are_signed_as_the_sdk_checks_and_told_until_taken(
    payments: Payments, http: httpx.AsyncClient
) -> None:
    await ask(http, "/v1/customers", email="a@b.cn")
    (event,) = payments.events()
    assert await payments.deliver() == [0], "nobody listens"
    assert payments.events() == [event]
    body = json.dumps(payments.stand_in.store.get(event)).encode()
    header = signature(payments.secret, body, int(datetime.now(UTC).timestamp()))
    made = stripe.Webhook.construct_event(body, header, payments.secret)
    assert made.type == "customer.created"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", header, payments.secret)


async def test_a_restart_keeps_what_was_paid(tmp_path: Path) -> None:
    store = Store(tmp_path / "payments.db")
    store.put({"id": "cus_1", "object": "customer", "email": "a@b.cn"})
    store.close()
    again = Store(tmp_path / "payments.db")
    assert again.get("cus_1", "customer") == {"id": "cus_1", "object": "customer", "email": "a@b.cn"}
    again.close()


def test_forms_nest_and_what_contradicts_itself_is_refused() -> None:
    assert read("a[b][0][c]=1&a[b][1][c]=2&d[]=x&d[]=y&e=") == {
        "a": {"b": [{"c": "1"}, {"c": "2"}]}, "d": ["x", "y"], "e": ""
    }  # fmt: skip
    with pytest.raises(Refused):
        read("a=1&a[b]=2")
