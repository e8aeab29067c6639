"""Walks a heap of pictures, image files and zips of them, one at a time, and says why it left one out.

Nothing is unpacked to the disk: a member of a zip is read into memory, within limits, and its name is only ever shown.
"""

import hashlib
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import CorruptFile, DecompressionBomb

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

MOST_MEMBER_BYTES = 100 * 1024 * 1024
MOST_ZIP_BYTES = 20 * 1024**3
MOST_RATIO = 200
"""Images hardly compress; a zip that grows more than this, and over a mebibyte a member, is an attack."""
MOST_MEMBERS = 100_000
MOST_PIXELS = 200_000_000
SMALL = 512
"""Shorter side, in pixels, to which big pictures are reduced while they are decoded."""
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz")


@dataclass(frozen=True)
class Picture:
    """One readable picture. ``small``: RGB uint8, upright, about SMALL pixels; ``name`` is for display only."""

    name: str
    sha256: str
    size: int
    width: int
    height: int
    small: "np.ndarray"


@dataclass(frozen=True)
class Skipped:
    """One entry that is no readable picture; ``reason`` is a stable word."""

    name: str
    reason: str


def walk(files: Iterable[tuple[Path, str]]) -> Iterator[Picture | Skipped]:
    """Everything in ``files`` (path, shown name) in order; ``CorruptFile``, ``DecompressionBomb`` for a bad zip."""
    for path, name in files:
        if zipfile.is_zipfile(path):
            yield from _members(path, name)
        else:
            with path.open("rb") as stream:
                yield _read(stream, name)


def _members(path: Path, archive: str) -> Iterator[Picture | Skipped]:
    try:
        with zipfile.ZipFile(path) as opened:
            members = [member for member in opened.infolist() if not member.is_dir()]
            _refuse_bombs(members)
            for member in members:
                yield _member(opened, member, f"{archive}/{member.filename}")
    except zipfile.BadZipFile as broken:
        raise CorruptFile(reason=str(broken)) from broken


def _refuse_bombs(members: list[zipfile.ZipInfo]) -> None:
    total = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS:
        raise DecompressionBomb(found=f"{len(members)} files", limit=f"{MOST_MEMBERS} files")
    if total > MOST_ZIP_BYTES:
        raise DecompressionBomb(found=f"{total} bytes", limit=f"{MOST_ZIP_BYTES} bytes")


def _member(opened: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Picture | Skipped:
    if member.flag_bits & 1:
        return Skipped(name, "encrypted")
    if member.filename.lower().endswith(ARCHIVES):
        return Skipped(name, "nested_archive")
    if member.file_size > MOST_MEMBER_BYTES:
        return Skipped(name, "too_large")
    if member.file_size > max(1 << 20, MOST_RATIO * member.compress_size):
        return Skipped(name, "suspicious_compression")
    try:
        with opened.open(member) as stream:
            data = stream.read(MOST_MEMBER_BYTES + 1)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError):
        return Skipped(name, "damaged")
    return _read(io.BytesIO(data), name)


def _read(stream: io.BytesIO | io.BufferedReader, name: str) -> Picture | Skipped:
    """Header first, so that a picture of too many pixels is never decoded."""
    from PIL import Image, UnidentifiedImageError

    from .pictures import FORMATS

    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(stream, formats=FORMATS)
            if image.width * image.height > MOST_PIXELS:
                return Skipped(name, "too_many_pixels")
            return Picture(name, digest, size, image.width, image.height, _small(image))
    except UnidentifiedImageError:
        return Skipped(name, "empty" if size == 0 else "not_an_image")
    except Image.DecompressionBombError:
        return Skipped(name, "too_many_pixels")
    except (OSError, SyntaxError, ValueError):  # what Pillow's decoders raise on damaged files
        return Skipped(name, "damaged")


def _small(image: "Image.Image") -> "np.ndarray":
    """The first frame, upright, on white, reduced while decoding where the format can."""
    import numpy as np
    from PIL import Image, ImageOps

    image.draft("RGB", (SMALL, SMALL))
    factor = min(image.size) // SMALL
    if factor > 1 and image.mode in {"L", "RGB", "RGBA", "CMYK"}:
        image = image.reduce(factor)
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, np.float64)
        image = Image.fromarray((values * (255 / max(1.0, values.max()))).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    return np.asarray(image.convert("RGB"))
