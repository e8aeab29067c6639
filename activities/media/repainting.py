"""Has a painter paint a part of a picture anew: it sees the part with some of its surroundings, and keeps the rest."""

from dataclasses import replace
from typing import TYPE_CHECKING

from activities.painting.scene import Painter, Scene, Tell

if TYPE_CHECKING:
    import numpy as np

SURROUNDINGS = 0.1
"""Share of the part's sides that is seen around it."""


def repaint(painter: Painter, pixels: "np.ndarray", cover: "np.ndarray", wish: Scene, tell: Tell) -> "np.ndarray":
    """A copy of ``pixels`` (uint8, H x W x 3), painted as ``wish`` says where ``cover`` (uint8, H x W) is not 0.

    The sides, picture and mask of ``wish`` are filled in here. Pixels outside stay as they are, exactly.
    """
    import numpy as np

    result = pixels.copy()
    rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
    if not len(rows):
        return result
    place = tuple(
        _widened(int(found[0]), int(found[-1]) + 1, side)
        for found, side in zip((rows, columns), cover.shape, strict=True)
    )
    part, mask = np.ascontiguousarray(pixels[place]), np.ascontiguousarray(cover[place])
    scene = replace(wish, width=part.shape[1], height=part.shape[0], image=part, mask=mask)
    result[place] = painter.paint(scene, tell)
    return result


def _widened(first: int, end: int, side: int) -> slice:
    more = round(SURROUNDINGS * (end - first))
    return slice(max(0, first - more), min(side, end + more))
