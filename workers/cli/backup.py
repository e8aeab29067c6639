"""``workshop backup`` and ``restore``: PostgreSQL and the store in one file. Temporal is rebuilt from the rows.

Rows are read first and objects after, so that what the rows name is there; bytes are content-addressed, so that an
object that came later is merely one too many, which the purge finds.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import psycopg
import typer

from activities.storage import ObjectStore, blob_key
from models.settings import Settings

from . import dump
from .archive import MANIFEST, ArchiveWriter, Damaged
from .here import local_settings
from .keys_of_objects import lacking
from .output import AsJson, Code, Language, Problem, Screen
from .restoring import FORMAT, OBJECTS, ROWS, Refused, restore_archive

app = typer.Typer()


@app.command("backup")
def backup_command(
    file: Annotated[Path, typer.Argument(help="A new .tar; it holds everything, passwords' hashes too: 0600.")],
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Write rows and files of the platform, which may go on working, to one file. Run on the server's machine."""
    screen = Screen(as_json, language)
    with screen.failures():
        with named_failures():
            report = asyncio.run(backup(local_settings(screen), file))
        for key in report["missing"]:
            screen.warn(f"存储中缺少 {key}", f"The store lacks {key}")
        zh = f"已备份 {report['rows']} 行、{report['objects']} 个文件到 {file}"
        screen.say(zh, f"Wrote {report['rows']} rows and {report['objects']} objects to {file}")
        screen.result(report)


@app.command("restore")
def restore_command(
    file: Path,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Check a backup's digests and load it. Refuses a platform with accounts unless forced. Open jobs go on within
    minutes: the sweep starts the workflows that are missing."""
    screen = Screen(as_json, language)
    with screen.failures():
        with named_failures():
            report = asyncio.run(restore_archive(local_settings(screen), file, force))
        zh = f"已恢复 {report['rows']} 行、{report['objects']} 个文件;未完成的任务将自动继续"
        en = f"Restored {report['rows']} rows and {report['objects']} objects; open jobs go on by themselves"
        screen.say(zh, en)
        screen.result(report)


@contextmanager
def named_failures() -> Iterator[None]:
    """What can go wrong with archives and databases, as ``Problem``."""
    try:
        yield
    except Damaged as error:
        raise Problem({"code": "damaged_backup", "detail": str(error)}, Code.failed) from error
    except Refused as error:
        raise Problem({"code": "refused", "detail": str(error)}, Code.failed) from error
    except psycopg.OperationalError as error:
        raise Problem({"code": "unavailable", "detail": f"PostgreSQL: {error}"}, Code.unreachable) from error


async def backup(settings: Settings, file: Path) -> dict[str, Any]:
    """Write ``file``, whole or not at all; returns ``rows, objects, missing`` (keys that rows name in vain)."""
    _must_be_new(file)
    draft = file.with_name(file.name + ".part")
    store = ObjectStore(settings)
    try:
        with TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
            report = await _write(settings, store, draft, Path(folder))
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
        await store.close()
    return {"file": str(file), **report}


def _must_be_new(file: Path) -> None:
    if file.exists():
        raise FileExistsError(f"{file} exists; a backup is never overwritten")


async def _write(settings: Settings, store: ObjectStore, draft: Path, folder: Path) -> dict[str, Any]:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream, (folder / "digests").open("wb+") as digests:
        archive = ArchiveWriter(stream, digests)
        manifest = await asyncio.to_thread(_write_rows, settings, archive, folder)
        objects = await _write_objects(store, archive, folder)
        archive.finish()
        stream.flush()
        os.fsync(stream.fileno())
    missing = list(lacking(folder / "wanted", folder / "present"))
    rows = sum(each["rows"] for each in manifest["tables"].values())
    return {"rows": rows, "objects": objects, "missing": missing, "revision": manifest["revision"]}


def _write_rows(settings: Settings, archive: ArchiveWriter, folder: Path) -> dict[str, Any]:
    """Manifest and tables; beside the archive, the list of objects that the rows name."""
    described: dict[str, Any] = {}
    with dump.snapshot(settings.database_url.get_secret_value()) as connection:
        for table in dump.tables():
            described[table.name] = dump.write_table(connection, table, folder / table.name)
        with (folder / "wanted").open("w") as wanted:
            wanted.writelines(f"{blob_key(*each)}\n" for each in dump.stored_blobs(connection))
        made = {"format": FORMAT, "created_at": datetime.now(UTC).isoformat(), "revision": dump.revision(connection)}
    manifest = {**made, "tables": described}
    archive.add_document(MANIFEST, manifest)
    for name in described:
        archive.add_file(ROWS + name, folder / name)
        (folder / name).unlink()
    return manifest


async def _write_objects(store: ObjectStore, archive: ArchiveWriter, folder: Path) -> int:
    """All objects, by way of one scratch file, since a tar wants an object's size before its bytes."""
    count, scratch = 0, folder / "object"
    with (folder / "present").open("w") as present:
        async for facts in store.list(""):
            await store.get_to_file(facts.key, scratch)
            await asyncio.to_thread(archive.add_file, OBJECTS + facts.key, scratch)
            present.write(facts.key + "\n")
            count += 1
    return count
