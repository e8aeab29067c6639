"""No stranger's bytes: every route of the OpenAPI, asked by another account and by nobody for what belongs to one.

A new route is in the matrix by itself; one whose path names something new fails until ``belongings`` has such a thing.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from httpx_sse import aconnect_sse
from sqlalchemy import text

from activities.storage import ObjectStore, blob_key
from models.session import Database
from models.settings import Settings
from tests.end_to_end.belongings import PHOTO, TEXT, Belongings, body_for, collect
from tests.running_platform import User

PUBLIC = {
    ("GET", "/api/health"),
    ("GET", "/api/health/ready"),
    ("POST", "/api/auth/register"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/reset-password"),
    ("GET", "/api/plans"),
    ("GET", "/api/models"),
    ("GET", "/api/models/{model_id}"),
    ("GET", "/api/tools"),
    ("GET", "/api/tools/{tool_id}"),
    ("POST", "/api/hooks/{token}"),
    ("POST", "/api/webhooks/stripe"),
}
"""Needs no login. Every other route answers 401 to a caller without one."""

IN_PERSON = ("/api/users/me", "/api/auth")
"""Where API keys are refused with 403 whatever they ask for."""

STEERED = ("/api/subscriptions",)
"""Where they may look, but not change what is paid for."""

SHARED = {
    "tool_id": ["sample-echo"],
    "model_id": ["quote-image/paper-mint"],
    "code": ["WELCOME-GUESSED"],
    "step": ["first"],
    "version": ["1"],
    "template_id": ["live-cover"],
    "token": ["wh_guessed"],
    "month": ["2026-11"],
}
SEARCHES = ("q", "cursor", "status", "tool_id", "pipeline_id", "priority", "kind", "mime_type")


@dataclass(frozen=True)
class Route:
    """One operation of the OpenAPI."""

    method: str
    path: str
    operation: dict[str, Any]

    @property
    def owned(self) -> list[str]:
        """Its path parameters that name somebody's things."""
        return [name for name in self._names("path") if name not in SHARED]

    @property
    def searches(self) -> list[str]:
        return [name for name in self._names("query") if name in SEARCHES]

    def _names(self, where: str) -> list[str]:
        return [each["name"] for each in self.operation.get("parameters", []) if each["in"] == where]

    def public_path(self) -> str:
        path = self.path
        for name, (value,) in SHARED.items():
            path = path.replace(f"{{{name}}}", value)
        return path


@pytest.fixture(scope="module")
async def openapi(api_url: str) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=api_url) as client:
        found: dict[str, Any] = (await client.get("/api/openapi.json")).json()
    return found


@pytest.fixture(scope="module")
async def victim(api_url: str) -> AsyncIterator[Belongings]:
    owner = await User.register(api_url)
    belongings = await collect(owner)
    yield belongings
    await owner.aclose()


@pytest.fixture(scope="module")
async def idle(victim: Belongings) -> Belongings:
    """The victim once the job that kept the only slot busy has ended."""
    await victim.owner.post(f"/api/jobs/{victim.running_job}/cancel")
    await victim.owner.ended(victim.running_job)
    return victim


def routes(openapi: dict[str, Any]) -> Iterator[Route]:
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            yield Route(method.upper(), path, operation)
            if method == "get":
                yield Route("HEAD", path, operation)


async def ask(client: httpx.AsyncClient, method: str, path: str, **more: Any) -> tuple[int, str]:
    """Status and body; of a stream that does not end, what came within a second."""
    async with client.stream(method, path, **more) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            return answer.status_code, (await answer.aread()).decode(errors="replace")
        seen = ""
        try:
            async with asyncio.timeout(1):
                async for piece in answer.aiter_text():
                    seen += piece
        except TimeoutError:
            return answer.status_code, seen
        return answer.status_code, seen


