"""What a file is, by its content: type, kind and measures from headers alone. Runs only in the probe's child.

The name that a user gave never decides: a type counts once the parser of that type has read the header.
"""

from pathlib import Path
from typing import Any

import puremagic

from activities.media import archives, pictures, recordings, texts
from activities.media.trailers import check_whole
from models.errors import CorruptFile, UnsupportedType

HEAD = 4096
PICTURES = {f"image/{name}" for name in ("png", "jpeg", "gif", "webp", "bmp", "tiff", "avif", "x-icon")}
PICTURE_ALIASES = {"image/x-ms-bmp": "image/bmp", "image/vnd.microsoft.icon": "image/x-icon"}
RECORDED = ("audio/", "video/", "application/ogg", "application/x-matroska")
ZIP_HEADS = (b"PK\x03\x04", b"PK\x05\x06")


def probe(order: dict[str, Any]) -> dict[str, Any]:
    """Answer an order ``{path, suffix, max_pixels}`` with ``{mime_type, kind, details}``."""
    path, limit = Path(order["path"]), order["max_pixels"]
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise CorruptFile(reason="0 bytes")
    found = _names(head)
    if found and found[0] in PICTURES:
        mime_type, kind, details = pictures.measure(path, limit)
    elif head.startswith(ZIP_HEADS):
        mime_type, kind, details = archives.measure(path)
    elif head.startswith(b"%PDF-"):
        mime_type, kind, details = "application/pdf", "document", {}
    elif any(name.startswith(RECORDED) for name in found):
        mime_type, kind, details = recordings.measure(path, limit)
    else:
        text = texts.measure(path, head, order["suffix"])
        if text is None:
            raise UnsupportedType(found=found[0] if found else "unknown")
        mime_type, kind, details = text
    check_whole(path, mime_type)
    return {"mime_type": mime_type, "kind": kind, "details": details}


def _names(head: bytes) -> list[str]:
    """Candidates for the type, the likeliest first."""
    try:
        matches = puremagic.magic_string(head)
    except puremagic.PureError:
        return []
    return [PICTURE_ALIASES.get(match.mime_type, match.mime_type) for match in matches if match.mime_type]
