"""Reads and writes the XMP packet of a PNG, JPEG or WebP file; the encoded pixels are copied as they are.

Where a packet stands: XMP specification part 3 (ISO 16684-1); PNG 11.3.3.4 (iTXt); ITU T.81 B.1.1.4; WebP container.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from models.errors import CorruptFile, UnsupportedType

MOST_BYTES = 65_000
"""Of a packet that is written: one segment of a JPEG has to hold it."""
MOST_READ = 1_000_000
MOST_PARTS = 100_000
"""Chunks or segments that are looked through; files with more are made to keep us busy."""
PNG_START, PNG_KEYWORD = b"\x89PNG\r\n\x1a\n", b"XML:com.adobe.xmp\0"
JPEG_START, JPEG_HEADER = b"\xff\xd8", b"http://ns.adobe.com/xap/1.0/\0"
JPEG_APP0, JPEG_APP1, JPEG_SCAN = 0xE0, 0xE1, 0xDA
WEBP_FLAG_XMP, WEBP_FLAG_ALPHA = 0x04, 0x10
WebpChunk = tuple[bytes, int, int]


def read_packet(path: Path) -> bytes | None:
    """The packet (XML, at most MOST_READ bytes), or None: there is none, or the file is of another kind or broken."""
    with path.open("rb") as file:
        try:
            match _kind(file):
                case "png":
                    return _from_png(file)
                case "jpeg":
                    return _from_jpeg(file)
                case "webp":
                    return _from_webp(file)
        except (CorruptFile, struct.error, zlib.error):
            return None
    return None


def write_packet(path: Path, packet: bytes) -> None:
    """Put ``packet`` (at most MOST_BYTES) in the place of any other; the file is replaced at once.

    Raises ``UnsupportedType`` for other kinds of files, ``CorruptFile``; the file then stays as it was.
    """
    assert len(packet) <= MOST_BYTES
    fresh = path.with_name(f"{path.name}.labeled")
    try:
        with path.open("rb") as file, fresh.open("wb") as out:
            match _kind(file):
                case "png":
                    _into_png(file, out, packet)
                case "jpeg":
                    _into_jpeg(file, out, packet)
                case "webp":
                    _into_webp(file, out, packet)
                case _:
                    raise UnsupportedType(found=path.suffix or "?")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _kind(file: BinaryIO) -> str:
    """ "png", "jpeg", "webp" or nothing; the file then stands behind its first mark."""
    head = file.read(12)
    if head.startswith(PNG_START):
        file.seek(len(PNG_START))
        return "png"
    if head.startswith(JPEG_START):
        file.seek(len(JPEG_START))
        return "jpeg"
    return "webp" if head[:4] == b"RIFF" and head[8:] == b"WEBP" else ""


def _png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and length (with its frame of 12 bytes) of every chunk."""
    at = len(PNG_START)
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


def _from_png(file: BinaryIO) -> bytes | None:
    for kind, at, length in _png_chunks(file):
        if kind in (b"iTXt", b"tEXt") and _is_png_packet(file, at):
            file.seek(at + 8 + len(PNG_KEYWORD))
            content = file.read(min(length - 12 - len(PNG_KEYWORD), MOST_READ))
            return content if kind == b"tEXt" else _text_of(content)
    return None


def _text_of(content: bytes) -> bytes:
    """The text of an iTXt chunk behind its keyword: flag, method, language, translated keyword, text."""
    compressed = content[:1] == b"\1"
    text = content[2:].split(b"\0", 2)[-1]
    return zlib.decompressobj().decompress(text, MOST_READ) if compressed else text


def _is_png_packet(file: BinaryIO, at: int) -> bool:
    file.seek(at + 8)
    return file.read(len(PNG_KEYWORD)) == PNG_KEYWORD


def _into_png(file: BinaryIO, out: BinaryIO, packet: bytes) -> None:
    out.write(PNG_START)
    for kind, at, length in _png_chunks(file):
        if kind in (b"iTXt", b"tEXt") and _is_png_packet(file, at):
            continue
        _copy(file, out, at, length)
        if kind == b"IHDR":
            body = b"iTXt" + PNG_KEYWORD + b"\0\0\0\0" + packet
            out.write(struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)))