async def test_another_accounts_things_do_not_exist(openapi: dict[str, Any], victim: Belongings, user: User) -> None:
    schemas, wrong, asked = openapi["components"]["schemas"], [], 0
    made = await user.post("/api/users/me/api-keys", json={"name": "k", "scopes": ALL_SCOPES})
    key = httpx.AsyncClient(base_url=user.base_url, headers={"Authorization": f"Bearer {made.json()['key']}"})
    for route in routes(openapi):
        if not route.owned:
            continue
        body = body_for(route.operation, schemas)
        for path in victim.fill(route.public_path(), route.owned):
            for version in (path, path.replace("/api/", "/api/v1/", 1)):
                status, seen = await ask(user, route.method, version, **body)
                asked += 1
                missing = 405 if route.method == "HEAD" and status == 405 else 404
                if status != missing or any(each in seen for each in victim.ids if each not in path):
                    wrong.append((route.method, version, status, seen))
            status, seen = await ask(key, route.method, path, **body)
            allowed = {403} if path.startswith(IN_PERSON) else {404, 405}
            if status not in allowed | ({403} if path.startswith(STEERED) else set()):
                wrong.append(("with a key", route.method, path, status, seen))
    await key.aclose()
    assert asked > 60 and not wrong
    await assert_untouched(victim)


ALL_SCOPES = ["jobs:read", "jobs:write", "files:read", "files:write", "account:read"]


async def assert_untouched(victim: Belongings) -> None:
    """What strangers tried has changed nothing."""
    owner = victim.owner
    assert (await owner.get(f"/api/jobs/{victim.running_job}")).json()["status"] == "running"
    for file_id in victim.by_parameter["file_id"]:
        assert (await owner.get(f"/api/files/{file_id}/content")).status_code == 200
    (pipeline,) = (await owner.get("/api/pipelines")).json()["data"]
    assert (pipeline["name"], pipeline["version"], pipeline["published_version"]) == ("secret recipe", 1, None)
    keys = (await owner.get("/api/users/me/api-keys")).json()["data"]
    assert [each["id"] for each in keys] == victim.by_parameter["key_id"] and keys[0].get("revoked_at") is None


async def test_nothing_of_others_is_in_what_one_sees(openapi: dict[str, Any], victim: Belongings, api_url: str) -> None:
    schemas, leaks = openapi["components"]["schemas"], []
    for route in routes(openapi):
        if route.owned:
            continue
        stranger = await User.register(api_url)
        searches: list[dict[str, str]] = [{}]
        if route.method == "GET":
            searches += [{name: each} for name in route.searches for each in victim.ids]
        for query in searches:
            body = body_for(route.operation, schemas)
            status, seen = await ask(stranger, route.method, route.public_path(), params=query, **body)
            if status >= 500 or any(each in seen for each in victim.ids):
                leaks.append((route.method, route.path, query, status, seen))
        await stranger.aclose()
    assert not leaks


async def test_who_is_nobody_gets_nothing(openapi: dict[str, Any], victim: Belongings, api_url: str) -> None:
    schemas, wrong = openapi["components"]["schemas"], []
    async with httpx.AsyncClient(base_url=api_url) as nobody:
        for route in routes(openapi):
            paths = victim.fill(route.public_path(), route.owned)
            body = body_for(route.operation, schemas)
            for path in paths:
                for headers in ({}, {"Authorization": "Bearer wks_guessed"}, {"Cookie": "workshop_session=guessed"}):
                    status, seen = await ask(nobody, route.method, path, headers=headers, **body)
                    nobody.cookies.clear()  # registering signs in
                    public = (route.method, route.path) in PUBLIC
                    refused = status == 401 or (route.method == "HEAD" and status == 405)
                    if refused == public or any(each in seen for each in victim.ids if each not in path):
                        wrong.append((route.method, path, status, seen[:200]))
    assert not wrong
    assert {(route.method, route.path) for route in routes(openapi)} >= PUBLIC


