"""What users call their files: kept for display, made harmless for saving. Neither ever becomes a path on our disks."""

import re
import unicodedata
from urllib.parse import quote

LONGEST = 200
NAMELESS = "file"
SAFE = re.compile(r"[^\w.()\[\] -]+")


def for_display(name: str) -> str:
    """The last part of a path, without control and direction characters, at most 200 characters."""
    base = re.split(r"[/\\]", name)[-1]
    shown = "".join(each for each in base if unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Cn", "Co"))
    return _shortened(unicodedata.normalize("NFC", shown).strip()) or NAMELESS


def for_saving(name: str) -> str:
    """Letters, digits and a few marks; never hidden, never empty, never a name that Windows reserves."""
    saved = SAFE.sub("_", for_display(name)).strip(" .") or NAMELESS
    reserved = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", saved)
    return f"_{saved}" if reserved else saved


def disposition(kind: str, name: str) -> str:
    """``Content-Disposition`` (RFC 6266), ``kind`` inline or attachment; the name in UTF-8 and, where it can, ASCII."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _shortened(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    if len(name) <= LONGEST or not dot or len(suffix) > 20:
        return name[:LONGEST]
    return f"{stem[: LONGEST - len(suffix) - 1]}.{suffix}"
