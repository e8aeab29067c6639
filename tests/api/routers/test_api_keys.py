"""Keys for programs."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, update

from models.secrets import is_api_key
from models.tables import ApiKey, User


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def test_a_key_is_shown_once_and_works(http, person):
    made = await person.http.post("/api/users/me/api-keys", json={"name": "ci", "scopes": ["jobs:read"]})
    assert made.status_code == 201
    key = made.json()["key"]
    assert is_api_key(key)
    assert (await http.get("/api/auth/me", headers=bearer(key))).json()["id"] == person.user["id"]
    listed = await person.http.get("/api/users/me/api-keys")
    assert key not in listed.text
    [view] = listed.json()["data"]
    assert view["scopes"] == ["jobs:read"] and view["last_used_at"] is not None and key.startswith(view["hint"][:12])


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": func.now()},
        {"expires_at": func.now()},
    ],
)
async def test_a_revoked_or_expired_key_is_refused(app, http, person, change):
    made = (await person.http.post("/api/users/me/api-keys", json={"name": "ci"})).json()
    async with app.state.platform.database.transaction() as session:
        await session.execute(update(ApiKey).where(ApiKey.id == made["id"]).values(**change))
    answer = await http.get("/api/auth/me", headers=bearer(made["key"]))
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_disabled_user_has_neither_keys_nor_sessions(app, http, person):
    key = (await person.http.post("/api/users/me/api-keys", json={"name": "ci"})).json()["key"]
    async with app.state.platform.database.transaction() as session:
        await session.execute(update(User).where(User.id == person.user["id"]).values(disabled_at=func.now()))
    assert (await http.get("/api/auth/me", headers=bearer(key))).status_code == 401
    assert (await person.http.get("/api/auth/me")).status_code == 401
    login = {"email": person.email, "password": person.password}
    assert (await http.post("/api/auth/login", json=login)).status_code == 401


async def test_revoking_ends_it_at_once_and_only_ones_own(http, person, sign_up):
    made = (await person.http.post("/api/users/me/api-keys", json={"name": "ci"})).json()
    stranger = await sign_up()
    assert (await stranger.http.delete(f"/api/users/me/api-keys/{made['id']}")).status_code == 404
    assert (await http.get("/api/auth/me", headers=bearer(made["key"]))).status_code == 200
    assert (await person.http.delete(f"/api/users/me/api-keys/{made['id']}")).status_code == 204
    assert (await http.get("/api/auth/me", headers=bearer(made["key"]))).status_code == 401
    assert (await person.http.delete(f"/api/users/me/api-keys/{made['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/users/me/api-keys", None),
        ("POST", "/api/users/me/api-keys", {"name": "more"}),
        ("GET", "/api/users/me/sessions", None),
        ("DELETE", "/api/users/me/sessions", None),
        ("POST", "/api/users/me/password", {"current_password": "x", "new_password": "something else"}),
        ("DELETE", "/api/users/me", None),
    ],
)
async def test_a_key_cannot_take_over_the_account(http, person, method, path, body):
    key = (await person.http.post("/api/users/me/api-keys", json={"name": "ci"})).json()["key"]
    answer = await http.request(method, path, json=body, headers=bearer(key))
    assert answer.status_code == 403 and answer.json()["code"] == "forbidden"


async def test_an_unknown_scope_and_a_past_end_are_named(person):
    body = {"name": "ci", "scopes": ["root"], "expires_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
    answer = await person.http.post("/api/users/me/api-keys", json=body)
    assert {error["path"] for error in answer.json()["errors"]} == {"scopes.0", "expires_at"}


@pytest.mark.parametrize("token", ["wk_live_short", "wk_live_" + "A" * 38, "wks_x", "", "é", "x" * 5000])
async def test_nonsense_is_not_a_key(http, token):
    assert (await http.get("/api/auth/me", headers={"Authorization": f"Bearer {token}".encode()})).status_code == 401
