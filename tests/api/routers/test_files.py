"""Files over HTTP: uploads good and bad, quota, lists, and what strangers see of it all: nothing."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from activities.storage import ObjectStore
from models.repositories.allowances import Allowances
from models.settings import MEBIBYTE, Settings
from tests.activities.media import samples

from ..conftest import Person, SignUp
from ..uploading import PHOTO, changed, refused, upload, uploaded


async def test_an_upload_is_described_at_once(person: Person) -> None:
    file = await uploaded(person)
    assert file["id"].startswith("file_") and file["status"] == "ready"
    assert (file["mime_type"], file["kind"], file["file_size"]) == ("image/jpeg", "image", len(PHOTO))
    assert file["sha256"] == hashlib.sha256(PHOTO).hexdigest()
    assert (file["metadata"]["width"], file["metadata"]["height"]) == (640, 427)
    assert (await person.http.get(f"/api/files/{file['id']}")).json() == file


async def test_the_content_decides_and_the_name_is_made_harmless(person: Person) -> None:
    file = await uploaded(person, PHOTO, '../../etc/‮photo "1"\r\n照片?.png')
    assert file["mime_type"] == "image/jpeg"
    assert "/" not in file["original_filename"] and "\n" not in file["original_filename"]
    assert "照片" in file["original_filename"]
    assert file["filename"] == file["filename"].strip(" .") and not set('<>:"|?*\\/') & set(file["filename"])


async def test_equal_bytes_are_stored_once(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    body, puts = samples.image("PNG"), []
    put = ObjectStore.put_file

    async def counting(store: ObjectStore, *given: Any) -> None:
        puts.append(given[0])
        await put(store, *given)

    monkeypatch.setattr(ObjectStore, "put_file", counting)
    one, two = await uploaded(person, body, "one.png"), await uploaded(person, body, "two.png")
    assert one["id"] != two["id"] and one["sha256"] == two["sha256"] and len(puts) == 1


BAD = {
    "empty": (b"", 422, "corrupt_file"),
    "cut off": (PHOTO[:-500], 422, "corrupt_file"),
    "bomb": (samples.png_bomb(), 422, "decompression_bomb"),
    "program": (b"MZ" + bytes(900), 415, "unsupported_type"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_bad_files_are_refused_and_nothing_stays(
    app: FastAPI, person: Person, settings: Settings, kind: str
) -> None:
    body, status, code = BAD[kind]
    refused(await upload(person, body), status, code)
    assert (await person.http.get("/api/files")).json()["data"] == []
    async with app.state.platform.database.transaction() as session:
        query = text("SELECT count(*) FROM blobs WHERE account_id = :it")
        assert (await session.execute(query, {"it": person.user["account_id"]})).scalar() == 0
    assert not list(settings.scratch_folder.glob("*/upload-*"))


async def test_bodies_that_are_no_upload(person: Person) -> None:
    http = person.http
    problem = refused(await http.post("/api/files/upload", json={}), 422, "invalid_input")
    assert problem["errors"][0]["path"] == "headers.Content-Type"
    refused(await http.post("/api/files/upload", files={"image": ("a.jpg", PHOTO)}), 422, "invalid_input")
    refused(
        await http.post("/api/files/upload", data={"note": "x"}, files={"file": ("a", PHOTO)}), 422, "invalid_input"
    )
    two = [("file", ("a.jpg", PHOTO)), ("file", ("b.jpg", PHOTO))]
    refused(await http.post("/api/files/upload", files=two), 422, "invalid_input")
    head = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(await http.post("/api/files/upload", content=b"nonsense", headers=head), 422, "invalid_input")
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf of'
    refused(await http.post("/api/files/upload", content=part, headers=head), 422, "corrupt_file")


async def test_a_stranger_is_refused_before_the_body_is_read(http: httpx.AsyncClient) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield bytes(MEBIBYTE)

    head = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(await http.post("/api/files/upload", content=body(), headers=head), 401, "unauthenticated")


async def test_limits_by_kind(settings: Settings, sign_up: SignUp) -> None:
    async with changed(settings, max_upload=1 * MEBIBYTE, max_upload_large=4 * MEBIBYTE) as app:
        who = await sign_up(app)
        archive = samples.archive({"noise": os.urandom(2 * MEBIBYTE)})
        assert (await uploaded(who, archive, "a.zip"))["kind"] == "archive"
        problem = refused(await upload(who, b"a" * (2 * MEBIBYTE)), 413, "file_too_large")
        assert "1 MB" in problem["detail"]
        refused(await upload(who, b"PK\x03\x04" + bytes(5 * MEBIBYTE)), 413, "file_too_large")

        async def endless() -> AsyncIterator[bytes]:
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
            while True:
                yield bytes(MEBIBYTE)

        head = {"Content-Type": "multipart/form-data; boundary=x"}
        async with asyncio.timeout(10):
            answer = await who.http.post("/api/files/upload", content=endless(), headers=head)
        refused(answer, 413, "file_too_large")


async def test_the_quota_says_what_is_left(settings: Settings, sign_up: SignUp) -> None:
    words = b"no picture is made of text " * 300
    async with changed(settings, account_quota=len(words) + 1000) as app:
        who = await sign_up(app)
        assert (await upload(who, words)).status_code == 201
        assert "1000" in refused(await upload(who, words[1:]), 413, "quota_exceeded")["detail"]
        assert (await upload(who, words)).status_code == 201, "equal bytes take no room"
        for each in (await who.http.get("/api/files")).json()["data"]:
            assert (await who.http.delete(f"/api/files/{each['id']}")).status_code == 204
        assert (await upload(who, words)).status_code == 201


async def test_a_better_plan_has_more_room(settings: Settings, sign_up: SignUp) -> None:
    words = b"no picture is made of text " * 300
    async with changed(settings, account_quota=len(words) - 1) as app:
        who = await sign_up(app)
        refused(await upload(who, words), 413, "quota_exceeded")
        account_id = (await who.http.get("/api/auth/me")).json()["account_id"]
        async with app.state.platform.database.transaction() as session:
            await Allowances(session).follow_plan(account_id, "pro", None, f"test:{account_id}", "operator")
        assert (await upload(who, words)).status_code == 201


async def test_uploads_are_limited_by_rate(settings: Settings, sign_up: SignUp) -> None:
    async with changed(settings, uploads_per_minute=2) as app:
        who = await sign_up(app)
        answers = [await upload(who, b"text") for _ in range(3)]
        assert [each.status_code for each in answers] == [201, 201, 429]
        assert int(answers[2].headers["retry-after"]) > 0


async def test_a_store_that_is_down_is_503_and_the_upload_works_afterwards(settings: Settings, sign_up: SignUp) -> None:
    async with changed(settings, s3_endpoint="http://127.0.0.1:9") as app:
        who = await sign_up(app)
        started = time.monotonic()
        answer = await upload(who)
        assert time.monotonic() - started < 3
        refused(answer, 503, "unavailable")
        assert "retry-after" in answer.headers
        store, back = app.state.platform.store, ObjectStore(settings)
        store._client, store._prober = back._client, back._prober
        assert (await upload(who)).status_code == 201


async def test_the_same_key_uploads_once(person: Person) -> None:
    first = await upload(person, **{"Idempotency-Key": "k1"})
    again = await upload(person, **{"Idempotency-Key": "k1"})
    assert again.json() == first.json() and again.headers["idempotent-replayed"] == "true"
    refused(await upload(person, b"other", **{"Idempotency-Key": "k1"}), 422, "idempotency_mismatch")
    assert len((await person.http.get("/api/files")).json()["data"]) == 1


async def test_strangers_find_nothing(person: Person, sign_up: SignUp, http: httpx.AsyncClient) -> None:
    file, stranger = await uploaded(person), await sign_up()
    path = f"/api/files/{file['id']}"
    for method, each in (
        ("GET", path),
        ("DELETE", path),
        ("GET", path + "/content"),
        ("GET", path + "/thumbnail"),
        ("POST", path + "/generate-url"),
    ):
        refused(await stranger.http.request(method, each), 404, "not_found")
        refused(await http.request(method, each), 401, "unauthenticated")
    assert (await stranger.http.get("/api/files")).json() == {"data": [], "next_cursor": None}
    assert (await person.http.get(path)).status_code == 200


async def test_lists_go_page_by_page(person: Person) -> None:
    ids = [(await uploaded(person, f"note {number}".encode(), f"note {number}.txt"))["id"] for number in range(3)]
    await uploaded(person, PHOTO, "cat.jpg")
    first = (await person.http.get("/api/files", params={"limit": 2, "kind": "text"})).json()
    second = (
        await person.http.get("/api/files", params={"limit": 2, "kind": "text", "cursor": first["next_cursor"]})
    ).json()
    assert [each["id"] for each in first["data"] + second["data"]] == ids[::-1]
    assert second["next_cursor"] is None
    found = (await person.http.get("/api/files", params={"q": "CAT"})).json()["data"]
    assert [each["original_filename"] for each in found] == ["cat.jpg"]
    assert len((await person.http.get("/api/files", params={"mime_type": "image/jpeg"})).json()["data"]) == 1


async def test_rejected_files_are_not_handed_out(app: FastAPI, person: Person) -> None:
    file = await uploaded(person, b"text")
    async with app.state.platform.database.transaction() as session:
        await session.execute(
            text("UPDATE files SET status = 'rejected', rejection = 'Eicar', ingested_at = now() WHERE id = :id"),
            {"id": file["id"]},
        )
    assert (await person.http.get(f"/api/files/{file['id']}")).json()["status"] == "rejected"
    refused(await person.http.get(f"/api/files/{file['id']}/content"), 422, "file_rejected")


async def test_a_full_disk_takes_no_files(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.uploads.KEPT_FREE", 2**62)
    refused(await upload(person), 507, "disk_full")
