"""Zip archives, and office documents made of them, judged by their directory. Runs only in the probe's child."""

import struct
import zipfile
from pathlib import Path
from typing import Any

from models.errors import CorruptFile, DecompressionBomb

MAX_ENTRIES = 20_000
MAX_UNPACKED = 4 * 1024**3
MAX_RATIO = 200
SMALL = 64 * 1024**2
"""Below this many bytes unpacked no ratio is suspicious: it cannot hurt."""
TAIL = 65_557
END = b"PK\x05\x06"
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCUMENTS = {
    "word/": OFFICE + "wordprocessingml.document",
    "xl/": OFFICE + "spreadsheetml.sheet",
    "ppt/": OFFICE + "presentationml.presentation",
}


def measure(path: Path) -> tuple[str, str, dict[str, Any]]:
    """Type, kind and ``entries``, ``unpacked`` (bytes as the directory says)."""
    _refuse_many(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError) as error:
        raise CorruptFile(reason="no readable directory") from error
    unpacked = sum(entry.file_size for entry in entries)
    _refuse_large(unpacked, path.stat().st_size)
    details = {"entries": sum(not entry.is_dir() for entry in entries), "unpacked": unpacked}
    names = [entry.filename for entry in entries]
    if "[Content_Types].xml" in names:
        for folder, mime_type in DOCUMENTS.items():
            if any(name.startswith(folder) for name in names):
                return mime_type, "document", {}
    return "application/zip", "archive", details


def _refuse_many(path: Path) -> None:
    """The end record counts the entries: a directory of millions is refused before it is read (APPNOTE 4.3.16)."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        tail = file.read()
    at = tail.rfind(END)
    if at == -1 or len(tail) < at + 22:
        raise CorruptFile(reason="cut off")
    count = int.from_bytes(tail[at + 10 : at + 12], "little")
    if count > MAX_ENTRIES:
        raise DecompressionBomb(found=f"{count} entries or more", limit=f"{MAX_ENTRIES} entries")


def _refuse_large(unpacked: int, packed: int) -> None:
    if unpacked > MAX_UNPACKED or (unpacked > SMALL and unpacked > packed * MAX_RATIO):
        limit = min(MAX_UNPACKED, max(SMALL, packed * MAX_RATIO))
        raise DecompressionBomb(found=f"{unpacked} bytes", limit=f"{limit} bytes")
