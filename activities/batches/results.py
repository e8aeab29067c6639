"""What a batch leaves: a report that names each bad row, and a zip of what the good ones gave. Files of the account."""

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio import activity

from models.errors import DomainError, NoResults, ResultsTooLarge
from models.payloads.batches import BatchOrder, ResultsOrder
from models.payloads.tool_runs import StoredOutput
from models.repositories.batch_rows import BatchRows
from models.repositories.batches import Batches
from models.repositories.events import Events
from models.repositories.files import Files
from models.session import Database
from models.settings import MEBIBYTE, Settings
from models.spreadsheets import harmless
from models.tables import Batch, BatchRow, File
from temporal.heartbeat import heartbeating

from ..publishing import digest
from ..scratch import Scratch
from ..storage import ObjectStore, blob_key, publish_blob

LARGEST_ZIP = 2048 * MEBIBYTE
PAGE = 500
TYPES = {".jsonl": "text/plain", ".csv": "text/csv", ".zip": "application/zip"}
PACKED = ("text/", "application/json")
"""What is worth deflating: media are packed already."""


class BatchResults:
    """Makes files of a batch's rows. Repeating it changes nothing."""

    def __init__(self, database: Database, store: ObjectStore, scratch: Scratch, settings: Settings) -> None:
        self._database = database
        self._store = store
        self._scratch = scratch
        days = settings.output_retention_days
        self._retention = timedelta(days=days) if days else None

    @activity.defn(name="batches.report")
    async def report(self, order: BatchOrder) -> None:
        """Name each bad row with code and words, as JSON Lines and as a table; nothing where none failed."""
        async with self._database.transaction() as session:
            batch = await Batches(session).of_work(order.batch_id)
        if not batch.failed or batch.report_file_id is not None or batch.round != order.round:
            return
        async with heartbeating(), self._scratch.folder(batch.id) as folder:
            rows = [row async for row in self._rows(batch, "failed")]
            lines, table = folder / "failed-rows.jsonl", folder / "failed-rows.csv"
            described = [_described(row, batch.language) for row in rows]
            await asyncio.to_thread(_write_report, described, lines, table)
            made = [await self._stored(batch, path, {}) for path in (lines, table)]
            async with self._database.transaction() as session:
                report, tabled = await self._named(session, batch, made)
                await Batches(session).keep_files(batch, report_file_id=report.id, table_file_id=tabled.id)

    @activity.defn(name="batches.zip")
    async def pack(self, order: ResultsOrder) -> None:
        """Pack what the rows gave, with ``rows.jsonl`` that says which is whose; a refusal is kept on the batch."""
        async with self._database.transaction() as session:
            batch = await Batches(session).of_work(order.batch_id)
        if batch.zip_file_id is not None:
            return
        async with heartbeating(), self._scratch.folder(batch.id) as folder:
            values: dict[str, Any]
            try:
                path = folder / "results.zip"
                entries = await self._packed(batch, path, folder)
                made = await self._stored(batch, path, {"entries": entries})
                async with self._database.transaction() as session:
                    (file,) = await self._named(session, batch, [made])
                    await Batches(session).keep_files(batch, zip_file_id=file.id, zip_error=None)
            except (NoResults, ResultsTooLarge) as error:
                values = {"zip_error": error.wire()}
                await self._database.once(lambda session: Batches(session).keep_files(batch, **values))
        await self._database.once(lambda session: Events(session).hint(batch.account_id, batch.id))

    async def _packed(self, batch: Batch, path: Path, folder: Path) -> int:
        """Write the zip; returns its entries. One object at a time lies beside it."""
        size, entries = 0, 1
        with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
            lines = []
            async for row in self._rows(batch, "succeeded"):
                async with self._database.transaction() as session:
                    files = await Files(session).known(batch.account_id, _ids(row))
                names = {each: _entry(row, at, file) for at, (each, file) in enumerate(files.items())}
                for file_id, file in files.items():
                    size += file.size
                    if size > LARGEST_ZIP:
                        raise ResultsTooLarge(size=size // MEBIBYTE, limit=LARGEST_ZIP // MEBIBYTE)
                    await self._add(archive, file, names[file_id], folder / "object")
                    entries += 1
                lines.append(_line(row, names))
            if not lines:
                raise NoResults()
            archive.writestr("rows.jsonl", "".join(lines), zipfile.ZIP_DEFLATED)
        return entries

    async def _add(self, archive: zipfile.ZipFile, file: File, name: str, path: Path) -> None:
        await self._store.get_to_file(blob_key(file.account_id, file.sha256), path)
        kind = zipfile.ZIP_DEFLATED if file.mime_type.startswith(PACKED) else zipfile.ZIP_STORED
        await asyncio.to_thread(archive.write, path, name, kind)

    async def _rows(self, batch: Batch, state: str) -> AsyncIterator[BatchRow]:
        after = 0
        while True:
            async with self._database.transaction() as session:
                rows = await BatchRows(session).page(batch.id, PAGE, after, state)
            for row in rows:
                yield row
                after = row.number
            if len(rows) < PAGE:
                return

    async def _stored(self, batch: Batch, path: Path, metadata: dict[str, Any]) -> StoredOutput:
        sha256, size = await asyncio.to_thread(digest, path)
        mime_type = TYPES[path.suffix]
        await publish_blob(self._database, self._store, batch.account_id, path, sha256, size, mime_type)
        return StoredOutput(
            name=path.stem,
            filename=f"{batch.id[-8:]}-{path.name}",
            sha256=sha256,
            size=size,
            mime_type=mime_type,
            kind="archive" if path.suffix == ".zip" else "text",
            metadata=metadata,
        )

    async def _named(self, session: Any, batch: Batch, made: list[StoredOutput]) -> Sequence[File]:
        return await Files(session).create_made(batch.account_id, made, self._retention, request_id=batch.request_id)


def _ids(row: BatchRow) -> list[str]:
    values = [each for value in row.outputs.values() for each in (value if isinstance(value, list) else [value])]
    return [each for each in values if isinstance(each, str) and each.startswith("file_")]


def _entry(row: BatchRow, position: int, file: File) -> str:
    """A name of its own for each file of the zip, in the order of the rows."""
    return f"{row.number:05d}-{position + 1}-{file.filename}"


def _line(row: BatchRow, names: dict[str, str]) -> str:
    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(each) for each in value]
        return names.get(value, value) if isinstance(value, str) else value

    outputs = {name: named(value) for name, value in row.outputs.items()}
    whole = {"row": row.number, **_given(row), "outputs": outputs, "data": row.data}
    return json.dumps(whole, ensure_ascii=False) + "\n"


def _given(row: BatchRow) -> dict[str, Any]:
    return {part: values for part, values in row.input.items() if values}


def _described(row: BatchRow, language: str) -> dict[str, Any]:
    """A bad row: its number, what was given, and what was wrong, in words."""
    error = DomainError.from_wire(row.error or {})
    problems = error.problems(language) or []
    message = ";".join(f"{each['path']}: {each['message']}" for each in problems) or error.detail(language)
    return {"row": row.number, "code": error.code, "message": message, **_given(row)}


def _write_report(rows: list[dict[str, Any]], lines: Path, table: Path) -> None:
    lines.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    flat = [dict(_flat(row)) for row in rows]
    columns = list(dict.fromkeys(column for row in flat for column in row))
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, columns, restval="")
    writer.writeheader()
    writer.writerows({name: _harmless(cell) for name, cell in row.items()} for row in flat)
    table.write_bytes(written.getvalue().encode("utf-8-sig"))  # by which a spreadsheet knows the encoding


def _flat(row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from value.items()
        else:
            yield name, value


def _harmless(cell: Any) -> Any:
    return harmless(cell) if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
