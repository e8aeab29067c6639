"""XMP in PNG: a chunk iTXt (or, by older programs, tEXt) of the keyword XML:com.adobe.xmp (PNG 11.3.3.4)."""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from models.errors import CorruptFile

from .parts import MOST_PARTS, MOST_READ, copied

START, KEYWORD = b"\x89PNG\r\n\x1a\n", b"XML:com.adobe.xmp\0"


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and length (with its frame of 12 bytes) of every chunk."""
    at = len(START)
    for _ in range(MOST_PARTS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            raise CorruptFile(reason="cut off")
        length = 12 + int.from_bytes(head[:4], "big")
        yield head[4:], at, length
        if head[4:] == b"IEND":
            return
        at += length
    raise CorruptFile(reason="too many chunks")


def packet_of(file: BinaryIO) -> bytes | None:
    """The packet, or None; raises ``CorruptFile`` and what broken lengths lead to."""
    for kind, at, length in _chunks(file):
        if kind in (b"iTXt", b"tEXt") and _is_packet(file, at):
            file.seek(at + 8 + len(KEYWORD))
            content = file.read(min(length - 12 - len(KEYWORD), MOST_READ))
            return content if kind == b"tEXt" else _text_of(content)
    return None


def _text_of(content: bytes) -> bytes:
    """The text of an iTXt chunk behind its keyword: flag, method, language, translated keyword, text."""
    compressed = content[:1] == b"\1"
    text = content[2:].split(b"\0", 2)[-1]
    return zlib.decompressobj().decompress(text, MOST_READ) if compressed else text


def _is_packet(file: BinaryIO, at: int) -> bool:
    file.seek(at + 8)
    return file.read(len(KEYWORD)) == KEYWORD


def write_into(file: BinaryIO, out: BinaryIO, packet: bytes) -> None:
    """The whole file, with ``packet`` in the place of any other."""
    out.write(START)
    for kind, at, length in _chunks(file):
        if kind in (b"iTXt", b"tEXt") and _is_packet(file, at):
            continue
        copied(file, out, at, length)
        if kind == b"IHDR":
            body = b"iTXt" + KEYWORD + b"\0\0\0\0" + packet
            out.write(struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)))
