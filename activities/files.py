"""What happens to files after their upload: a closer look, expiry of outputs, and the purge of what nobody names."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from temporalio import activity

from models.errors import CorruptFile, DecompressionBomb, NotFound, UnsupportedType
from models.payloads.files import IngestEnd, IngestInput, IngestWork, Purged
from models.repositories.blobs import IN_FLIGHT, Blobs
from models.repositories.files import Files
from models.repositories.jobs import Jobs
from models.session import Database
from models.settings import Settings
from temporal.heartbeat import heartbeating

from .media.probe import Examination, Prober
from .scratch import Scratch
from .storage import ObjectFacts, ObjectStore, blob_key, publish_blob
from .virus_scan import VirusScan

BATCH = 500
MEASURED = {"width", "duration", "entries", "characters"}
LOST = "its bytes are missing from the store"

log = structlog.get_logger(__name__)


class FileActivities:
    """Activities of files; each may be repeated at any point."""

    def __init__(
        self, database: Database, store: ObjectStore, scratch: Scratch, prober: Prober, settings: Settings
    ) -> None:
        self._database = database
        self._store = store
        self._scratch = scratch
        self._prober = prober
        self._scanner = VirusScan.configured(settings)
        self._purge_after = timedelta(days=settings.purge_after_days)

    @activity.defn(name="files.ingest")
    async def ingest(self, order: IngestInput) -> IngestEnd:
        """Scan, measure and picture a file; it becomes ``ready`` or ``rejected``."""
        async with self._database.transaction() as session:
            work = await Files(session).ingest_work(order.file_id)
        if work is None:
            return IngestEnd(status="")
        async with heartbeating(), self._scratch.folder(work.file_id) as folder:
            try:
                return await self._ingest(work, folder)
            except NotFound:
                log.error("a file without bytes", file_id=work.file_id, sha256=work.sha256)
                return await self._end(work, {}, None, LOST)

    @activity.defn(name="files.expire")
    async def expire(self) -> None:
        """Delete softly the outputs that are kept no longer."""
        async with heartbeating(), self._database.transaction() as session:
            expired = await Files(session).expire()
        log.info("files expired", files=expired)

    @activity.defn(name="files.purge")
    async def purge(self) -> Purged:
        """Remove rows of files deleted long ago, then bytes that no file names, then objects without a row."""
        async with heartbeating():
            files = await self._forget_files()
            strays = await self._remove_strays() + await self._remove_pieces()
            purged = Purged(files=files, blobs=await self._remove_condemned(), strays=strays)
        log.info("purged", **purged.model_dump())
        return purged

    async def _ingest(self, work: IngestWork, folder: Path) -> IngestEnd:
        path, thumbnail = folder / "file", folder / "thumbnail"
        await self._store.get_to_file(blob_key(work.account_id, work.sha256), path)
        found = await self._scanner.scan(path) if work.scan and self._scanner else None
        if found is not None:
            log.warning("file rejected", file_id=work.file_id, found=found)
            return await self._end(work, {}, None, found)
        details = await self._measured(work, path)
        seen = await self._examined(work, path, thumbnail)
        sha256 = await self._publish_thumbnail(work, thumbnail) if seen.thumbnail else None
        return await self._end(work, details | seen.details, sha256, None)

    async def _measured(self, work: IngestWork, path: Path) -> dict[str, Any]:
        """Outputs of jobs were not probed by an upload; what cannot be measured stays without."""
        if MEASURED & work.details.keys():
            return {}
        try:
            return (await self._prober.probe(path, "")).details
        except (CorruptFile, UnsupportedType, DecompressionBomb):
            return {}

    async def _examined(self, work: IngestWork, path: Path, thumbnail: Path) -> Examination:
        try:
            return await self._prober.examine(path, work.mime_type, thumbnail)
        except CorruptFile as error:
            log.warning("file without thumbnail", file_id=work.file_id, reason=str(error))
            return Examination(details={}, thumbnail=False)

    async def _publish_thumbnail(self, work: IngestWork, path: Path) -> str:
        body = await asyncio.to_thread(path.read_bytes)
        sha256 = hashlib.sha256(body).hexdigest()
        await publish_blob(self._database, self._store, work.account_id, path, sha256, len(body), "image/webp")
        return sha256

    async def _end(
        self, work: IngestWork, details: dict[str, Any], thumbnail: str | None, rejection: str | None
    ) -> IngestEnd:
        async with self._database.transaction() as session:
            status = await Files(session).ingested(work.file_id, details, thumbnail, rejection)
        log.info("file ingested", file_id=work.file_id, status=status)
        return IngestEnd(status=status or "")

    async def _forget_files(self) -> int:
        forgotten = 0
        while True:
            async with self._database.transaction() as session:
                batch = await Files(session).forget(self._purge_after, BATCH)
            forgotten += batch
            if batch < BATCH:
                return forgotten

    async def _remove_condemned(self) -> int:
        removed = 0
        while True:
            async with self._database.transaction() as session:
                condemned = await Blobs(session).condemn(BATCH)
            gone = [await self._remove(account_id, sha256) for account_id, sha256 in condemned]
            removed += sum(gone)
            if not any(gone):
                return removed

    async def _remove(self, account_id: str, sha256: str) -> bool:
        """Object and row of condemned bytes, under the row's lock, which an upload of the same bytes waits for."""
        async with self._database.transaction() as session:
            blobs = Blobs(session)
            if not await blobs.lock_condemned(account_id, sha256):
                return False
            await self._store.delete(blob_key(account_id, sha256))
            await blobs.forget(account_id, sha256)
        return True

    async def _remove_strays(self) -> int:
        """Objects under ``blobs/`` without a row; young ones may belong to a row that is older than our look at it."""
        removed, batch = 0, list[ObjectFacts]()
        async for each in self._store.list("blobs/"):
            if datetime.now(UTC) - each.modified > IN_FLIGHT:
                batch.append(each)
            if len(batch) >= BATCH:
                removed += await self._remove_unknown(batch)
                batch = []
        return removed + await self._remove_unknown(batch)

    async def _remove_unknown(self, objects: list[ObjectFacts]) -> int:
        """A stray gets a row that says ``deleting`` first, so that an upload of the same bytes waits for us."""
        named = {_owner(each.key): each for each in objects}
        async with self._database.transaction() as session:
            unknown = named.keys() - await Blobs(session).known(set(named))
            rows = [pair for pair in unknown if await Blobs(session).condemn_stray(*pair)]
        for account_id, sha256 in rows:
            await self._remove(account_id, sha256)
        for ownerless in unknown - set(rows):
            await self._remove_ownerless(ownerless, named[ownerless].key)
        return len(unknown)

    async def _remove_ownerless(self, pair: tuple[str, str], key: str) -> None:
        """No account, so nobody can upload it; or it got a row in between, and then it is no stray."""
        async with self._database.transaction() as session:
            if await Blobs(session).known({pair}):
                return
        await self._store.delete(key)

    async def _remove_pieces(self) -> int:
        """Pieces of chunked jobs that have ended."""
        removed, open_jobs = 0, dict[str, bool]()
        async for each in self._store.list("work/"):
            job_id = each.key.split("/")[1]
            if job_id not in open_jobs:
                async with self._database.transaction() as session:
                    open_jobs[job_id] = await Jobs(session).is_open(job_id)
            if not open_jobs[job_id]:
                await self._store.delete(each.key)
                removed += 1
        return removed


def _owner(key: str) -> tuple[str, str]:
    """(account, sha256) of ``blobs/{account}/{aa}/{sha256}``; anything else below ``blobs/`` belongs to nobody."""
    parts = key.split("/")
    return (parts[1], parts[3]) if len(parts) == 4 else ("", key)
