"""Reads and writes the XMP packet of a PNG, JPEG, WebP or GIF file; the encoded pixels are copied as they are.

Where a packet stands in each: XMP specification part 3 (ISO 16684-1).
"""

import struct
import zlib
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from models.errors import CorruptFile, UnsupportedType

from . import gif, jpeg, png, webp

MOST_BYTES = 65_000
"""Of a packet that is written: one segment of a JPEG has to hold it."""


def read_packet(path: Path) -> bytes | None:
    """The packet (XML), or None: there is none, or the file is of another kind or broken."""
    with path.open("rb") as file:
        kind = _kind(file)
        try:
            found: bytes | None = None if kind is None else kind.packet_of(file)
        except (CorruptFile, struct.error, zlib.error, IndexError):
            return None
    return found


def write_packet(path: Path, packet: bytes) -> None:
    """Put ``packet`` (at most MOST_BYTES) in the place of any other; the file is replaced at once.

    Raises ``UnsupportedType`` for other kinds of files, ``CorruptFile``; the file then stays as it was.
    """
    assert len(packet) <= MOST_BYTES
    fresh = path.with_name(f"{path.name}.labeled")
    try:
        with path.open("rb") as file, fresh.open("wb") as out:
            kind = _kind(file)
            if kind is None:
                raise UnsupportedType(found=path.suffix or "?")
            kind.write_into(file, out, packet)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _kind(file: BinaryIO) -> ModuleType | None:
    """The module of the file's container, by its first bytes."""
    head = file.read(12)
    if head.startswith(png.START):
        return png
    if head.startswith(jpeg.START):
        return jpeg
    if head.startswith(gif.STARTS):
        return gif
    return webp if head[:4] == b"RIFF" and head[8:] == b"WEBP" else None
