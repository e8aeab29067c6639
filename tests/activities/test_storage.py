"""The object store over the real S3: round trips, ranges, publishing beside a purge, and a store that is down."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from activities.storage import ObjectStore, blob_key, publish_blob
from models.errors import NotFound, QuotaExceeded, Unavailable
from models.repositories.blobs import Blobs
from models.repositories.credits import Credits
from models.session import Database
from models.settings import MEBIBYTE, Settings


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[ObjectStore]:
    store = ObjectStore(settings)
    yield store
    await store.close()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings)
    yield database
    await database.close()


@pytest.fixture
async def account(database: Database) -> str:
    async with database.transaction() as session:
        return await Credits(session).open_account("storage test", 0)


async def publish(database: Database, store: ObjectStore, account: str, path: Path, quota: int | None = None) -> bool:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()
    return await publish_blob(database, store, account, path, digest, len(body), "text/plain", quota=quota)


async def read(store: ObjectStore, key: str, span: tuple[int, int] | None = None) -> bytes:
    found = await store.open(key, span)
    body = b"".join([chunk async for chunk in found.chunks])
    assert len(body) == found.length
    return body


async def test_bytes_come_back_whole_and_in_ranges(store: ObjectStore, tmp_path: Path) -> None:
    body = os.urandom(40 * MEBIBYTE)
    (tmp_path / "large").write_bytes(body)
    await store.put_file("test/large", tmp_path / "large", "application/octet-stream")

    await store.get_to_file("test/large", tmp_path / "back")

    assert (tmp_path / "back").read_bytes() == body
    assert await read(store, "test/large", (5, 1_000_004)) == body[5:1_000_005]
    found = await store.head("test/large")
    assert found is not None and found.size == len(body)
    await store.delete("test/large")
    assert not await store.exists("test/large")


async def test_a_missing_object_is_not_found_and_may_be_deleted(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await store.open("test/nothing")
    with pytest.raises(NotFound):
        await store.get_to_file("test/nothing", tmp_path / "nothing")
    assert await store.head("test/nothing") is None
    await store.delete("test/nothing")


async def test_listing_goes_page_by_page_in_order(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [f"test/list/{number}" for number in range(5)]
    for key in keys:
        await store.put_bytes(key, b"x", "text/plain")
    pages = store._client.list_objects_v2
    monkeypatch.setattr(store._client, "list_objects_v2", lambda **request: pages(**request, MaxKeys=2))
    assert [each.key async for each in store.list("test/list/")] == keys


async def test_a_store_that_is_down_is_said_to_be_within_two_seconds(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    store = ObjectStore(settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"}))
    calls = (
        store.ping(),
        store.open("key"),
        store.put_file("key", tmp_path / "file", "text/plain"),
        store.get_to_file("key", tmp_path / "back"),
    )
    for call in calls:
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await call
        assert time.monotonic() - started < 2
    await store.close()


async def test_equal_bytes_are_put_once_an_account(
    database: Database, store: ObjectStore, account: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(os.urandom(64))
    assert await publish(database, store, account, tmp_path / "file")
    assert not await publish(database, store, account, tmp_path / "file")


async def test_an_upload_that_meets_a_purge_waits_and_puts_its_bytes_again(
    database: Database, store: ObjectStore, account: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(64))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    await publish(database, store, account, path)
    async with database.transaction() as session:
        await session.execute(text("UPDATE blobs SET status = 'deleting' WHERE sha256 = :it"), {"it": digest})

    async with database.transaction() as session:
        assert await Blobs(session).lock_condemned(account, digest)
        upload = asyncio.create_task(publish(database, store, account, path))
        await store.delete(blob_key(account, digest))
        done, _ = await asyncio.wait([upload], timeout=0.3)
        assert not done, "the upload must wait for the purge"
        await Blobs(session).forget(account, digest)

    assert await upload
    assert await read(store, blob_key(account, digest)) == path.read_bytes()


async def test_an_upload_takes_over_from_a_purge_that_died(
    database: Database, store: ObjectStore, account: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(64))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    await publish(database, store, account, path)
    async with database.transaction() as session:
        await session.execute(text("UPDATE blobs SET status = 'deleting' WHERE sha256 = :it"), {"it": digest})
    await store.delete(blob_key(account, digest))

    assert await publish(database, store, account, path)

    async with database.transaction() as session:
        assert not await Blobs(session).lock_condemned(account, digest), "the purge must find it taken over"
    assert await store.exists(blob_key(account, digest))


async def test_parallel_uploads_cannot_pass_the_quota(
    database: Database, store: ObjectStore, account: str, tmp_path: Path
) -> None:
    paths = [tmp_path / str(number) for number in range(8)]
    for path in paths:
        path.write_bytes(os.urandom(100))

    ended = await asyncio.gather(
        *(publish(database, store, account, path, quota=350) for path in paths), return_exceptions=True
    )

    assert ended.count(True) == 3
    refused = [each for each in ended if isinstance(each, QuotaExceeded)]
    assert len(refused) == 5 and refused[0].params["left"] == 50
