"""Answers with the bytes of a file: in ranges, cached by digest, and so that a browser runs nothing of them as ours."""

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from activities.storage import ObjectStore, blob_key
from models.errors import FileRejected, NotFound
from models.filenames import disposition
from models.tables import File

from .byte_ranges import Unsatisfiable, unchanged, wanted

SHOWN = ("image/", "video/", "audio/", "text/plain", "application/pdf", "application/json")
"""What browsers may show; anything else, SVG, HTML and XML above all, they save."""
HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; media-src 'self'",
    "Cache-Control": "private, no-cache",
    "Accept-Ranges": "bytes",
}


def disposition_of(file: File, download: bool) -> str:
    """``Content-Disposition`` of a file."""
    shown = file.mime_type.startswith(SHOWN) and file.mime_type != "image/svg+xml" and not download
    return disposition("inline" if shown else "attachment", file.filename)


async def content_answer(request: Request, store: ObjectStore, file: File, download: bool) -> Response:
    """200, 206, 304 or 416; raises ``FileRejected`` for what a virus scan has found."""
    if file.status == "rejected":
        raise FileRejected(file=file.id, reason=file.rejection)
    headers = {**HARMLESS, "Content-Disposition": disposition_of(file, download)}
    return await _answer(request, store, file.account_id, file.sha256, file.size, file.mime_type, headers)


async def thumbnail_answer(request: Request, store: ObjectStore, file: File) -> Response:
    """As ``content_answer``; raises ``NotFound`` if the file has no thumbnail."""
    if file.thumbnail_sha256 is None:
        raise NotFound(what="thumbnail")
    await store.check()
    found = await store.head(blob_key(file.account_id, file.thumbnail_sha256))
    if found is None:
        raise NotFound(what="thumbnail")
    return await _answer(
        request, store, file.account_id, file.thumbnail_sha256, found.size, "image/webp", dict(HARMLESS)
    )


async def _answer(
    request: Request,
    store: ObjectStore,
    account_id: str,
    sha256: str,
    size: int,
    mime_type: str,
    headers: dict[str, str],
) -> Response:
    etag = f'"{sha256}"'
    headers["ETag"] = etag
    if unchanged(request.headers, etag):
        return Response(status_code=304, headers=headers)
    try:
        span = wanted(request.headers, etag, size)
    except Unsatisfiable:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Length"] = str(span.length if span else size)
    headers["Content-Type"] = mime_type
    if span:
        headers["Content-Range"] = span.header
    status = 206 if span else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    await store.check()
    found = await store.open(blob_key(account_id, sha256), (span.first, span.last) if span else None)
    return StreamingResponse(found.chunks, status, headers)
