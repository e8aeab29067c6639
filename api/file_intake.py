"""From a received upload to a file of the account: probe, store, write the row, remember the answer, start ingest."""

import structlog
from fastapi.responses import JSONResponse
from temporalio.service import RPCError

from activities.storage import publish_blob
from models.errors import QuotaExceeded, Unavailable
from models.payloads.accounts import Identity
from models.payloads.files import NewFile
from models.repositories.blobs import Blobs
from models.repositories.files import Files
from workflows.starts import start_ingest

from .filenames import for_display, for_saving
from .idempotency import OnceOnly
from .platform import Parts
from .schemas.files import view
from .uploads import ENVELOPE, Received, too_large

LARGE_KINDS = ("video", "archive")

log = structlog.get_logger(__name__)


async def check_room(parts: Parts, caller: Identity, declared: int) -> None:
    """Refuse an upload of ``declared`` bytes before it is read; raises ``QuotaExceeded``."""
    async with parts.database.transaction() as session:
        left = parts.settings.account_quota - await Blobs(session).usage(caller.account_id)
    if declared - ENVELOPE > left:
        raise QuotaExceeded(left=max(0, left))


async def inspect(parts: Parts, caller: Identity, upload: Received, request_id: str) -> NewFile:
    """What the file is, by its content; raises what ``Prober.probe`` raises, and ``FileTooLarge``."""
    facts = await parts.prober.probe(upload.path, upload.name)
    if facts.kind not in LARGE_KINDS and upload.size > parts.settings.max_upload:
        raise too_large(parts.settings.max_upload)
    return NewFile(
        account_id=caller.account_id,
        filename=for_saving(upload.name),
        original_filename=for_display(upload.name),
        size=upload.size,
        mime_type=facts.mime_type,
        kind=facts.kind,
        sha256=upload.sha256,
        status="scanning" if parts.settings.clamd_host else "ready",
        details=facts.details,
        request_id=request_id,
    )


async def keep(parts: Parts, once: OnceOnly, upload: Received, new: NewFile) -> JSONResponse:
    """Bytes, then row and answer in one transaction; the workflow is started after the commit."""
    await publish_blob(
        parts.database,
        parts.store,
        new.account_id,
        upload.path,
        new.sha256,
        new.size,
        new.mime_type,
        quota=parts.settings.account_quota,
    )
    async with parts.database.transaction() as session:
        replayed = await once.replay(session, content=f"{new.sha256}\n{new.original_filename}")
        if replayed is not None:
            return replayed
        file = await Files(session).create(new)
        answer = await once.answer(session, view(file), 201)
    await _ingest(parts, file.id, new.request_id)
    return answer


async def _ingest(parts: Parts, file_id: str, request_id: str | None) -> None:
    """The row is committed: where Temporal fails now, the sweep starts it."""
    try:
        await parts.temporal.promptly(start_ingest(await parts.temporal.client(), file_id, request_id))
    except (RPCError, Unavailable) as error:
        log.warning("ingest was not started; the sweep will", file_id=file_id, error=str(error))
