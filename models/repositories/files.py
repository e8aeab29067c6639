"""The files that users see: made by uploads and by jobs, listed, deleted softly, forgotten later."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import FileRejected, NotFound
from ..ids import new_id
from ..payloads.files import IngestWork, NewFile
from ..payloads.jobs import InputRow
from ..payloads.tool_runs import StoredOutput
from ..tables import File, Job, User
from .events import Events

LIVE = File.deleted_at.is_(None)


class Files:
    """Verbs of files inside the caller's transaction. A file that is not the account's own does not exist."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def create(self, new: NewFile, key: str | None = None) -> File:
        """Write the row and the event of an upload; its bytes must be stored (``publish_blob``).

        ``key``: of the object in a watched folder that it was.
        """
        file = File(id=new_id("file"), **new.model_dump())
        self.session.add(file)
        await self.session.flush()
        await self.session.refresh(file)
        told: dict[str, Any] = {"file_id": file.id, "name": file.original_filename, "kind": file.kind}
        told |= {"mime_type": file.mime_type, "size": file.size, **({"key": key} if key is not None else {})}
        await Events(self.session).record(file.account_id, "file.uploaded", told)
        return file

    async def create_outputs(
        self, job: Job, outputs: list[StoredOutput], retention: timedelta | None = None
    ) -> list[File]:
        """Write the rows of a job's outputs, in their order; they expire after ``retention`` if there is one."""
        return await self.create_made(job.account_id, outputs, retention, job_id=job.id, request_id=job.request_id)

    async def create_made(
        self,
        account_id: str,
        outputs: list[StoredOutput],
        retention: timedelta | None,
        *,
        job_id: str | None = None,
        request_id: str | None = None,
    ) -> list[File]:
        """Write the rows of what the platform made, in their order."""
        expires_at = func.now() + retention if retention else None
        files = [
            File(
                id=new_id("file"),
                account_id=account_id,
                job_id=job_id,
                filename=output.filename,
                original_filename=output.filename,
                size=output.size,
                mime_type=output.mime_type,
                kind=output.kind,
                sha256=output.sha256,
                details=output.metadata,
                request_id=request_id,
                expires_at=expires_at,
            )
            for output in outputs
        ]
        self.session.add_all(files)
        await self.session.flush()
        return files

    async def get(self, account_id: str, file_id: str) -> File:
        """The account's own live file; raises ``NotFound`` for any other."""
        return _found(await self._one(File.id == file_id, File.account_id == account_id, LIVE))

    async def get_linked(self, file_id: str) -> File:
        """A live file by id alone: only for a request that carries a valid signature; raises ``NotFound``."""
        return _found(await self._one(File.id == file_id, LIVE))

    async def chosen(self, account_id: str, file_ids: Iterable[str]) -> dict[str, File]:
        """The account's live files by id, as inputs of a new job; raises ``NotFound`` or ``FileRejected``."""
        wanted = set(file_ids)
        if not wanted:
            return {}
        rows = await self.session.execute(select(File).where(File.id.in_(wanted), File.account_id == account_id, LIVE))
        files = {file.id: file for file in rows.scalars()}
        if wanted - files.keys():
            raise NotFound(what="file")
        for file in files.values():
            if file.status == "rejected":
                raise FileRejected(file=file.id, reason=file.rejection)
        return files

    async def known(self, account_id: str, file_ids: Iterable[str], live: bool = True) -> dict[str, File]:
        """The account's files among these, by id; deleted ones too unless they must be ``live``."""
        wanted = set(file_ids)
        if not wanted:
            return {}
        query = select(File).where(File.id.in_(wanted), File.account_id == account_id)
        rows = await self.session.execute(query.where(LIVE) if live else query)
        return {file.id: file for file in rows.scalars()}

    async def for_job(self, account_id: str, inputs: dict[str, list[str]]) -> tuple[list[InputRow], bool, str | None]:
        """What a worker fetches, deleted files included: the job was accepted with them. As ``for_call``."""
        wanted = [file_id for ids in inputs.values() for file_id in ids]
        return for_call(inputs, await self.known(account_id, wanted, live=False))

    async def delete(self, account_id: str, file_id: str) -> None:
        """Delete softly: gone for users at once, its bytes go with a later purge. Raises ``NotFound``."""
        deleted = await self.session.execute(
            update(File)
            .where(File.id == file_id, File.account_id == account_id, LIVE)
            .values(deleted_at=func.now())
            .returning(File.id)
        )
        if deleted.scalar() is None:
            raise NotFound(what="file")

    async def delete_all(self, account_id: str) -> None:
        """Delete softly whatever the account has."""
        await self.session.execute(
            update(File).where(File.account_id == account_id, LIVE).values(deleted_at=func.now())
        )

    async def uningested_ids(self, older_than: timedelta, limit: int = 500) -> list[str]:
        """Live files that ingest should have seen by now, oldest first."""
        found = await self.session.execute(
            select(File.id)
            .where(File.ingested_at.is_(None), File.created_at < func.now() - older_than, LIVE)
            .order_by(File.created_at)
            .limit(limit)
        )
        return [str(file_id) for file_id in found.scalars()]

    async def ingest_work(self, file_id: str) -> IngestWork | None:
        """What ingest needs; None if the file is gone or was ingested already."""
        file = await self._one(File.id == file_id, File.ingested_at.is_(None), LIVE)
        if file is None:
            return None
        return IngestWork(
            file_id=file.id,
            account_id=file.account_id,
            sha256=file.sha256,
            size=file.size,
            mime_type=file.mime_type,
            kind=file.kind,
            details=file.details,
            scan=file.status == "scanning",
        )

    async def ingested(
        self, file_id: str, details: dict[str, Any], thumbnail_sha256: str | None, rejection: str | None
    ) -> str | None:
        """Keep what ingest found, once: the file may be used, or is rejected. Its status; None if gone or done."""
        values: dict[str, Any] = {
            "details": File.details.op("||")(details),
            "thumbnail_sha256": thumbnail_sha256,
            "status": "rejected" if rejection else "ready",
            "rejection": rejection,
            "ingested_at": func.now(),
        }
        kept = await self.session.execute(
            update(File)
            .where(File.id == file_id, File.ingested_at.is_(None), LIVE)
            .values(**values)
            .returning(File.status)
        )
        return kept.scalar()

    async def expire(self) -> int:
        """Delete softly the outputs whose time is over, and what came to an account after its end; returns how many."""
        left = select(User.account_id).where(User.deleted_at.is_not(None))
        expired = await self.session.execute(
            update(File)
            .where(or_(File.expires_at < func.now(), File.account_id.in_(left)), LIVE)
            .values(deleted_at=func.now())
            .returning(File.id)
        )
        return len(expired.all())

    async def forget(self, older_than: timedelta, limit: int) -> int:
        """Remove the rows of files that were deleted longer than ``older_than`` ago; returns how many."""
        old = (
            select(File.id)
            .where(File.deleted_at < func.now() - older_than)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        gone = await self.session.execute(delete(File).where(File.id.in_(old)).returning(File.id))
        return len(gone.all())

    async def list(
        self, account_id: str, limit: int, before: str | None, filters: dict[str, str | None], q: str | None
    ) -> list[File]:
        """Live files, newest first, below the id ``before``; ``filters`` are columns, ``q`` searches names."""
        query = select(File).where(File.account_id == account_id, LIVE).order_by(File.id.desc()).limit(limit)
        for column, value in filters.items():
            if value is not None:
                query = query.where(getattr(File, column) == value)
        if before:
            query = query.where(File.id < before)
        if q:
            query = query.where(File.original_filename.icontains(q, autoescape=True))
        return list((await self.session.execute(query)).scalars())

    async def _one(self, *conditions: Any) -> File | None:
        return (await self.session.execute(select(File).where(*conditions))).scalar()


def _found(file: File | None) -> File:
    if file is None:
        raise NotFound(what="file")
    return file


def for_call(inputs: dict[str, list[str]], files: dict[str, File]) -> tuple[list[InputRow], bool, str | None]:
    """What a worker fetches, by port and in order; whether one of it is still being scanned, and the id of one that
    was rejected. Raises ``NotFound`` once one was purged."""
    wanted = [files.get(file_id) for ids in inputs.values() for file_id in ids]
    found = [file for file in wanted if file is not None]
    if len(found) < len(wanted):
        raise NotFound(what="file")
    rows = [_input(port, files[file_id]) for port, ids in inputs.items() for file_id in ids]
    rejected = next((file.id for file in found if file.status == "rejected"), None)
    return rows, any(file.status == "scanning" for file in found), rejected


def _input(port: str, file: File) -> InputRow:
    return InputRow(
        port=port, sha256=file.sha256, size=file.size, mime_type=file.mime_type, name=file.original_filename
    )
