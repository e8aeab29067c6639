"""Takes one file out of a multipart body as it streams in: flat memory, hashed on the way, refused as soon as may be.

An ``UploadFile`` parameter would have read everything before anybody asked who is calling.
"""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from activities.intake import Received, too_large
from activities.scratch import Scratch
from models.errors import CorruptFile, DiskFull, InvalidInput, wrong
from models.settings import MEBIBYTE, Settings

FIELD = "file"
BLOCK = MEBIBYTE
ENVELOPE = 64 * 1024
"""Bytes that a multipart body may have around its file."""
KEPT_FREE = 500 * MEBIBYTE
HEAD = 256
LARGE_HEADS = (
    *((0, mark) for mark in (b"PK\x03\x04", b"\x1a\x45\xdf\xa3", b"OggS", b"FLV", b"\x30\x26\xb2\x75", b"\0\0\1\xba")),
    *((4, mark) for mark in (b"ftyp", b"moov", b"mdat", b"wide")),
    (8, b"AVI "),
    (188, b"G"),
)
"""How videos and zips begin; only what begins so may grow beyond the limit of ordinary files."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def received(request: Request, scratch: Scratch, settings: Settings) -> AsyncIterator[Received]:
    """The file of a multipart body, on disk until the block ends.

    Raises ``FileTooLarge``, ``InvalidInput`` for another body or none, ``CorruptFile`` for one that was cut off and
    ``DiskFull``.
    """
    declared = int(request.headers.get("content-length", "0"))
    if declared > settings.max_upload_large + ENVELOPE:
        raise too_large(settings.max_upload_large)
    async with scratch.folder("upload") as folder:
        warn_of_low_disk(folder, settings, declared)
        intake = Intake(folder / "file", settings, _boundary(request))
        try:
            async for piece in request.stream():
                await intake.feed(piece)
            yield await intake.finish()
        except ClientDisconnect as error:
            raise CorruptFile(reason="the upload was cut off") from error
        finally:
            intake.close()


def warn_of_low_disk(folder: Path, settings: Settings, wanted: int) -> None:
    """Log a warning while there is still room; raises ``DiskFull`` once there is none."""
    free = shutil.disk_usage(folder).free
    if free - wanted < KEPT_FREE:
        raise DiskFull(retry_after=60.0)
    if free < settings.low_disk:
        log.warning("disk space is low", free=free, low_disk=settings.low_disk)


class Intake:
    """The parser's callbacks only collect; bytes are hashed and written a block at a time, away from the loop."""

    def __init__(self, path: Path, settings: Settings, boundary: bytes) -> None:
        self._path = path
        self._settings = settings
        self._file = path.open("wb")
        self._hash = hashlib.sha256()
        self._block = bytearray()
        self._head = b""
        self._size = 0
        self._outside = 0
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._name: str | None = None
        self._complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": lambda data, start, end: self._block.extend(data[start:end]),
                "on_end": self._ends,
            },
        )

    async def feed(self, piece: bytes) -> None:
        """Take the next bytes of the body."""
        before = len(self._block)
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise _invalid("body", "不是有效的 multipart 内容", "is not a well-formed multipart body") from error
        self._outside += len(piece) - (len(self._block) - before)
        if self._outside > ENVELOPE:
            raise _invalid("body", "文件以外的内容过多", "holds too much besides the file")
        self._refuse_too_large()
        if len(self._block) >= BLOCK:
            await self._flush()

    async def finish(self) -> Received:
        """The whole file; raises ``CorruptFile`` if the body ended early."""
        if not self._complete:
            raise CorruptFile(reason="the upload was cut off")
        if self._name is None:
            raise _invalid(
                FIELD,
                "缺失:请用此名称的 multipart 字段发送文件",
                "is missing: send the file as a multipart field of this name",
            )
        await self._flush()
        self._file.close()
        return Received(self._path, self._name, self._size, self._hash.hexdigest())

    def close(self) -> None:
        self._file.close()

    async def _flush(self) -> None:
        block, self._block = self._block, bytearray()
        self._head = self._head or bytes(block[:HEAD])
        self._size += len(block)
        await asyncio.to_thread(self._write, block)

    def _write(self, block: bytearray) -> None:
        self._hash.update(block)
        self._file.write(block)

    def _refuse_too_large(self) -> None:
        size = self._size + len(self._block)
        if size <= self._settings.max_upload:
            return
        head = self._head or bytes(self._block[:HEAD])
        large = any(head[at : at + len(mark)] == mark for at, mark in LARGE_HEADS)
        limit = self._settings.max_upload_large if large else self._settings.max_upload
        if size > limit:
            raise too_large(limit)

    def _part_begins(self) -> None:
        if self._name is not None:
            raise _invalid("body", "含有多个文件:每次请求只发送一个", "holds more than one file: send one a request")

    def _header_ends(self) -> None:
        field, value = (bytes(each) for each in self._header)
        self._header = (bytearray(), bytearray())
        if field.lower() != b"content-disposition":
            return
        _, options = parse_options_header(value)
        name = options.get(b"name", b"").decode(errors="replace")
        if name != FIELD or b"filename" not in options:
            raise _invalid(
                name[:100] or "body",
                f"未知字段:请在 {FIELD} 字段中发送一个文件",
                f"is not known: send one file in the field {FIELD}",
            )
        self._name = options[b"filename"].decode(errors="replace")

    def _headers_end(self) -> None:
        if self._name is None:
            raise _invalid("body", "有一部分缺少 Content-Disposition", "holds a part without Content-Disposition")

    def _ends(self) -> None:
        self._complete = True


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise _invalid(
            "headers.Content-Type",
            "须为带 boundary 的 multipart/form-data",
            "must be multipart/form-data with a boundary",
        )
    return options[b"boundary"]


def _invalid(path: str, zh: str, en: str) -> InvalidInput:
    return InvalidInput(errors=[wrong(path, zh, en)])
