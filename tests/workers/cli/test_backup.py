"""What is backed up comes back: rows, bytes, numbers that go on; what is damaged or in the way is refused."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from activities.storage import ObjectStore, blob_key, publish_blob
from models.migrations import upgrade
from models.repositories.credits import Credits
from models.repositories.events import Events
from models.session import Database
from models.settings import Settings
from tests.running_platform import assert_ledger_is_exact
from tests.workers.cli.conftest import Workshop
from workers.embedded.stack import Stack


@pytest.fixture
async def place(settings: Settings, stack: Stack) -> AsyncIterator[object]:
    """Makes a place of its own for a platform: a database and a bucket; gives its settings."""
    made: list[str] = []

    def making(migrated: bool = True) -> Settings:
        name = f"t{secrets.token_hex(6)}"
        _superuser(stack, settings, f"CREATE DATABASE {name} OWNER workshop")
        made.append(name)
        url = settings.database_url.get_secret_value().rpartition("/")[0] + "/" + name
        if migrated:
            upgrade(url)
        told = {"database_url": url, "s3_bucket": name.replace("_", "-")}
        return Settings.model_validate({**settings.model_dump(exclude_unset=True), **told})

    yield making
    for name in made:
        _superuser(stack, settings, f"DROP DATABASE {name} WITH (FORCE)")


def _superuser(stack: Stack, settings: Settings, statement: str) -> None:
    password = stack._keys.get("postgres_superuser")
    port = settings.database_url.get_secret_value().rpartition(":")[2].partition("/")[0]
    address = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


def environment(settings: Settings) -> dict[str, str]:
    return {"DATABASE_URL": settings.database_url.get_secret_value(), "S3_BUCKET": settings.s3_bucket}


async def furnish(settings: Settings, folder: Path) -> str:
    """An account with credits, an event and a stored file; returns the file's key."""
    database, store = Database(settings), ObjectStore(settings)
    await store.ensure_bucket()
    path = folder / "photo"
    path.write_bytes(b"\x00tab\tand\\n\n" * 100_000)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    async with database.transaction() as session:
        account = await Credits(session).open_account("林\t\\N", 1000)
        await Events(session).record(account, "credits.changed", {"available": 1000})
    await publish_blob(database, store, account, path, sha256, path.stat().st_size, "image/png")
    await store.close()
    await database.close()
    return blob_key(account, sha256)


async def feed(database: Database, account: str, events: int) -> list[int]:
    """The account's feed once it holds ``events``: one shows when nobody on the server is in an older transaction."""
    seen: list[int] = []
    async with asyncio.timeout(10):
        while len(seen) < events:
            async with database.transaction() as session:
                seen = [event.data["available"] for event in await Events(session).of_account(account, (0, 0))]
    return seen


async def test_a_platform_comes_back_elsewhere(here: Workshop, place: object, tmp_path: Path) -> None:
    old, new, file = place(), place(migrated=False), tmp_path / "all.tar"  # type: ignore[operator]
    key = await furnish(old, tmp_path)
    saved = await here("backup", file, "--json", **environment(old))
    assert (saved.code, saved.document["objects"], saved.document["missing"]) == (0, 1, []), saved.err
    assert file.stat().st_mode & 0o777 == 0o600
    loaded = await here("restore", file, "--json", **environment(new))
    assert (loaded.code, loaded.document["rows"]) == (0, saved.document["rows"]), loaded.err
    database, store = Database(new), ObjectStore(new)
    account = key.split("/")[1]
    async with database.transaction() as session:
        assert (await Credits(session).balance(account)).available == 1000
        assert (await session.execute(text("SELECT name FROM accounts WHERE kind = 'customer'"))).scalar() == "林\t\\N"
        await Events(session).record(account, "credits.changed", {"available": 7})
    assert await feed(database, account, events=2) == [1000, 7]
    await store.get_to_file(key, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == (tmp_path / "photo").read_bytes()
    await assert_ledger_is_exact(database)
    await store.close()
    await database.close()


async def test_what_is_there_is_replaced_only_by_force(here: Workshop, place: object, tmp_path: Path) -> None:
    old, new, file = place(), place(), tmp_path / "all.tar"  # type: ignore[operator]
    key = await furnish(old, tmp_path)
    other = await furnish(new, tmp_path)
    await here("backup", file, **environment(old))
    refused = await here("restore", file, "--json", **environment(new))
    assert (refused.code, refused.problem["code"]) == (1, "refused")
    assert (await here("restore", file, "--force", **environment(new))).code == 0
    store = ObjectStore(new)
    assert [facts.key async for facts in store.list("")] == [key] != [other]
    await store.close()


@pytest.mark.parametrize("damage", ["flipped", "cut", "not a backup"])
async def test_a_damaged_backup_changes_nothing(here: Workshop, place: object, tmp_path: Path, damage: str) -> None:
    old, new, file = place(), place(), tmp_path / "all.tar"  # type: ignore[operator]
    await furnish(old, tmp_path)
    await here("backup", file, **environment(old))
    body = bytearray(file.read_bytes())
    if damage == "flipped":
        body[body.index(b"\x00tab\tand") + 1000] ^= 1
    file.write_bytes({"cut": body[: len(body) // 2], "not a backup": b"hello"}.get(damage, body))
    refused = await here("restore", file, "--json", "--force", **environment(new))
    assert (refused.code, refused.problem["code"]) == (1, "damaged_backup")
    store = ObjectStore(new)
    await store.ensure_bucket()
    assert [facts.key async for facts in store.list("")] == []
    await store.close()


async def test_a_lost_object_is_told(here: Workshop, place: object, tmp_path: Path) -> None:
    old = place()  # type: ignore[operator]
    key = await furnish(old, tmp_path)
    store = ObjectStore(old)
    await store.delete(key)
    await store.close()
    saved = await here("backup", tmp_path / "all.tar", "--json", **environment(old))
    assert (saved.code, saved.document["missing"]) == (0, [key])


async def test_upgrade_makes_a_schema_and_then_has_nothing_to_do(here: Workshop, place: object) -> None:
    new = place(migrated=False)  # type: ignore[operator]
    first = await here("upgrade", "--json", **environment(new))
    assert (first.code, first.document["before"], first.document["changed"]) == (0, None, True), first.err
    second = await here("upgrade", "--json", **environment(new))
    assert second.document["changed"] is False