def _jpeg_segments(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Marker, start and length (with its marker) of every segment in front of the first scan; then the scan's start."""
    at = len(JPEG_START)
    for _ in range(MOST_PARTS):
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            raise CorruptFile(reason="cut off")
        if head[1] == 0xFF:  # a byte that fills
            at += 1
            continue
        length = 2 + int.from_bytes(head[2:], "big")
        yield head[1], at, length
        if head[1] == JPEG_SCAN:
            return
        at += length
    raise CorruptFile(reason="too many segments")


def _is_jpeg_packet(file: BinaryIO, marker: int, at: int) -> bool:
    file.seek(at + 4)
    return marker == JPEG_APP1 and file.read(len(JPEG_HEADER)) == JPEG_HEADER


def _from_jpeg(file: BinaryIO) -> bytes | None:
    for marker, at, length in _jpeg_segments(file):
        if _is_jpeg_packet(file, marker, at):
            return file.read(length - 4 - len(JPEG_HEADER))
    return None


def _into_jpeg(file: BinaryIO, out: BinaryIO, packet: bytes) -> None:
    """Behind JFIF's and EXIF's segments, which readers want to find first."""
    segment = struct.pack(">BBH", 0xFF, JPEG_APP1, 2 + len(JPEG_HEADER) + len(packet)) + JPEG_HEADER + packet
    out.write(JPEG_START)
    written = False
    for marker, at, length in _jpeg_segments(file):
        if _is_jpeg_packet(file, marker, at):
            continue
        if not written and marker not in (JPEG_APP0, JPEG_APP1):
            out.write(segment)
            written = True
        _copy(file, out, at, None if marker == JPEG_SCAN else length)


def _webp_chunks(file: BinaryIO) -> list[WebpChunk]:
    """Type, start and padded length (with its head of 8 bytes) of every chunk."""
    end, at = file.seek(0, io.SEEK_END), 12
    found: list[WebpChunk] = []
    while at + 8 <= end:
        if len(found) == MOST_PARTS:
            raise CorruptFile(reason="too many chunks")
        file.seek(at)
        kind, size = struct.unpack("<4sI", file.read(8))
        length = 8 + size + size % 2
        found.append((kind, at, min(length, end - at)))
        at += length
    return found


def _from_webp(file: BinaryIO) -> bytes | None:
    for kind, at, _ in _webp_chunks(file):
        if kind == b"XMP ":
            file.seek(at + 4)
            (size,) = struct.unpack("<I", file.read(4))
            return file.read(min(size, MOST_READ))
    return None


def _into_webp(file: BinaryIO, out: BinaryIO, packet: bytes) -> None:
    chunks = [chunk for chunk in _webp_chunks(file) if chunk[0] != b"XMP "]
    if not chunks:
        raise CorruptFile(reason="cut off")
    out.write(b"RIFF\0\0\0\0WEBP")
    out.write(_extended_head(file, chunks[0]))
    for kind, at, length in chunks:
        if kind != b"VP8X":
            _copy(file, out, at, length)
            out.write(b"\0" * (length % 2))  # a last chunk whose pad was left out
    out.write(struct.pack("<4sI", b"XMP ", len(packet)) + packet + b"\0" * (len(packet) % 2))
    size = out.tell() - 8
    out.seek(4)
    out.write(struct.pack("<I", size))


def _extended_head(file: BinaryIO, first: WebpChunk) -> bytes:
    """The chunk VP8X with the flag of XMP; made of the picture's own head where the file is of the simple kind."""
    kind, at, _ = first
    file.seek(at + 8)
    head = file.read(10)
    if kind == b"VP8X":
        return struct.pack("<4sI", b"VP8X", 10) + bytes([head[0] | WEBP_FLAG_XMP]) + head[1:]
    flags = WEBP_FLAG_XMP
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        width, height = bits & 0x3FFF, bits >> 14 & 0x3FFF
        flags |= WEBP_FLAG_ALPHA if bits >> 28 & 1 else 0
    else:
        width, height = ((int.from_bytes(head[start : start + 2], "little") & 0x3FFF) - 1 for start in (6, 8))
    sides = width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return struct.pack("<4sI", b"VP8X", 10) + bytes([flags, 0, 0, 0]) + sides


def _copy(file: BinaryIO, out: BinaryIO, at: int, length: int | None) -> None:
    """``length`` bytes from ``at``, or all that are left."""
    file.seek(at)
    left = length
    while left is None or left > 0:
        block = file.read(1 << 20 if left is None else min(left, 1 << 20))
        if not block:
            break
        out.write(block)
        left = None if left is None else left - len(block)
    if left:
        raise CorruptFile(reason="cut off")
