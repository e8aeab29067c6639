"""Every failure has the same shape, in the caller's language, and says nothing it should not."""

import asyncio
import json
import logging
import socket

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import text

from api.deps import Caller, Work
from api.main import create_app
from api.routing import Router
from models.settings import Settings
from tests.api.conftest import client_of

PROBLEM = {"type", "title", "status", "detail", "code", "retryable", "request_id"}
UNBALANCED = text(
    "WITH t AS (INSERT INTO transfers (id, kind) VALUES ('trial:' || gen_random_uuid(), 'trial') RETURNING id) "
    "INSERT INTO entries (transfer_id, account_id, amount) SELECT id, 'acc_grants', 1 FROM t"
)
router = Router("/api/trial", "trial")


class Order(BaseModel, extra="forbid"):
    size: int


@router.post("/orders")
async def order(caller: Caller, body: Order) -> dict[str, int]:
    return {"size": body.size}


@router.get("/bug")
async def bug() -> None:
    raise ZeroDivisionError("secret detail")


@router.post("/commit")
async def failing_commit(work: Work) -> dict[str, str]:
    """The commit fails: deferred, an entry without its other side is only seen then."""
    await work.session.execute(UNBALANCED)
    return {"status": "fine"}


@pytest.fixture
async def trial(settings: Settings):
    app = create_app(settings)
    app.include_router(router)
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body.keys() - {"errors"} == PROBLEM
    return (answer.status_code, body["status"], body["code"]) == (status, status, code)


async def test_an_unknown_address_and_a_wrong_method(http):
    assert is_problem(await http.get("/api/nothing/here"), 404, "not_found")
    assert is_problem(await http.get("/nothing"), 404, "not_found")
    assert is_problem(await http.put("/api/auth/me"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    ("accept", "title"),
    [
        (None, "未登录"),
        ("en-US,en;q=0.9", "Not signed in"),
        ("fr, de;q=0.8", "未登录"),
        ("en;q=0.3, zh-CN;q=0.9", "未登录"),
        ("zh;q=0, en", "Not signed in"),
        (";;q=x,,", "未登录"),
    ],
)
async def test_the_callers_language(http, accept, title):
    answer = await http.get("/api/auth/me", headers={"Accept-Language": accept} if accept else {})
    assert answer.json()["title"] == title


@pytest.mark.parametrize(
    "body", [b"{not json", b"", b'{"size": "x"}', b"\xff\xfe", b"[" * 100_000, b'{"size": NaN}', b'{"a": "\\u0000"}']
)
async def test_who_asks_is_decided_before_what_they_sent(trial, sign_up, body):
    headers = {"content-type": "application/json"}
    assert is_problem(await trial.post("/api/trial/orders", content=body, headers=headers), 401, "unauthenticated")
    person = await sign_up()
    headers["Authorization"] = f"Bearer {person.token}"
    answer = await trial.post("/api/trial/orders", content=body, headers=headers)
    assert is_problem(answer, 422, "invalid_input") and answer.json()["errors"]


async def test_a_body_that_is_not_called_json_is_refused(trial, person):
    headers = {"Authorization": f"Bearer {person.token}", "content-type": "text/plain"}
    answer = await trial.post("/api/trial/orders", content=json.dumps({"size": 1}), headers=headers)
    assert is_problem(answer, 422, "invalid_input")


async def test_a_body_without_end_is_cut_off(trial):
    answer = await trial.post("/api/trial/orders", content=b'"' + b"a" * (9 * 1024 * 1024))
    assert is_problem(answer, 413, "file_too_large")


async def test_a_bug_tells_the_user_its_id_and_nothing_else(trial):
    answer = await trial.get("/api/trial/bug")
    assert is_problem(answer, 500, "internal") and answer.json()["retryable"]
    assert "secret detail" not in answer.text


async def test_a_bug_is_logged_once(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(settings)
    app.include_router(router)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        serving = asyncio.create_task(server.serve([listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        transport = httpx.AsyncHTTPTransport(retries=10)
        async with httpx.AsyncClient(base_url=url, transport=transport) as client:
            answer = await client.get("/api/trial/bug")
        server.should_exit = True
        await serving
    assert is_problem(answer, 500, "internal")
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


async def test_a_commit_that_fails_is_the_answer(trial):
    answer = await trial.post("/api/trial/commit")
    assert is_problem(answer, 500, "internal")


async def test_postgresql_that_is_down_is_503_within_two_seconds(settings):
    down = settings.model_copy(
        update={"database_url": type(settings.database_url)("postgresql+psycopg://a@127.0.0.1:9/b")}
    )
    app: FastAPI = create_app(down)
    async with app.router.lifespan_context(app), client_of(app) as client:
        answer = await client.get("/api/auth/me", headers={"Authorization": "Bearer wks_x"})
        assert is_problem(answer, 503, "unavailable") and answer.json()["retryable"]
        assert int(answer.headers["Retry-After"]) >= 1 and answer.elapsed.total_seconds() < 2
        ready = await client.get("/api/health/ready")
        assert ready.status_code == 503 and ready.json()["dependencies"]["postgresql"]["state"] == "down"
        assert (await client.get("/api/health")).status_code == 200
