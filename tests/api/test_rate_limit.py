"""Limits hold under a rush, recover at an even rate, and say so."""

import asyncio
from typing import Annotated

import pytest
from fastapi import Depends
from sqlalchemy import text

from api.main import create_app
from api.rate_limit import Policy, executes, limited
from api.routing import Router
from models.repositories.rate_limits import RateLimits
from models.settings import Settings
from tests.api.conftest import client_of

router = Router("/api/trial", "trial")


@router.get("/few")
async def few(_: Annotated[None, Depends(limited(lambda _: Policy("few", 5, 60), lambda r: r.headers["who"]))]) -> str:
    return "ok"


@pytest.fixture
async def trial(settings: Settings):
    app = create_app(settings)
    app.include_router(router)
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


async def test_of_forty_at_once_five_pass(trial):
    answers = await asyncio.gather(*(trial.get("/api/trial/few", headers={"who": "rush"}) for _ in range(40)))
    passed = [answer for answer in answers if answer.status_code == 200]
    assert len(passed) == 5
    assert sorted(answer.headers["RateLimit"].split(";")[1] for answer in passed) == ["r=0", "r=1", "r=2", "r=3", "r=4"]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["RateLimit-Policy"] == '"few";q=5;w=60'
    assert 1 <= int(refused.headers["Retry-After"]) <= 12
    assert (await trial.get("/api/trial/few", headers={"who": "someone else"})).status_code == 200


async def test_one_comes_back_after_each_interval(app):
    async with app.state.platform.database.transaction() as session:
        taken = [await RateLimits(session).take("even", 4, 60) for _ in range(5)]
        assert [each.allowed for each in taken] == [True] * 4 + [False]
        assert 14 < taken[4].retry_after <= 15
    async with app.state.platform.database.transaction() as session:
        back = text("UPDATE rate_limits SET arrival = arrival - interval '15 seconds' WHERE subject = 'even'")
        await session.execute(back)
    async with app.state.platform.database.transaction() as session:
        taken = [await RateLimits(session).take("even", 4, 60) for _ in range(2)]
    assert [each.allowed for each in taken] == [True, False]


async def test_what_has_recovered_is_swept(app):
    async with app.state.platform.database.transaction() as session:
        await RateLimits(session).take("gone", 4, 60)
        await session.execute(text("UPDATE rate_limits SET arrival = now() - interval '1 hour' WHERE subject = 'gone'"))
        assert await RateLimits(session).purge() >= 1


def test_a_tier_multiplies(settings: Settings):
    assert executes(settings, 2.5).limit == settings.executes_per_minute * 2.5