async def test_others_files_quotes_and_keys_cannot_be_used(idle: Belongings, user: User) -> None:
    for tool in ("background-replace", "image-enhance"):
        for file_id in idle.by_parameter["file_id"]:
            body = {"inputs": {"image": file_id}, "parameters": {}}
            for verb in ("execute", "quote"):
                answer = await user.post(f"/api/tools/{tool}/{verb}", json=body)
                assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (tool, verb, answer.text)
    own = await user.upload(PHOTO)
    mixed = {"inputs": {"images": [own, idle.photo]}, "parameters": {}}
    assert (await user.post("/api/tools/image-deduplication/execute", json=mixed)).status_code == 404
    quoted = {"parameters": {"credits": 1}, "quote_id": idle.quote}
    assert (await user.post("/api/tools/sample-noop/execute", json=quoted)).status_code == 404
    same_key = await user.execute("sample-echo", TEXT, {"Idempotency-Key": "same"}, seconds=0)
    assert same_key.json()["id"] not in idle.ids and "Idempotent-Replayed" not in same_key.headers
    await user.ended(same_key.json()["id"])
    assert (await user.credits())["balance"] == 997


async def test_a_link_opens_its_own_file_only(idle: Belongings, user: User) -> None:
    own = await user.upload(PHOTO)
    link = (await user.post(f"/api/files/{own}/generate-url", json={})).json()["url"]
    async with httpx.AsyncClient(base_url=user.base_url) as nobody:
        query = httpx.URL(link).query.decode()
        assert (await nobody.get(f"/api/files/{own}/content?{query}")).status_code == 200
        for kind in ("content", "thumbnail"):
            answer = await nobody.get(f"/api/files/{idle.photo}/{kind}?{query}")
            assert answer.status_code == 404
        later = query.replace("expires=", "expires=9")
        assert (await nobody.get(f"/api/files/{own}/content?{later}")).status_code == 404
        await user.delete(f"/api/files/{own}")
        assert (await nobody.get(f"/api/files/{own}/content?{query}")).status_code == 404
        shared = httpx.URL(idle.signed_url).query.decode()
        assert (await nobody.get(f"/api/files/{idle.photo}/content?{shared}")).status_code == 200


async def test_a_feed_tells_of_its_own_account_only(idle: Belongings, user: User) -> None:
    ticket = (await user.post("/api/events/ticket")).json()["ticket"]
    refused = await user.get(f"/api/jobs/{idle.running_job}/events?ticket={ticket}")
    assert refused.status_code == 404
    theirs = await idle.owner.job("sample-noop")
    own = await user.job("sample-noop")
    seen = []

    async def listen() -> None:
        async with aconnect_sse(user, "GET", "/api/events", headers={"Last-Event-ID": "0-0"}) as source:
            async for event in source.aiter_sse():
                seen.append(json.loads(event.data)["job_id"])
                if event.event == "credits.changed":
                    return

    await idle.owner.ended(theirs)
    await asyncio.wait_for(listen(), 20)
    assert set(seen) <= {own, None} and own in seen


async def test_the_same_bytes_are_kept_for_each_account(
    idle: Belongings, user: User, database: Database, settings: Settings
) -> None:
    copy = await user.upload(PHOTO)
    mine, theirs = (
        (await user.get(f"/api/files/{copy}")).json(),
        (await idle.owner.get(f"/api/files/{idle.photo}")).json(),
    )
    assert mine["sha256"] == theirs["sha256"] and mine["id"] != theirs["id"]
    async with database.transaction() as session:
        found = await session.execute(
            text("SELECT account_id FROM blobs WHERE sha256 = :sha256 AND account_id = ANY(:accounts)"),
            {"sha256": mine["sha256"], "accounts": [user.account_id, idle.owner.account_id]},
        )
        assert set(found.scalars()) == {user.account_id, idle.owner.account_id}
    store = ObjectStore(settings)
    for account in (user.account_id, idle.owner.account_id):
        assert await store.exists(blob_key(account, mine["sha256"]))
    await store.close()
    await user.delete(f"/api/files/{copy}")
    assert (await idle.owner.get(f"/api/files/{idle.photo}/content")).content == PHOTO.read_bytes()
