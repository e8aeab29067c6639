"""The transaction of a request ends before its answer begins; cookies act only for our own pages."""

import asyncio

import pytest
from sqlalchemy import text
from temporalio.service import RPCError, RPCStatusCode

from api.authentication import COOKIE
from api.deps import JobsWriter, Work
from api.main import create_app
from api.routing import Router
from models.settings import Settings
from tests.api.conftest import client_of

router = Router("/api/trial", "trial")
happened: list[str] = []


@router.post("/orders")
async def order(work: Work, fails: bool = False) -> dict[str, str]:
    async def afterwards() -> None:
        happened.append("after the commit")
        raise RPCError("Temporal is down", RPCStatusCode.UNAVAILABLE, b"")

    work.after_commit(afterwards)
    await work.session.execute(text("SELECT 1"))
    if fails:
        raise ZeroDivisionError
    return {"status": "fine"}


@router.post("/jobs")
async def job(caller: JobsWriter) -> dict[str, str]:
    return {"user": caller.user_id, "language": caller.language}


@pytest.fixture
async def trial(settings: Settings):
    app = create_app(settings)
    app.include_router(router)
    happened.clear()
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


async def test_what_follows_the_commit_cannot_fail_the_answer(trial):
    assert (await trial.post("/api/trial/orders")).status_code == 200
    assert happened == ["after the commit"]


async def test_nothing_follows_work_that_was_rolled_back(trial):
    assert (await trial.post("/api/trial/orders?fails=1")).status_code == 500
    assert happened == []


async def test_a_scope_opens_what_it_names_and_nothing_else(trial, person):
    made = {}
    for scope in ("jobs:write", "jobs:read"):
        body = {"name": scope, "scopes": [scope]}
        made[scope] = (await person.http.post("/api/users/me/api-keys", json=body)).json()["key"]
    statuses = [
        (await trial.post("/api/trial/jobs", headers={"Authorization": f"Bearer {key}"})).status_code
        for key in (made["jobs:write"], made["jobs:read"], person.token)
    ]
    assert statuses == [200, 403, 200]


async def test_an_unverified_address_waits_where_the_platform_asks_for_it(settings, sign_up, http):
    strict = create_app(settings.model_copy(update={"require_verified_email": True}))
    async with strict.router.lifespan_context(strict):
        person = await sign_up(strict)
        refused = await person.http.get("/api/users/me/sessions")
        assert refused.status_code == 403 and refused.json()["code"] == "email_not_verified"
        assert (await person.http.get("/api/auth/me")).status_code == 200
        assert (await person.http.post("/api/auth/verify-email", json={})).status_code == 202


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://testserver"}, 200),
        ({}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_another_sites_page_cannot_use_our_cookie(http, person, headers, status):
    http.cookies.set(COOKIE, person.token)
    answer = await http.patch("/api/users/me", json={"name": "Mallory"}, headers=headers)
    assert answer.status_code == status
    assert (await http.get("/api/auth/me", headers=headers)).status_code == 200  # reading is safe


async def test_cors_answers_only_the_origins_of_the_settings(settings):
    app = create_app(settings.model_copy(update={"cors_origins": ["https://studio.example"]}))
    async with app.router.lifespan_context(app), client_of(app) as client:
        allowed = await client.get("/api/health", headers={"Origin": "https://studio.example"})
        refused = await client.get("/api/health", headers={"Origin": "https://evil.example"})
    assert allowed.headers["access-control-allow-origin"] == "https://studio.example"
    assert "access-control-allow-origin" not in refused.headers


async def test_a_caller_reads_their_own_language_unless_the_request_says_another(trial, person):
    await person.http.patch("/api/users/me", json={"language": "en"})
    headers = {"Authorization": f"Bearer {person.token}"}
    chosen = await trial.post("/api/trial/jobs", headers=headers)
    asked = await trial.post("/api/trial/jobs", headers={**headers, "Accept-Language": "zh-CN"})
    assert (chosen.json()["language"], asked.json()["language"]) == ("en", "zh")


async def test_a_hundred_callers_at_once_all_get_in(person):
    answers = await asyncio.gather(*(person.http.get("/api/auth/me") for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}
