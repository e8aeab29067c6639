"""Makes the ground of a text such that it can be read on it, and measures by how much it can (WCAG 2.2).

Pixels are uint8, H x W x 3 or more; what is changed is changed in place.
"""

import math
from typing import TYPE_CHECKING

from .colors import contrast, luminance
from .palettes import READABLE, Palette
from .posters_text import Placed
from .typesetting_ink import surroundings

if TYPE_CHECKING:
    import numpy as np

MARGIN = 0.1
"""By how much more than needed a ground is darkened, since pixels are rounded."""
MIDDLE = 0.18
"""Luminance over which a color is read better on black."""
SPREAD, COARSE = 70, 8
"""Softness of a veil behind texts in units, and by how much smaller than the picture it is made."""
NEAR = 0.1
"""Em around the letters in which their ground is judged."""


def guard(pixels: "np.ndarray", stack: list[Placed], palette: Palette, unit: float) -> None:
    """Darken or lighten the ground of a stack's texts, very softly and no more than must be, until all are read."""
    import cv2
    import numpy as np

    texts = [each for each in stack if each.block is not None and not (each.item.badge or each.item.outline)]
    if not texts or all(contrast_of(pixels, each, palette) >= READABLE for each in texts):
        return
    text = luminance(palette[texts[0].item.color])
    away = np.array((0, 0, 0) if text > MIDDLE else (255, 255, 255), np.float32)
    share = max(_needed(pixels, each, palette, away) for each in texts)
    small = cv2.resize(np.zeros(pixels.shape[:2], np.float32), None, fx=1 / COARSE, fy=1 / COARSE)
    reach = SPREAD * unit / COARSE
    for each in texts:
        rows, columns = _near(each)
        top, bottom = (round(edge / COARSE) for edge in (rows.start, rows.stop))
        left, right = (round(edge / COARSE) for edge in (columns.start, columns.stop))
        out = round(1.6 * reach)
        small[max(0, top - out) : bottom + out, max(0, left - out) : right + out] = 1
    soft = cv2.GaussianBlur(small, (0, 0), reach, borderType=cv2.BORDER_REPLICATE)
    cover = cv2.resize(soft, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    cover = (np.minimum(1, cover * 1.15) * share)[:, :, None]
    color = pixels[:, :, :3]
    pixels[:, :, :3] = np.round(color + (away - color) * cover)


def contrast_of(pixels: "np.ndarray", placed: Placed, palette: Palette) -> float:
    """Of a text's color against the pixels around its letters that are nearest to it; an outline is its ground."""
    text = luminance(palette[placed.item.color])
    if placed.item.outline:
        return contrast(text, luminance(palette[placed.item.outline_color]))
    return contrast(text, luminance(tuple(_worst(pixels, placed, text))))


def _needed(pixels: "np.ndarray", placed: Placed, palette: Palette, away: "np.ndarray") -> float:
    """How much of ``away`` must be mixed in until this text can be read, 0..1."""
    text = luminance(palette[placed.item.color])
    worst = _worst(pixels, placed, text)
    shares = (step / 50 for step in range(51))
    mixed = ((share, tuple(worst + (away - worst) * share)) for share in shares)
    return next((share for share, rgb in mixed if contrast(text, luminance(rgb)) >= READABLE + MARGIN), 1.0)


def _near(placed: Placed) -> tuple[slice, slice]:
    """Rows and columns around the ink."""
    assert placed.block is not None
    left, top, right, bottom = placed.block.ink
    room, x, y = NEAR * placed.block.size, placed.box[0], placed.box[1]
    rows = slice(max(0, math.floor(y + top - room)), max(0, math.ceil(y + bottom + room)))
    return rows, slice(max(0, math.floor(x + left - room)), max(0, math.ceil(x + right + room)))


def _worst(pixels: "np.ndarray", placed: Placed, text: float) -> "np.ndarray":
    """The color around the letters that they are hardest to read on, but for a hundredth of the pixels there."""
    import cv2
    import numpy as np

    assert placed.block is not None
    reach = max(1.0, NEAR * placed.block.size)
    grown, x, y = surroundings(placed.block, placed.box[0], placed.box[1], reach)
    top, left = max(0, y), max(0, x)
    ground = pixels[top : y + grown.shape[0], left : x + grown.shape[1], :3].astype(np.float32)
    around = grown[top - y :, left - x :][: ground.shape[0], : ground.shape[1]] > 128
    seen = cv2.blur(ground, (3, 3))[around]
    if not len(seen):  # color emoji alone, which need no ground
        return np.array((0.0, 0, 0) if text > MIDDLE else (255.0, 255, 255))
    lights = seen @ np.array((0.2126, 0.7152, 0.0722), np.float32)
    order = np.argsort(lights, kind="stable")
    edge = int(0.99 * (len(order) - 1)) if text > MIDDLE else int(0.01 * (len(order) - 1))
    worst: np.ndarray = seen[order[edge]].astype(float)
    return worst
