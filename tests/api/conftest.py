"""The application in process over the real PostgreSQL, and people who use it."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.main import create_app
from models.logging import configure_logging
from models.settings import Settings

BASE = "http://testserver"


def client_of(app: FastAPI, **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE, **options)


@dataclass
class Person:
    """Someone with an account; ``http`` sends their session token and no cookies."""

    http: httpx.AsyncClient
    email: str
    password: str
    user: dict[str, Any]
    token: str


SignUp = Callable[..., Awaitable[Person]]


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    configure_logging(settings)
    app = create_app(settings.model_copy(update={"registrations_per_hour": 100_000}))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A caller nobody knows."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def sign_up(app: FastAPI) -> AsyncIterator[SignUp]:
    """Registers a new person at each call."""
    opened: list[httpx.AsyncClient] = []

    async def signing_up(on: FastAPI = app) -> Person:
        email, password = f"p{secrets.token_hex(6)}@example.com", secrets.token_urlsafe(12)
        async with client_of(on) as stranger:
            answer = await stranger.post(
                "/api/auth/register", json={"email": email, "password": password, "name": "Lin"}
            )
        assert answer.status_code == 201, answer.text
        body = answer.json()
        token = body["session"]["token"]
        opened.append(client_of(on, headers={"Authorization": f"Bearer {token}"}))
        return Person(opened[-1], email, password, body["user"], token)

    yield signing_up
    for client in opened:
        await client.aclose()


@pytest.fixture
async def person(sign_up: SignUp) -> Person:
    return await sign_up()
