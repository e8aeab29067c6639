"""XMP in GIF: an extension in front of the first picture, and behind it bytes that lead readers of blocks to its end.

XMP specification part 3, 1.1.2; GIF89a, sections 18 to 26.
"""

from collections.abc import Iterator
from typing import BinaryIO

from models.errors import CorruptFile

from .parts import MOST_PARTS, MOST_READ, copied

STARTS, HEADER = (b"GIF87a", b"GIF89a"), b"\x21\xff\x0bXMP DataXMP"
END = b"\x01" + bytes(range(255, -1, -1)) + b"\0"


def _extensions(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Start and end of the extensions in front of the first picture; the last pair is where they end, twice."""
    file.seek(10)
    flags = file.read(1)[0]
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    for _ in range(MOST_PARTS):
        file.seek(at)
        if file.read(1) != b"\x21":
            yield at, at
            return
        start, at = at, at + 2
        for _ in range(MOST_PARTS):
            file.seek(at)
            length = file.read(1)[0]
            at += 1 + length
            if not length:
                break
        else:
            break
        yield start, at
    raise CorruptFile(reason="too many extensions")


def _is_packet(file: BinaryIO, at: int) -> bool:
    file.seek(at)
    return file.read(len(HEADER)) == HEADER


def packet_of(file: BinaryIO) -> bytes | None:
    """The packet, or None; raises ``CorruptFile`` and what broken lengths lead to."""
    for start, end in _extensions(file):
        if _is_packet(file, start):
            return file.read(min(MOST_READ, max(0, end - len(END) - start - len(HEADER))))
    return None


def write_into(file: BinaryIO, out: BinaryIO, packet: bytes) -> None:
    """The whole file, with ``packet`` in the place of any other."""
    extensions = list(_extensions(file))
    copied(file, out, 0, extensions[0][0])
    out.write(HEADER + packet + END)
    for start, end in extensions:
        if not _is_packet(file, start):
            copied(file, out, start, end - start if end > start else None)
    out.seek(0)
    out.write(STARTS[1])
