"""XMP in JPEG: a segment APP1 in front of the first scan (ITU T.81 B.1.1.4; XMP specification part 3)."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from models.errors import CorruptFile

from .parts import MOST_PARTS, copied

START, HEADER = b"\xff\xd8", b"http://ns.adobe.com/xap/1.0/\0"
APP0, APP1, SCAN = 0xE0, 0xE1, 0xDA


def _segments(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Marker, start and length (with its marker) of every segment in front of the first scan; then the scan's start."""
    at = len(START)
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
        if head[1] == SCAN:
            return
        at += length
    raise CorruptFile(reason="too many segments")


def _is_packet(file: BinaryIO, marker: int, at: int) -> bool:
    file.seek(at + 4)
    return marker == APP1 and file.read(len(HEADER)) == HEADER


def packet_of(file: BinaryIO) -> bytes | None:
    """The packet, or None; raises ``CorruptFile`` and what broken lengths lead to."""
    for marker, at, length in _segments(file):
        if _is_packet(file, marker, at):
            return file.read(length - 4 - len(HEADER))
    return None


def write_into(file: BinaryIO, out: BinaryIO, packet: bytes) -> None:
    """The whole file, with ``packet`` in the place of any other, behind JFIF's and EXIF's segments."""
    segment = struct.pack(">BBH", 0xFF, APP1, 2 + len(HEADER) + len(packet)) + HEADER + packet
    out.write(START)
    written = False
    for marker, at, length in _segments(file):
        if _is_packet(file, marker, at):
            continue
        if not written and marker not in (APP0, APP1):
            out.write(segment)
            written = True
        copied(file, out, at, None if marker == SCAN else length)
