"""Signing up, in and out, verifying and resetting, as a front end meets them."""

import asyncio
import re
import statistics
import time
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from models.tables import AuditRecord, Mail, User


async def mails_to(app: FastAPI, email: str) -> list[Mail]:
    async with app.state.platform.database.transaction() as session:
        rows = await session.execute(select(Mail).where(Mail.recipient == email).order_by(Mail.id))
        return list(rows.scalars())


async def test_a_newcomer_is_signed_in_at_once_and_has_welcome_credits(app, http):
    answer = await http.post(
        "/api/auth/register", json={"email": "Newcomer@Example.com", "password": "correct horse", "name": " 林 "}
    )
    assert answer.status_code == 201
    body = answer.json()
    assert body["user"]["name"] == "林" and body["user"]["role"] == "user"
    assert "password" not in answer.text
    assert datetime.fromisoformat(body["session"]["expires_at"]) > datetime.now(UTC)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie
    assert (await http.get("/api/auth/me")).json()["id"] == body["user"]["id"]  # by the cookie
    [mail] = await mails_to(app, body["user"]["email"])
    assert mail.template == "welcome" and mail.language == "zh"


async def test_an_address_has_one_account_whatever_its_case(http, person):
    answer = await http.post(
        "/api/auth/register", json={"email": person.email.upper(), "password": "another one", "name": "x"}
    )
    assert answer.status_code == 409 and answer.json()["code"] == "conflict"


async def test_twenty_registrations_of_one_address_at_once_make_one_account(app, http):
    body = {"email": "race@example.com", "password": "correct horse", "name": "x"}
    answers = await asyncio.gather(*(http.post("/api/auth/register", json=body) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    async with app.state.platform.database.transaction() as session:
        assert len((await session.execute(select(User).where(User.email == body["email"]))).all()) == 1


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"email": "nobody"}, "email"),
        ({"password": "short"}, "password"),
        ({"name": "   "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"admin": True}, "admin"),
        ({"name": None}, "name"),
    ],
)
async def test_a_bad_field_is_named(http, change, path):
    body = {"email": "a@example.com", "password": "correct horse", "name": "x", **change}
    answer = await http.post("/api/auth/register", json=body, headers={"Accept-Language": "en"})
    assert answer.status_code == 422 and answer.json()["code"] == "invalid_input"
    assert [error["path"] for error in answer.json()["errors"]] == [path]
    assert "correct horse" not in answer.text


async def test_login_gives_a_new_session_and_ends_the_browsers_old_one(http, person):
    credentials = {"email": person.email, "password": person.password}
    first = await http.post("/api/auth/login", json=credentials)
    second = await http.post("/api/auth/login", json=credentials)
    tokens = [answer.json()["session"]["token"] for answer in (first, second)]
    statuses = [(await bearer(http, token)).status_code for token in (*tokens, person.token)]
    assert statuses == [401, 200, 200]


@pytest.mark.parametrize("email", ["same", "nobody@example.com"])
async def test_a_wrong_password_and_an_unknown_address_look_the_same(http, person, email):
    address = person.email if email == "same" else email
    answer = await http.post("/api/auth/login", json={"email": address, "password": "wrong"})
    assert answer.status_code == 401 and answer.json()["code"] == "unauthenticated"
    assert answer.json()["detail"] == "邮箱或密码不正确。"


async def test_an_unknown_address_takes_as_long_as_a_wrong_password(http, person):
    known, unknown = [], []
    for _ in range(7):
        known.append(await seconds(http, {"email": person.email, "password": "wrong"}))
        unknown.append(await seconds(http, {"email": "nobody2@example.com", "password": "wrong"}))
    assert statistics.median(unknown) > statistics.median(known) * 0.5


async def test_guessing_is_slowed_down_for_one_address_and_nobody_else(app, http, person):
    answers = [
        await http.post("/api/auth/login", json={"email": person.email, "password": f"guess {n}"}) for n in range(22)
    ]
    assert answers[0].status_code == 401
    refused = answers[-1]
    assert refused.status_code == 429 and refused.json()["code"] == "rate_limited"
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.headers["RateLimit-Policy"] == '"logins";q=20;w=60'
    assert refused.headers["RateLimit"].startswith('"logins";r=0;t=')
    other = await http.post("/api/auth/login", json={"email": "other@example.com", "password": "x"})
    assert other.status_code == 401


