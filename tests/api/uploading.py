"""Uploading and being refused, as the tests of files do it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from api.main import create_app
from models.settings import Settings
from tests.activities.media import samples

from .conftest import Person

PHOTO = samples.image("JPEG")


async def upload(who: Person, body: bytes = PHOTO, name: str = "photo.jpg", **headers: str) -> httpx.Response:
    return await who.http.post("/api/files/upload", files={"file": (name, body)}, headers=headers)


async def uploaded(who: Person, body: bytes = PHOTO, name: str = "photo.jpg") -> dict[str, Any]:
    answer = await upload(who, body, name)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    return problem


@asynccontextmanager
async def changed(settings: Settings, **changes: Any) -> AsyncIterator[FastAPI]:
    """Another API over the same stack with other settings."""
    app = create_app(settings.model_copy(update=changes))
    async with app.router.lifespan_context(app):
        yield app
