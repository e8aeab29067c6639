"""Puts what a slot made into the store under its digest, before anything counts."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from models.payloads.jobs import JobWork
from models.payloads.tool_runs import StoredOutput, ToolOutcome
from models.session import Database

from .slots.protocol import SlotAnswer, SlotOutput
from .storage import LocalBlob, ObjectStore, publish_blob, publish_blobs, work_key

BLOCK = 1024 * 1024
SUFFIXES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "application/json": "json",
    "application/zip": "zip",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/x-subrip": "srt",
    "audio/mpeg": "mp3",
}


class Publisher:
    """Stores outputs and chunks. Repeating it with the same bytes changes nothing."""

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._database = database
        self._store = store

    async def outcome(self, work: JobWork, answer: SlotAnswer) -> ToolOutcome:
        """Store every output of a finished slot task; what remains is for ``jobs.settle``."""
        outputs = [await self._output(work, at, each) for at, each in enumerate(answer.outputs)]
        return ToolOutcome(outputs=outputs, engine=answer.engine, data=answer.data, credits=answer.credits)

    async def outcomes(self, done: Sequence[tuple[JobWork, SlotAnswer]]) -> list[ToolOutcome]:
        """The same for many finished tasks of one account at once."""
        blobs, made = await asyncio.to_thread(_digested, done)
        if blobs:
            await publish_blobs(self._database, self._store, done[0][0].account_id, blobs)
        return made

    async def keep_piece(self, job_id: str, sha256: str, path: Path) -> None:
        """Store a chunk's file until its job ends."""
        await self._store.put_file(work_key(job_id, sha256), path, "application/octet-stream")

    async def _output(self, work: JobWork, position: int, output: SlotOutput) -> StoredOutput:
        path = Path(output.path)
        sha256, size = await asyncio.to_thread(digest, path)
        await publish_blob(self._database, self._store, work.account_id, path, sha256, size, output.mime_type)
        return _stored(work, position, output, sha256, size)


def _digested(done: Sequence[tuple[JobWork, SlotAnswer]]) -> tuple[list[LocalBlob], list[ToolOutcome]]:
    blobs, outcomes = [], []
    for work, answer in done:
        outputs = []
        for position, output in enumerate(answer.outputs):
            sha256, size = digest(Path(output.path))
            blobs.append(LocalBlob(Path(output.path), sha256, size, output.mime_type))
            outputs.append(_stored(work, position, output, sha256, size))
        outcomes.append(ToolOutcome(outputs=outputs, engine=answer.engine, data=answer.data, credits=answer.credits))
    return blobs, outcomes


def _stored(work: JobWork, position: int, output: SlotOutput, sha256: str, size: int) -> StoredOutput:
    return StoredOutput(
        name=output.name,
        filename=_filename(work, position, output),
        sha256=sha256,
        size=size,
        mime_type=output.mime_type,
        kind=_kind(output.mime_type),
        metadata=output.metadata,
    )


def digest(path: Path) -> tuple[str, int]:
    """SHA-256 (hexadecimal) and size in bytes of a file."""
    hasher, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            hasher.update(block)
            size += len(block)
    return hasher.hexdigest(), size


def _filename(work: JobWork, position: int, output: SlotOutput) -> str:
    stem = Path(work.files[0].name).stem if work.files else work.tool_id
    suffix = SUFFIXES.get(output.mime_type) or output.mime_type.rpartition("/")[2]
    number = f"-{position + 1}" if position else ""
    return f"{stem}-{output.name}{number}.{suffix}"


def _kind(mime_type: str) -> str:
    family = mime_type.partition("/")[0]
    if family in {"image", "video", "audio"}:
        return family
    return "archive" if mime_type == "application/zip" else "document"
