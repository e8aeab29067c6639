"""From a received upload to a file of the account: store, write the row, remember the answer, start ingest."""

import structlog
from fastapi.responses import JSONResponse
from temporalio.service import RPCError

from activities.intake import Received
from models.errors import QuotaExceeded, Unavailable
from models.payloads.accounts import Identity
from models.payloads.files import NewFile
from models.repositories.blobs import Blobs
from models.repositories.files import Files
from workflows.starts import start_ingest

from .idempotency import OnceOnly
from .platform import Parts
from .schemas.files import view
from .uploads import ENVELOPE

log = structlog.get_logger(__name__)


async def check_room(parts: Parts, caller: Identity, declared: int) -> None:
    """Refuse an upload of ``declared`` bytes before it is read; raises ``QuotaExceeded``."""
    async with parts.database.transaction() as session:
        left = parts.entitled(caller).storage - await Blobs(session).usage(caller.account_id)
    if declared - ENVELOPE > left:
        raise QuotaExceeded(left=max(0, left))


async def keep(parts: Parts, once: OnceOnly, upload: Received, new: NewFile) -> JSONResponse:
    """Bytes, then row and answer in one transaction; the workflow is started after the commit."""
    await parts.intake.store(new, upload.path)
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
