"""The same Idempotency-Key means the same work, once."""

import asyncio

import pytest
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import text

from api.deps import Caller, Work
from api.idempotency import Once
from api.main import create_app
from api.routing import Router
from models.errors import InsufficientCredits
from models.repositories.idempotency import Idempotency
from models.settings import Settings
from tests.api.conftest import client_of

router = Router("/api/trial", "trial")
worked: list[str] = []


class Order(BaseModel):
    size: int
    color: str = "red"


@router.post("/orders", status_code=202)
async def order(caller: Caller, once: Once, work: Work, body: Order) -> Response:
    if (known := await once.replay(work.session)) is not None:
        return known
    if body.size > 100:
        raise InsufficientCredits(needed=body.size, available=100)
    worked.append(caller.user_id)
    await work.session.execute(text("SELECT pg_sleep(0.05)"))
    return await once.answer(work.session, {"number": len(worked)}, 202)


@pytest.fixture
async def trial(settings: Settings, person):
    app = create_app(settings)
    app.include_router(router)
    worked.clear()
    headers = {"Authorization": f"Bearer {person.token}"}
    async with app.router.lifespan_context(app), client_of(app, headers=headers) as client:
        yield client


async def test_a_repeat_gets_the_committed_answer_and_does_nothing(trial):
    key = {"Idempotency-Key": "order-1"}
    first = await trial.post("/api/trial/orders", json={"size": 1, "color": "blue"}, headers=key)
    again = await trial.post(
        "/api/trial/orders",
        content=b'{ "color": "blue", "size":1 }',
        headers={**key, "content-type": "application/json"},
    )
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (202, {"number": 1})
    assert "Idempotent-Replayed" not in first.headers and again.headers["Idempotent-Replayed"] == "true"
    assert len(worked) == 1


async def test_a_hundred_at_once_work_once(trial):
    key = {"Idempotency-Key": "order-2"}
    answers = await asyncio.gather(
        *(trial.post("/api/trial/orders", json={"size": 1}, headers=key) for _ in range(100))
    )
    assert len(worked) == 1
    assert {answer.status_code for answer in answers} <= {202, 409}
    for answer in answers:
        assert answer.json() == {"number": 1} if answer.status_code == 202 else answer.json()["code"] == "in_flight"


async def test_another_body_or_address_under_the_key_is_a_mistake(trial):
    key = {"Idempotency-Key": "order-3"}
    await trial.post("/api/trial/orders", json={"size": 1}, headers=key)
    answer = await trial.post("/api/trial/orders", json={"size": 2}, headers=key)
    assert answer.status_code == 422 and answer.json()["code"] == "idempotency_mismatch"


async def test_a_refusal_is_not_remembered(trial):
    key = {"Idempotency-Key": "order-4"}
    assert (await trial.post("/api/trial/orders", json={"size": 200}, headers=key)).status_code == 402
    assert (await trial.post("/api/trial/orders", json={"size": 20}, headers=key)).status_code == 202


async def test_keys_are_the_callers_own(trial, sign_up):
    stranger = await sign_up()
    for token in (None, stranger.token):
        headers = {"Idempotency-Key": "order-5"} | ({"Authorization": f"Bearer {token}"} if token else {})
        answer = await trial.post("/api/trial/orders", json={"size": 1}, headers=headers)
        assert "Idempotent-Replayed" not in answer.headers
    assert len(set(worked)) == 2


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
async def test_a_bad_key_is_refused(trial, key):
    answer = await trial.post("/api/trial/orders", json={"size": 1}, headers={"Idempotency-Key": key})
    assert answer.status_code == 422 and answer.json()["errors"][0]["path"] == "Idempotency-Key"


async def test_after_a_day_the_key_is_free_again(app, trial):
    key = {"Idempotency-Key": "order-6"}
    await trial.post("/api/trial/orders", json={"size": 1}, headers=key)
    async with app.state.platform.database.transaction() as session:
        aged = "UPDATE idempotency_records SET created_at = now() - interval '25 hours' WHERE key = 'order-6'"
        await session.execute(text(aged))
    assert (await trial.post("/api/trial/orders", json={"size": 2}, headers=key)).json() == {"number": 2}
    async with app.state.platform.database.transaction() as session:
        await session.execute(text(aged))
        assert await Idempotency(session).purge() == 1
