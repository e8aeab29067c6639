"""Covers parts of a picture so that nobody can bring back what was there.

A blur or coarse cells can be undone or guessed when much is left (arXiv:1609.00408). Over a face they keep no more than
a few means across, whatever its size. Over text that is too much: who knows the font covers one guess after another
and compares, and reads every digit (Hill et al. 2016, doi:10.1515/popets-2016-0047). There they show the color
around and chance, and nothing that depends on what they cover.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

Method = Literal["blur", "pixelate", "solid", "emoji"]
FACE_CELLS, TEXT_CELLS = 6, 2
"""Cells across the shorter side: means over a face, chance over text."""
SPREAD = 22.0
"""Grey levels by which the cells over text differ."""
RIM = 3
"""Pixels around a place that lend it their color."""
INK = (40, 42, 48)
SMILE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><defs><radialGradient id="g" cx=".4" cy=".35">
<stop offset="0" stop-color="#ffe680"/><stop offset="1" stop-color="#fbb416"/></radialGradient></defs>
<circle cx="50" cy="50" r="49" fill="url(#g)"/><ellipse cx="34" cy="40" rx="6" ry="9" fill="#5b3a08"/>
<ellipse cx="66" cy="40" rx="6" ry="9" fill="#5b3a08"/>
<path d="M26 58a25 22 0 0 0 48 0z" fill="#7a2e12"/>
<path d="M36 73a20 12 0 0 1 28 0a25 22 0 0 1 -28 0z" fill="#f0616d"/></svg>"""


@dataclass(frozen=True)
class Area:
    """What is to be covered: left, top, width, height in pixels; ``oval`` for faces."""

    left: float
    top: float
    width: float
    height: float
    oval: bool = False

    def inside(self, width: int, height: int) -> "tuple[slice, slice] | None":
        """Its rows and columns within a picture; None if it lies beside it."""
        top, bottom = max(0, int(self.top)), min(height, int(self.top + self.height) + 1)
        left, right = max(0, int(self.left)), min(width, int(self.left + self.width) + 1)
        return (slice(top, bottom), slice(left, right)) if top < bottom and left < right else None


def around_face(box: tuple[float, float, float, float]) -> Area:
    """A detector's box reaches from brow to chin; hair, ears and neck are part of a face that people know."""
    left, top, width, height = box
    return Area(left - 0.22 * width, top - 0.42 * height, 1.44 * width, 1.68 * height, oval=True)


def around_text(box: tuple[float, float, float, float]) -> Area:
    """With room for strokes that the detector cut."""
    left, top, width, height = box
    edge = 0.15 * height + 1
    return Area(left - edge, top - edge, width + 2 * edge, height + 2 * edge)


def cover(rgb: "np.ndarray", areas: list[Area], method: Method) -> "np.ndarray":
    """A copy (uint8, H x W x 3) with every area covered; pixels outside of them are the same."""
    import numpy as np

    result = rgb.copy()
    placed = [(area, place) for area in areas if (place := area.inside(rgb.shape[1], rgb.shape[0]))]
    for area, place in placed:
        if not area.oval:
            result[place] = INK  # or the color around one line of text would tell of the next
    for area, place in placed:
        covered, mask = _covered(result, area, method, place)
        share = mask[:, :, None]
        result[place] = np.rint(share * covered + (1 - share) * result[place]).astype(np.uint8)
    return result


def _covered(
    rgb: "np.ndarray", area: Area, method: Method, place: tuple[slice, slice]
) -> "tuple[np.ndarray, np.ndarray]":
    """What lies over a place of the picture, and how much of it is seen (float32, 0..1)."""
    import cv2
    import numpy as np

    piece = rgb[place]
    size = (piece.shape[1], piece.shape[0])
    if method == "emoji":
        drawn = _smile(max(size))
        whole = cv2.resize(drawn, (round(area.width) + 2, round(area.height) + 2), interpolation=cv2.INTER_AREA)
        down, across = place[0].start - int(area.top), place[1].start - int(area.left)
        shown = whole[down : down + size[1], across : across + size[0]]
        behind = np.full_like(piece, INK)
        share = shown[:, :, 3:].astype(np.float32) / 255
        return share * shown[:, :, :3] + (1 - share) * behind, _mask(area, place)
    if method == "solid":
        return np.full_like(piece, INK), _mask(area, place)
    cells = _means(piece) if area.oval else _chance(rgb, place)
    smooth = cv2.INTER_CUBIC if method == "blur" else cv2.INTER_NEAREST
    return cv2.resize(cells, size, interpolation=smooth).astype(np.float32), _mask(area, place)


def _means(piece: "np.ndarray") -> "np.ndarray":
    """The piece in ``FACE_CELLS`` (uint8, rows x columns x 3)."""
    import cv2

    size = _cells((piece.shape[1], piece.shape[0]), FACE_CELLS)
    means: np.ndarray = cv2.resize(piece, size, interpolation=cv2.INTER_AREA)
    return means


def _chance(rgb: "np.ndarray", place: tuple[slice, slice]) -> "np.ndarray":
    """Cells (uint8, rows x columns x 3) about the color that lies around a place; of the place they know nothing."""
    import numpy as np

    rows, columns = place
    wide = np.s_[max(0, rows.start - RIM) : rows.stop + RIM, max(0, columns.start - RIM) : columns.stop + RIM]
    around = rgb[wide]
    outside = np.ones(around.shape[:2], bool)
    top, left = rows.start - wide[0].start, columns.start - wide[1].start
    outside[top : top + rows.stop - rows.start, left : left + columns.stop - columns.start] = False
    middle = np.median(around[outside], 0) if outside.any() else np.array(INK)
    across, down = _cells((columns.stop - columns.start, rows.stop - rows.start), TEXT_CELLS)
    steps = np.random.default_rng(across * 100_003 + down).normal(0, SPREAD, (down, across, 1))
    cells: np.ndarray = np.clip(middle + steps, 0, 255).astype(np.uint8)
    return cells


def _cells(size: tuple[int, int], most: int) -> tuple[int, int]:
    """How many cells lie across and down: ``most`` along the shorter side, cells about square."""
    cell = max(min(size) / most, 1.0)
    across, down = (max(1, round(side / cell)) for side in size)
    return across, down


def _mask(area: Area, place: tuple[slice, slice]) -> "np.ndarray":
    """1 where the area covers, 0 outside; an oval's rim is soft by 4 % of its radius on both sides."""
    import numpy as np

    height, width = place[0].stop - place[0].start, place[1].stop - place[1].start
    if not area.oval:
        return np.ones((height, width), np.float32)
    y = (np.arange(place[0].start, place[0].stop) + 0.5 - area.top - area.height / 2) / (area.height / 2)
    x = (np.arange(place[1].start, place[1].stop) + 0.5 - area.left - area.width / 2) / (area.width / 2)
    radius = np.sqrt(y[:, None] ** 2 + x[None] ** 2)
    mask: np.ndarray = np.clip((1.0 - radius) / 0.08 + 0.5, 0, 1).astype(np.float32)
    return mask


@lru_cache
def _smile(side: int) -> "np.ndarray":
    """uint8 RGBA, of a side that is enough for ``side``."""
    import numpy as np
    import resvg_py
    from PIL import Image

    fine = min(1024, max(64, side))
    drawn = resvg_py.svg_to_bytes(svg_string=SMILE, width=fine, height=fine)
    return np.asarray(Image.open(io.BytesIO(bytes(drawn))).convert("RGBA"))
