"""Loads a backup: first read to the end and verified, then the objects, then all rows in one transaction."""

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from alembic import command
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from activities.storage import ObjectStore
from models.migrations import configuration, upgrade
from models.settings import Settings

from . import dump
from .archive import members, verify
from .keys_of_objects import lacking, write_listing

ROWS, OBJECTS = "rows/", "objects/"
FORMAT = 1
MIME_TYPE = "application/octet-stream"


class Refused(Exception):
    """The backup can't be loaded here as things are; nothing was changed. The text says why."""


async def restore_archive(settings: Settings, file: Path, force: bool) -> dict[str, Any]:
    """Load ``file`` into the database and the store of ``settings``. Raises ``Damaged`` or ``Refused`` before it
    changes anything; with ``force`` what is there is replaced."""
    manifest = await asyncio.to_thread(verify, file)
    url = settings.database_url.get_secret_value()
    store = ObjectStore(settings)
    try:
        await store.ensure_bucket()
        await _check(store, url, manifest, force)
        await asyncio.to_thread(_match_schema, url, str(manifest["revision"]))
        with TemporaryDirectory(dir=file.parent, prefix=".restore-") as name:
            objects = await _put_objects(store, file, Path(name))
            rows = await asyncio.to_thread(_load_rows, url, file, manifest)
            await _remove_others(store, Path(name))
        await asyncio.to_thread(upgrade, url)
    finally:
        await store.close()
    return {"file": str(file), "rows": rows, "objects": objects, "created_at": manifest["created_at"]}


async def _check(store: ObjectStore, url: str, manifest: dict[str, Any], force: bool) -> None:
    if manifest.get("format") != FORMAT:
        raise Refused(f"The backup's format is {manifest.get('format')}; this version reads {FORMAT}.")
    try:
        ScriptDirectory.from_config(configuration(url)).get_revision(str(manifest["revision"]))
    except CommandError as error:
        raise Refused(f"The backup was made by a newer version: schema {manifest['revision']}.") from error
    if not force and await asyncio.to_thread(_inhabited, url):
        raise Refused("There are accounts in this database already; --force replaces them and all they have.")
    if not force and await _holds_objects(store):
        raise Refused("There are objects in this store already; --force replaces them.")


async def _holds_objects(store: ObjectStore) -> bool:
    async for _ in store.list(""):
        return True
    return False


def _inhabited(url: str) -> bool:
    with dump.snapshot(url) as connection:
        return dump.revision(connection) is not None and dump.has_customers(connection)


def _match_schema(url: str, wanted: str) -> None:
    """Bring the schema to the backup's revision; rows are brought forward after they are loaded."""
    with dump.snapshot(url) as connection:
        current = dump.revision(connection)
    known = configuration(url)
    if current is not None and current != wanted:
        command.downgrade(known, "base")
    command.upgrade(known, wanted)


async def _put_objects(store: ObjectStore, file: Path, folder: Path) -> int:
    """Put the backup's objects, writing their keys to ``folder/kept``; returns how many."""
    count, scratch = 0, folder / "object"
    with (folder / "kept").open("w") as kept:
        for name, content in members(file):
            if name.startswith(OBJECTS):
                key = name.removeprefix(OBJECTS)
                await asyncio.to_thread(_copy, content, scratch)
                await store.put_file(key, scratch, MIME_TYPE)
                kept.write(key + "\n")
                count += 1
    return count


async def _remove_others(store: ObjectStore, folder: Path) -> None:
    """Remove what no restored row names; only after the rows are there, so that a failure before loses nothing."""
    await write_listing(store, folder / "present")
    for key in lacking(folder / "present", folder / "kept"):
        await store.delete(key)


def _copy(content: IO[bytes], target: Path) -> None:
    with target.open("wb") as stream:
        shutil.copyfileobj(content, stream)


def _load_rows(url: str, file: Path, manifest: dict[str, Any]) -> int:
    rows = 0
    with dump.replacement(url) as connection:
        for name, content in members(file):
            if name.startswith(OBJECTS):
                break
            if name.startswith(ROWS):
                table = name.removeprefix(ROWS)
                rows += dump.read_table(connection, table, manifest["tables"][table]["columns"], content)
    return rows
