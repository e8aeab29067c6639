"""Rows out of what was uploaded: a table is read, a zip is unpacked into files of the account, one a row."""

import asyncio
import hashlib
import zipfile
from pathlib import Path, PurePosixPath

from activities.batches.reading import MOST_BYTES, Row, read_rows
from activities.intake import Received, too_large
from activities.storage import blob_key
from models.errors import CorruptFile, DomainError, FileRejected, InvalidInput, wrong
from models.payloads.accounts import Identity
from models.repositories.files import Files
from models.settings import MEBIBYTE
from models.tables import File

from .platform import Parts

MOST_ENTRIES = 500
"""Of a zip; more are uploaded one by one and given as a list."""

AT_ONCE = 4
BLOCK = MEBIBYTE
UTF8_NAME = 0x800
LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")

Entry = str | DomainError


async def rows_of(parts: Parts, caller: Identity, file_id: str, request_id: str) -> tuple[list[Row], list[Entry]]:
    """Rows of a table, or the files of a zip; raises what is wrong with the file."""
    async with parts.database.transaction() as session:
        file = await Files(session).get(caller.account_id, file_id)
    if file.status == "rejected":
        raise FileRejected(file=file.id, reason=file.rejection)
    async with parts.scratch.folder("batch") as folder:
        path = folder / "file"
        if file.kind == "archive":
            await parts.store.get_to_file(blob_key(file.account_id, file.sha256), path)
            return [], await _unpacked(parts, caller, path, request_id)
        if file.kind not in ("text", "document") or file.size > MOST_BYTES:
            zh, en = f"应为不超过 {MOST_BYTES // MEBIBYTE} MB 的 CSV、JSONL 或 zip", "a CSV, JSONL or zip is wanted"
            raise InvalidInput(errors=[wrong("file", zh, en)])
        await parts.store.get_to_file(blob_key(file.account_id, file.sha256), path)
        return await asyncio.to_thread(lambda: read_rows(path.read_bytes(), file.original_filename)), []


async def _unpacked(parts: Parts, caller: Identity, path: Path, request_id: str) -> list[Entry]:
    """The entries in the order of their names, each taken in like an upload; what is wrong with one is its row's."""
    try:
        archive = await asyncio.to_thread(zipfile.ZipFile, path)
    except zipfile.BadZipFile as error:
        raise CorruptFile(reason="no readable directory") from error
    with archive:
        entries = sorted((each for each in archive.infolist() if not _is_litter(each)), key=_name)
        if not 1 <= len(entries) <= MOST_ENTRIES:
            zh = f"zip 应含 1 至 {MOST_ENTRIES} 个文件,更多请逐个上传后以文件 ID 列表提交"
            en = f"a zip of 1 to {MOST_ENTRIES} files is taken; upload more one by one and give their ids"
            raise InvalidInput(errors=[wrong("file", zh, en)])
        gate = asyncio.Semaphore(AT_ONCE)

        async def take(at: int, entry: zipfile.ZipInfo) -> Entry:
            async with gate:
                try:
                    return (await _taken(parts, caller, archive, entry, path.with_name(str(at)), request_id)).id
                except DomainError as error:
                    if error.retryable:
                        raise
                    return error

        return list(await asyncio.gather(*(take(at, each) for at, each in enumerate(entries))))


async def _taken(
    parts: Parts, caller: Identity, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, request_id: str
) -> File:
    limit = parts.settings.max_upload
    received = await asyncio.to_thread(_extracted, archive, entry, path, limit)
    new = await parts.intake.inspect(caller.account_id, received, request_id)
    await parts.intake.store(new, path)
    async with parts.database.transaction() as session:
        file = await Files(session).create(new)
    await asyncio.to_thread(path.unlink)
    return file


def _extracted(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, limit: int) -> Received:
    """Written under a name of ours; never more bytes than ``limit``, whatever the directory says."""
    hasher, size = hashlib.sha256(), 0
    try:
        with archive.open(entry) as packed, path.open("wb") as file:
            while block := packed.read(BLOCK):
                size += len(block)
                if size > limit:
                    raise too_large(limit)
                hasher.update(block)
                file.write(block)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise CorruptFile(reason=f"{_name(entry)}: {error}"[:200]) from error
    return Received(path, PurePosixPath(_name(entry)).name, size, hasher.hexdigest())


def _is_litter(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts
    return entry.is_dir() or any(part in LITTER or part.startswith("._") for part in parts)


def _name(entry: zipfile.ZipInfo) -> str:
    """As it was written: what is not said to be UTF-8 is most often that of a Chinese Windows."""
    if entry.flag_bits & UTF8_NAME:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename
