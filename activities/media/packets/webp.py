"""XMP in WebP: a chunk of its own, behind the picture, told of by a flag in the head (WebP container specification)."""

import io
import struct
from typing import BinaryIO

from models.errors import CorruptFile

from .parts import MOST_PARTS, MOST_READ, copied

FLAG_XMP, FLAG_ALPHA = 0x04, 0x10
Chunk = tuple[bytes, int, int]


def _chunks(file: BinaryIO) -> list[Chunk]:
    """Type, start and padded length (with its head of 8 bytes) of every chunk."""
    end, at = file.seek(0, io.SEEK_END), 12
    found: list[Chunk] = []
    while at + 8 <= end:
        if len(found) == MOST_PARTS:
            raise CorruptFile(reason="too many chunks")
        file.seek(at)
        kind, size = struct.unpack("<4sI", file.read(8))
        length = 8 + size + size % 2
        found.append((kind, at, min(length, end - at)))
        at += length
    return found


def packet_of(file: BinaryIO) -> bytes | None:
    """The packet, or None; raises ``CorruptFile`` and what broken lengths lead to."""
    for kind, at, _ in _chunks(file):
        if kind == b"XMP ":
            file.seek(at + 4)
            (size,) = struct.unpack("<I", file.read(4))
            return file.read(min(size, MOST_READ))
    return None


def write_into(file: BinaryIO, out: BinaryIO, packet: bytes) -> None:
    """The whole file, with ``packet`` in the place of any other."""
    chunks = [chunk for chunk in _chunks(file) if chunk[0] != b"XMP "]
    if not chunks:
        raise CorruptFile(reason="cut off")
    out.write(b"RIFF\0\0\0\0WEBP")
    out.write(_extended_head(file, chunks[0]))
    for kind, at, length in chunks:
        if kind != b"VP8X":
            copied(file, out, at, length)
            out.write(b"\0" * (length % 2))  # a last chunk whose pad was left out
    out.write(struct.pack("<4sI", b"XMP ", len(packet)) + packet + b"\0" * (len(packet) % 2))
    size = out.tell() - 8
    out.seek(4)
    out.write(struct.pack("<I", size))


def _extended_head(file: BinaryIO, first: Chunk) -> bytes:
    """The chunk VP8X with the flag of XMP; made of the picture's own head where the file is of the simple kind."""
    kind, at, _ = first
    file.seek(at + 8)
    head = file.read(10)
    if kind == b"VP8X":
        return struct.pack("<4sI", b"VP8X", 10) + bytes([head[0] | FLAG_XMP]) + head[1:]
    flags = FLAG_XMP
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        width, height = bits & 0x3FFF, bits >> 14 & 0x3FFF
        flags |= FLAG_ALPHA if bits >> 28 & 1 else 0
    else:
        width, height = ((int.from_bytes(head[start : start + 2], "little") & 0x3FFF) - 1 for start in (6, 8))
    sides = width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return struct.pack("<4sI", b"VP8X", 10) + bytes([flags, 0, 0, 0]) + sides
