"""Codes, adjustments and refunds over HTTP, and who may do them."""

import secrets

import httpx
import pytest

from models.repositories.users import Users
from models.session import Database
from tests.api.conftest import Person, SignUp


@pytest.fixture
async def operator(sign_up: SignUp, database: Database) -> Person:
    found = await sign_up()
    async with database.transaction() as session:
        await Users(session).set_role(found.email, "operator")
    return found


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_code_is_made_by_an_operator_and_used_once(person: Person, operator: Person) -> None:
    code = f"WELCOME-{secrets.token_hex(3)}"
    made = await operator.http.post("/api/operator/promotions", json={"code": code, "credits": 50, "most": 1})
    assert (made.status_code, made.json()["used"]) == (201, 0)
    redeemed = await person.http.post("/api/users/me/credits/redeem", json={"code": code.lower()})
    assert redeemed.json() == {"credits": 50, "available": 1050}
    refused(await person.http.post("/api/users/me/credits/redeem", json={"code": code}), 409, "promotion_used")
    refused(await operator.http.post("/api/users/me/credits/redeem", json={"code": code}), 409, "promotion_over")
    refused(await person.http.post("/api/users/me/credits/redeem", json={"code": f"{code}-X"}), 404, "not_found")
    listed = (await operator.http.get("/api/operator/promotions", params={"limit": 1})).json()
    assert (listed["data"][0]["code"], listed["data"][0]["used"]) == (code, 1)
    assert (await operator.http.delete(f"/api/operator/promotions/{code}")).status_code == 204


async def test_an_adjustment_is_made_once_for_its_key_and_shown_to_its_owner(person: Person, operator: Person) -> None:
    path, body = f"/api/operator/accounts/{person.user['account_id']}/credits", {"amount": -100, "reason": "by mistake"}
    for replayed in (None, "true"):
        answer = await operator.http.post(path, json=body, headers={"Idempotency-Key": "k1"})
        assert (answer.json()["available"], answer.headers.get("idempotent-replayed")) == (900, replayed)
    shown = (await person.http.get("/api/users/me/credits/transactions")).json()["data"]
    assert [(each["type"], each["amount"]) for each in shown[:1]] == [("adjustment", -100)]
    refused(await operator.http.post(path, json=body | {"amount": -901}), 402, "insufficient_credits")
    refused(await operator.http.post(path, json=body | {"amount": 0}), 422, "invalid_input")
    refused(await operator.http.post(path, json={"amount": 5}), 422, "invalid_input")


async def test_others_find_nothing_there(person: Person) -> None:
    for path in ("promotions", f"accounts/{person.user['account_id']}/credits", "jobs/job_x/refund"):
        refused(await person.http.post(f"/api/operator/{path}", json={}), 404, "not_found")
    refused(await person.http.get("/api/operator/promotions"), 404, "not_found")


async def test_the_level_at_which_i_am_told_is_mine(person: Person) -> None:
    path = "/api/users/me/credits/settings"
    assert (await person.http.get(path)).json() == {"low_below": 50}
    assert (await person.http.patch(path, json={"low_below": 0})).json() == {"low_below": 0}
    assert (await person.http.get(path)).json() == {"low_below": 0}
    refused(await person.http.patch(path, json={"low_below": -1}), 422, "invalid_input")
