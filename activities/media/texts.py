"""Plain text and the formats written in it. Runs only in the probe's child."""

import codecs
import re
from pathlib import Path
from typing import Any

BLOCK = 1024 * 1024
ENCODINGS = ("utf-8-sig", "utf-16", "gb18030")
"""UTF-16 only with its byte order mark; GB 18030 for what Chinese Windows wrote."""
CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
MARKUP = re.compile(
    r"\A(?:<\?xml[^>]*\?>|<!--.*?-->|<!doctype svg[^>]*>|\s)*<\s*(svg|html|!doctype html|script)\b", re.I | re.S
)
TYPES = {
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".xml": "application/xml",
}


def measure(path: Path, head: bytes, suffix: str) -> tuple[str, str, dict[str, Any]] | None:
    """Type, kind and ``characters``, ``encoding``; None if this is no text."""
    for encoding in ENCODINGS:
        if encoding == "utf-16" and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            continue
        characters = _count(path, encoding)
        if characters is not None:
            start = head.decode(encoding, errors="ignore")
            mime_type, kind = _type(start, suffix)
            return mime_type, kind, {"characters": characters, "encoding": encoding.removesuffix("-sig")}
    return None


def _count(path: Path, encoding: str) -> int | None:
    """Characters of the whole file, None if it is not written in ``encoding`` or holds control characters."""
    decoder, count = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as file:
        while True:
            block = file.read(BLOCK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeError:
                return None
            if CONTROL.search(text):
                return None
            count += len(text)
            if not block:
                return count


def _type(start: str, suffix: str) -> tuple[str, str]:
    """Markup is told by its first tag, since browsers would run it; everything else by the suffix."""
    markup = MARKUP.match(start)
    if markup:
        return ("image/svg+xml", "document") if markup[1].lower() == "svg" else ("text/html", "document")
    return TYPES.get(suffix, "text/plain"), "text"
