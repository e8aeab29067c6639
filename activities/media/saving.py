"""Writes the picture that a tool made: in the format asked for or the input's own, transparent where it can be."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .colors import WHITE, Rgb, opaque
from .images import MIME_TYPES, MOST_SIDE, SUFFIXES, Format, Picture, write_image

if TYPE_CHECKING:
    import numpy as np

OWN: dict[str, Format] = {"image/jpeg": "jpeg", "image/webp": "webp"}


@dataclass(frozen=True)
class Saved:
    """A file that is an output; ``sides`` for its metadata, in pixels."""

    path: Path
    mime_type: str
    sides: dict[str, int]


def save(
    folder: Path, name: str, picture: Picture, wanted: Format | Literal["auto"], like: str = "", behind: Rgb = WHITE
) -> Saved:
    """Write ``picture`` as ``name`` with its profile and EXIF. ``auto`` is the format of ``like``, the input's type."""
    kind = chosen(wanted, like, max(picture.width, picture.height), picture.alpha is not None)
    path = folder / f"{name}{SUFFIXES[kind]}"
    write_image(path, layered(picture, kind, behind), kind, icc=picture.icc, exif=picture.exif)
    return Saved(path, MIME_TYPES[kind], {"width": picture.width, "height": picture.height})


def chosen(wanted: Format | Literal["auto"], like: str, side: int, transparent: bool) -> Format:
    """The format asked for; for ``auto`` that of ``like`` if it is one of ours and holds the size and the opacity."""
    if wanted != "auto":
        return wanted
    own = OWN.get(like, "png")
    return "png" if side > MOST_SIDE[own] or (own == "jpeg" and transparent) else own


def layered(picture: Picture, kind: Format, behind: Rgb = WHITE) -> "np.ndarray":
    """RGBA of a transparent picture, or RGB on ``behind`` for JPEG, which has no opacity; RGB of an opaque one."""
    import numpy as np

    if picture.alpha is None:
        return picture.pixels
    return opaque(picture, behind) if kind == "jpeg" else np.dstack([picture.pixels, picture.alpha])
