"""Ingest, expiry and purge, on the real database and store: what a file becomes, and that no byte stays behind."""

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities import files as module
from activities.files import FileActivities
from activities.media.probe import Prober
from activities.scratch import Scratch
from activities.storage import ObjectStore, blob_key, publish_blob, work_key
from models.errors import Unavailable
from models.payloads.files import IngestInput, NewFile
from models.repositories.credits import Credits
from models.repositories.files import Files
from models.session import Database
from models.settings import Settings
from models.tables import File

from .clamd_stand_in import EICAR, ClamdStandIn
from .media import samples


class World:
    """An account with files, and the activities that look after them."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self.database, self.store = Database(settings), ObjectStore(settings)
        self.scratch, self.prober = Scratch(folder / "scratch"), Prober(settings.max_pixels, 1)
        self.account = ""

    @staticmethod
    async def opened(settings: Settings, folder: Path) -> "World":
        world = World(settings, folder)
        async with world.database.transaction() as session:
            world.account = await Credits(session).open_account("ingest test", 0)
        return world

    async def close(self) -> None:
        await self.prober.close()
        await self.store.close()
        await self.database.close()
        assert not list(self.folder.glob("scratch/*/*-*")), "scratch folders are gone"
        self.scratch.close()

    def activities(self, **changes: Any) -> FileActivities:
        settings = self.settings.model_copy(update=changes)
        return FileActivities(self.database, self.store, self.scratch, self.prober, settings)

    async def add(self, body: bytes, mime_type: str, kind: str, status: str = "ready") -> File:
        path, sha256 = self.folder / "body", hashlib.sha256(body).hexdigest()
        path.write_bytes(body)
        await publish_blob(self.database, self.store, self.account, path, sha256, len(body), mime_type)
        new = NewFile(
            account_id=self.account,
            filename="f",
            original_filename="f",
            size=len(body),
            mime_type=mime_type,
            kind=kind,
            sha256=sha256,
            status=status,
        )
        async with self.database.transaction() as session:
            return await Files(session).create(new)

    async def file(self, file_id: str) -> File:
        async with self.database.transaction() as session:
            return await Files(session).get(self.account, file_id)

    async def delete(self, file: File) -> None:
        async with self.database.transaction() as session:
            await Files(session).delete(self.account, file.id)

    async def ingest(self, file: File, activities: FileActivities) -> str:
        return (await ActivityEnvironment().run(activities.ingest, IngestInput(file_id=file.id))).status

    async def age(self, hours: int = 2) -> None:
        async with self.database.transaction() as session:
            await session.execute(
                text("UPDATE blobs SET claimed_at = now() - make_interval(hours => :hours) WHERE account_id = :it"),
                {"hours": hours, "it": self.account},
            )

    async def stored(self, sha256: str) -> bool:
        return await self.store.exists(blob_key(self.account, sha256))


@pytest.fixture
async def world(settings: Settings, tmp_path: Path) -> AsyncIterator[World]:
    world = await World.opened(settings, tmp_path)
    yield world
    await world.close()


async def test_a_photo_gets_thumbnail_and_measures(world: World) -> None:
    file = await world.add(samples.image("JPEG"), "image/jpeg", "image")
    assert await world.ingest(file, world.activities()) == "ready"
    seen = await world.file(file.id)
    assert seen.thumbnail_sha256 is not None and await world.stored(seen.thumbnail_sha256)
    assert (seen.details["width"], seen.details["height"], seen.details["color_mode"]) == (640, 427, "RGB")


async def test_ingest_twice_is_ingest_once(world: World) -> None:
    file, activities = await world.add(samples.image("PNG"), "image/png", "image"), world.activities()
    await world.ingest(file, activities)
    assert await world.ingest(file, activities) == ""


async def test_a_damaged_photo_is_still_a_file_of_the_user(world: World) -> None:
    body = samples.image("PNG")
    file = await world.add(body[:5000] + bytes(5000) + body[10_000:], "image/png", "image")
    assert await world.ingest(file, world.activities()) == "ready"
    assert (await world.file(file.id)).thumbnail_sha256 is None


async def test_clamd_decides_between_ready_and_rejected(world: World) -> None:
    async with ClamdStandIn.running() as clamd:
        activities = world.activities(clamd_host="127.0.0.1", clamd_port=clamd.port)
        bad = await world.add(b"text " + EICAR, "text/plain", "text", "scanning")
        good = await world.add(b"text", "text/plain", "text", "scanning")
        assert await world.ingest(bad, activities) == "rejected"
        assert await world.ingest(good, activities) == "ready"
    assert (await world.file(bad.id)).rejection == "Eicar-Test-Signature"


async def test_while_clamd_is_down_the_file_goes_on_scanning(world: World) -> None:
    file = await world.add(b"text", "text/plain", "text", "scanning")
    with pytest.raises(Unavailable):
        await world.ingest(file, world.activities(clamd_host="127.0.0.1", clamd_port=9))
    assert (await world.file(file.id)).status == "scanning"


async def test_a_file_whose_bytes_are_lost_is_rejected(world: World) -> None:
    file = await world.add(os.urandom(50), "text/plain", "text")
    await world.store.delete(blob_key(world.account, file.sha256))
    assert await world.ingest(file, world.activities()) == "rejected"


async def test_bytes_go_with_the_last_file_that_names_them_and_not_before(world: World) -> None:
    body = samples.image("PNG")
    one, two = await world.add(body, "image/png", "image"), await world.add(body, "image/png", "image")
    await world.ingest(one, world.activities())
    thumbnail = str((await world.file(one.id)).thumbnail_sha256)
    at_once = world.activities(purge_after_days=0.0)

    await world.delete(one)
    await world.age()
    await ActivityEnvironment().run(at_once.purge)
    assert await world.stored(one.sha256) and not await world.stored(thumbnail)

    await world.delete(two)
    await ActivityEnvironment().run(world.activities(purge_after_days=7.0).purge)
    assert await world.stored(one.sha256), "deleted less than seven days ago"

    await ActivityEnvironment().run(at_once.purge)
    assert not await world.stored(one.sha256)


async def test_an_upload_in_progress_survives_a_purge(world: World) -> None:
    path, sha256 = world.folder / "new", hashlib.sha256(b"new").hexdigest()
    path.write_bytes(b"new")
    await publish_blob(world.database, world.store, world.account, path, sha256, 3, "text/plain")
    await ActivityEnvironment().run(world.activities(purge_after_days=0.0).purge)
    assert await world.stored(sha256)


async def test_objects_without_rows_and_pieces_of_ended_jobs_are_removed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await world.add(os.urandom(50), "text/plain", "text")
    strays = [blob_key(world.account, "ab" * 32), blob_key("acc_nobody", "cd" * 32), work_key("job_gone", "ef" * 32)]
    for key in strays:
        await world.store.put_bytes(key, b"stray", "text/plain")
    await ActivityEnvironment().run(world.activities().purge)
    assert await world.store.exists(strays[0]), "young: its row may be older than our look at it"

    monkeypatch.setattr(module, "IN_FLIGHT", module.IN_FLIGHT * 0)
    await ActivityEnvironment().run(world.activities().purge)
    assert [await world.store.exists(key) for key in strays] == [False, False, False]
    assert await world.stored(kept.sha256)


async def test_a_purge_that_died_is_ended_by_the_next(world: World) -> None:
    file = await world.add(os.urandom(50), "text/plain", "text")
    await world.delete(file)
    await world.age()
    async with world.database.transaction() as session:
        await session.execute(text("DELETE FROM files WHERE id = :id"), {"id": file.id})
        await session.execute(text("UPDATE blobs SET status = 'deleting' WHERE sha256 = :it"), {"it": file.sha256})
    await ActivityEnvironment().run(world.activities().purge)
    assert not await world.stored(file.sha256)
