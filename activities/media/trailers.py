"""Finds files that were cut off without decoding them: each format says somewhere how it has to end."""

import mmap
import struct
from pathlib import Path

from models.errors import CorruptFile

JPEG_SCAN, JPEG_END = 0xDA, b"\xff\xd9"
PNG_END = b"IEND\xaeB`\x82"
WINDOW = 64 * 1024


def check_whole(path: Path, mime_type: str) -> None:
    """Raise ``CorruptFile`` if the file ends before its format says; types without such a mark pass."""
    check = CHECKS.get(mime_type)
    if check is None:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if not check(data):
            raise CorruptFile(reason="cut off")


def _jpeg(data: mmap.mmap) -> bool:
    """ITU T.81 B.1.1: segments up to the first scan say their length; in a scan FF D9 can only be the end."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == JPEG_SCAN:
            return data.find(JPEG_END, at) != -1
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _png(data: mmap.mmap) -> bool:
    return data.rfind(PNG_END) != -1


def _gif(data: mmap.mmap) -> bool:
    return data[-WINDOW:].rstrip(b"\0\r\n").endswith(b";")


def _riff(data: mmap.mmap) -> bool:
    return len(data) >= 12 and int.from_bytes(data[4:8], "little") + 8 <= len(data) + 1


def _bmff(data: mmap.mmap) -> bool:
    """ISO 14496-12: top-level boxes follow each other by length; length 0 reaches to the end of the file."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1 and at + 16 <= len(data):
            (size,) = struct.unpack(">Q", data[at + 8 : at + 16])
        if size == 0:
            return True
        if size < 8:
            return False
        at += size
    return at <= len(data)


CHECKS = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/gif": _gif,
    "image/webp": _riff,
    "image/avif": _bmff,
    "audio/wav": _riff,
    "video/mp4": _bmff,
    "video/quicktime": _bmff,
    "audio/mp4": _bmff,
}
