"""Links that open one file for whoever has them."""

import time

import httpx
import pytest

from models.settings import Settings

from .conftest import Person, SignUp
from .uploading import PHOTO, changed, refused, uploaded


async def test_a_link_opens_the_file_until_it_expires_or_is_deleted(
    person: Person, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await uploaded(person)
    made = await person.http.post(f"/api/files/{file['id']}/generate-url", json={"expires_in": 60})
    url = httpx.URL(made.json()["url"])
    path = url.raw_path.decode()
    assert (await http.get(path)).content == PHOTO
    assert (await http.get(path, headers={"Range": "bytes=0-3"})).status_code == 206

    refused(await http.get(path[:-1] + ("0" if path[-1] != "0" else "1")), 404, "not_found")
    refused(await http.get(path.replace("expires=1", "expires=2")), 404, "not_found")
    other = await uploaded(person, b"other")
    refused(await http.get(path.replace(file["id"], other["id"])), 404, "not_found")
    now = time.time
    monkeypatch.setattr("api.links.time.time", lambda: now() + 61)
    refused(await http.get(path), 404, "not_found")
    monkeypatch.undo()

    assert (await person.http.delete(f"/api/files/{file['id']}")).status_code == 204
    refused(await http.get(path), 404, "not_found")


@pytest.mark.parametrize("seconds", [59, 604_801, "x"])
async def test_links_live_a_minute_to_a_week(person: Person, seconds: object) -> None:
    file = await uploaded(person, b"text")
    answer = await person.http.post(f"/api/files/{file['id']}/generate-url", json={"expires_in": seconds})
    refused(answer, 422, "invalid_input")


async def test_a_public_store_signs_links_itself(settings: Settings, sign_up: SignUp) -> None:
    async with changed(settings, s3_public_endpoint=settings.s3_endpoint) as app:
        who = await sign_up(app)
        file = await uploaded(who)
        url = (await who.http.post(f"/api/files/{file['id']}/generate-url")).json()["url"]
        async with httpx.AsyncClient() as anybody:
            answer = await anybody.get(url)
        assert answer.content == PHOTO and answer.headers["content-disposition"].startswith("inline")