async def test_logout_ends_the_session(person):
    assert (await person.http.post("/api/auth/logout")).status_code == 204
    assert (await person.http.get("/api/auth/me")).status_code == 401


async def test_an_address_is_verified_once_by_the_mails_token(app, http, person):
    [mail] = await mails_to(app, person.email)
    token = {"token": mail.values["token"]}
    assert (await http.post("/api/auth/verify-email", json=token)).status_code == 200
    assert (await person.http.get("/api/auth/me")).json()["email_verified_at"] is not None
    again = await http.post("/api/auth/verify-email", json=token)
    assert again.status_code == 422 and again.json()["errors"][0]["path"] == "token"


async def test_the_mail_comes_again_when_asked_for_by_its_owner_only(app, http, person):
    assert (await http.post("/api/auth/verify-email", json={})).status_code == 401
    assert (await person.http.post("/api/auth/verify-email", json={})).status_code == 202
    assert [mail.template for mail in await mails_to(app, person.email)] == ["welcome", "verify_email"]


async def test_a_forgotten_password_is_replaced_and_every_session_ends(app, http, person):
    asked = await http.post("/api/auth/reset-password", json={"email": person.email})
    assert asked.status_code == 202
    token = (await mails_to(app, person.email))[-1].values["token"]
    new = {"token": token, "password": "a fresh password"}
    assert (await http.post("/api/auth/reset-password", json=new)).status_code == 200
    assert (await person.http.get("/api/auth/me")).status_code == 401
    old = await http.post("/api/auth/login", json={"email": person.email, "password": person.password})
    fresh = await http.post("/api/auth/login", json={"email": person.email, "password": new["password"]})
    assert (old.status_code, fresh.status_code) == (401, 200)
    assert (await http.post("/api/auth/reset-password", json=new)).status_code == 422
    assert (await mails_to(app, person.email))[-1].template == "password_changed"


async def test_asking_for_a_strangers_reset_tells_nothing(app, http, person):
    known = await http.post("/api/auth/reset-password", json={"email": person.email})
    unknown = await http.post("/api/auth/reset-password", json={"email": "nobody3@example.com"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert await mails_to(app, "nobody3@example.com") == []


async def test_a_reset_token_does_not_verify_and_the_other_way_round(app, http, person):
    await http.post("/api/auth/reset-password", json={"email": person.email})
    welcome, reset = await mails_to(app, person.email)
    wrong = {"token": welcome.values["token"], "password": "a fresh password"}
    assert (await http.post("/api/auth/reset-password", json=wrong)).status_code == 422
    assert (await http.post("/api/auth/verify-email", json={"token": reset.values["token"]})).status_code == 422


async def test_what_matters_is_in_the_audit_log_under_the_requests_id(app, http):
    answer = await http.post(
        "/api/auth/register",
        json={"email": "audited@example.com", "password": "correct horse", "name": "x"},
        headers={"X-Request-Id": "my-request-1"},
    )
    assert answer.headers["X-Request-Id"] == "my-request-1"
    async with app.state.platform.database.transaction() as session:
        rows = await session.execute(select(AuditRecord).where(AuditRecord.request_id == "my-request-1"))
        assert [(row.action, row.actor) for row in rows.scalars()] == [("user.register", answer.json()["user"]["id"])]


async def bearer(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})


async def seconds(http: httpx.AsyncClient, body: dict[str, Any]) -> float:
    started = time.perf_counter()
    assert (await http.post("/api/auth/login", json=body)).status_code == 401
    return time.perf_counter() - started


async def test_the_welcome_mail_reaches_the_mailbox_and_its_link_works(stack, user):
    """Through API, Temporal, worker and SMTP, each a process of its own."""
    message = await asyncio.wait_for(mail_in(stack.home / "outbox", user.email), 20)
    text = message.get_body(("plain",)).get_content()
    token = re.search(r"/verify-email\?token=(\S+)", text)[1]
    assert (await user.post("/api/auth/verify-email", json={"token": token})).status_code == 200
    assert (await user.get("/api/auth/me")).json()["email_verified_at"] is not None


async def mail_in(outbox: Path, recipient: str) -> EmailMessage:
    while True:
        for path in sorted(outbox.glob("*.eml")):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            if message["To"] == recipient:
                return message
        await asyncio.sleep(0.05)
