"""Files: upload, look, list, read, link, delete."""

import time
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from activities.storage import blob_key
from models.repositories.files import Files
from models.tables import File

from .. import links
from ..content import content_answer, disposition_of, thumbnail_answer
from ..deps import FilesReader, FilesWriter, Platform, RequestId, scoped, signed_in, verified
from ..file_intake import check_room, keep
from ..idempotency import Once
from ..paging import Limit, page
from ..platform import Parts
from ..rate_limit import limit as count
from ..rate_limit import uploads
from ..routing import Router
from ..schemas.files import FilePage, FileView, LinkRequest, LinkView, view
from ..uploads import received

router = Router(prefix="/api/files", tag="files")

UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@router.post("/upload", status_code=201, response_model=FileView, openapi_extra=UPLOAD_BODY)
async def upload_file(
    request: Request, caller: FilesWriter, platform: Platform, once: Once, request_id: RequestId
) -> JSONResponse:
    """One file in the multipart field ``file``, up to 100 MB, videos and zips 500 MB. Its content decides its type."""
    await count(request, platform, uploads(platform.settings, platform.entitled(caller).rate_factor), caller.user_id)
    await platform.store.check()
    await check_room(platform, caller, int(request.headers.get("content-length", "0")))
    async with received(request, platform.scratch, platform.settings) as upload:
        new = await platform.intake.inspect(caller.account_id, upload, request_id)
        return await keep(platform, once, upload, new)


@router.get("")
async def list_files(
    caller: FilesReader,
    platform: Platform,
    limit: Limit = 50,
    cursor: str = "",
    q: Annotated[str | None, Query(max_length=200)] = None,
    kind: str | None = None,
    mime_type: str | None = None,
) -> FilePage:
    """The account's files, newest first; ``q`` searches their names."""
    filters = {"kind": kind, "mime_type": mime_type}
    async with platform.database.transaction() as session:
        files = await Files(session).list(caller.account_id, limit + 1, cursor or None, filters, q)
    rows, next_cursor = page(files, limit, lambda file: file.id)
    return FilePage(data=[view(file) for file in rows], next_cursor=next_cursor)


@router.get("/{file_id}")
async def get_file(file_id: str, caller: FilesReader, platform: Platform) -> FileView:
    """A file with what is known of it."""
    async with platform.database.transaction() as session:
        return view(await Files(session).get(caller.account_id, file_id))


@router.delete("/{file_id}", status_code=204)
async def delete_file(file_id: str, caller: FilesWriter, platform: Platform) -> None:
    """Gone at once, with every link to it; its bytes follow some days later."""
    async with platform.database.transaction() as session:
        await Files(session).delete(caller.account_id, file_id)


@router.post("/{file_id}/generate-url")
async def generate_url(
    file_id: str, caller: FilesReader, platform: Platform, body: LinkRequest | None = None
) -> LinkView:
    """A link that opens the file for whoever has it."""
    seconds = (body or LinkRequest()).expires_in
    async with platform.database.transaction() as session:
        file = await Files(session).get(caller.account_id, file_id)
    expires = int(time.time()) + seconds
    return LinkView(url=await _link(platform, file, expires, seconds), expires_at=datetime.fromtimestamp(expires, UTC))


async def readable(
    file_id: str, request: Request, platform: Platform, expires: int = 0, signature: str | None = None
) -> File:
    """The file of a signed link, else the caller's own; anything else is ``NotFound``."""
    if signature is not None:
        links.check(platform.settings, file_id, expires, signature)
        async with platform.database.transaction() as session:
            return await Files(session).get_linked(file_id)
    caller = scoped("files:read")(await verified(request, await signed_in(request, platform)))
    async with platform.database.transaction() as session:
        return await Files(session).get(caller.account_id, file_id)


Readable = Annotated[File, Depends(readable)]


@router.get("/{file_id}/content", response_class=Response)
@router.head("/{file_id}/content", response_class=Response, include_in_schema=False)
async def get_content(request: Request, file: Readable, platform: Platform, download: bool = False) -> Response:
    """The bytes, or a range of them; ``download`` has browsers save what they would show."""
    return await content_answer(request, platform.store, file, download)


@router.get("/{file_id}/thumbnail", response_class=Response)
@router.head("/{file_id}/thumbnail", response_class=Response, include_in_schema=False)
async def get_thumbnail(request: Request, file: Readable, platform: Platform) -> Response:
    """A WebP of at most 320 pixels; 404 where there is none (yet)."""
    return await thumbnail_answer(request, platform.store, file)


async def _link(platform: Parts, file: File, expires: int, seconds: int) -> str:
    if platform.settings.s3_public_endpoint is None:
        return links.signed(platform.settings, file.id, expires)
    key = blob_key(file.account_id, file.sha256)
    return await platform.store.presigned(key, seconds, disposition_of(file, False), file.mime_type)
