"""Signing in and out of several servers, and what happens without."""

import json
import stat
from pathlib import Path

from tests.running_platform import User
from tests.workers.cli.conftest import PASSWORD, Workshop


async def test_a_token_is_kept_for_its_owner_alone(
    workshop: Workshop, api_url: str, user: User, tmp_path: Path
) -> None:
    ended = await workshop("login", api_url, "--email", user.email, "--password", PASSWORD, "--json")
    assert (ended.code, ended.document["user"]["email"]) == (0, user.email), ended.err
    file = tmp_path / "config" / "workshop" / "credentials.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert PASSWORD not in file.read_text()
    token = json.loads(file.read_text())["servers"][api_url]["token"]
    assert (await workshop("jobs", "list")).code == 0
    assert (await workshop("logout")).code == 0
    user.headers["Authorization"] = f"Bearer {token}"
    assert (await user.get("/api/auth/me")).status_code == 401
    assert (await workshop("jobs", "list", "--server", api_url)).code == 3


async def test_a_refused_login_says_so_in_the_users_language(workshop: Workshop, api_url: str, user: User) -> None:
    wrong = ("login", api_url, "--email", user.email, "--password", "wrong password", "--json")
    english = await workshop(*wrong, "--lang", "en")
    assert (english.code, english.out, english.problem["code"]) == (3, "", "unauthenticated")
    assert english.problem["request_id"].startswith("req_")
    chinese = await workshop(*wrong, LANG="zh_CN.UTF-8")
    assert chinese.problem["detail"] != english.problem["detail"]


async def test_an_api_key_serves_as_well(workshop: Workshop, api_url: str, user: User) -> None:
    made = await user.post("/api/users/me/api-keys", json={"name": "cli", "scopes": ["jobs:read"]})
    assert made.status_code == 201, made.text
    assert (await workshop("jobs", "list", "--server", api_url, WORKSHOP_API_KEY=made.json()["key"])).code == 0


async def test_a_server_that_is_away(workshop: Workshop) -> None:
    ended = await workshop("tools", "list", "--server", "http://127.0.0.1:9", "--json")
    assert (ended.code, ended.problem["code"]) == (5, "unreachable")
