"""Small copies of large pictures, and maps of the small size brought back to the large one in bands of rows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

WORKING_PIXELS = 1_000_000
BAND_ROWS = 512


def bands(height: int) -> Iterator[tuple[int, int]]:
    """Rows top..bottom, from the top down."""
    for top in range(0, height, BAND_ROWS):
        yield top, min(height, top + BAND_ROWS)


def enlarge(small: "np.ndarray", size: tuple[int, ...], top: int, bottom: int) -> "np.ndarray":
    """Rows top..bottom of ``small`` resized to ``size`` (height, width), without making the rest."""
    import cv2
    import numpy as np

    down, across = small.shape[0] / size[0], small.shape[1] / size[1]
    motion = np.array([[across, 0, across / 2 - 0.5], [0, down, (top + 0.5) * down - 0.5]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    grown: np.ndarray = cv2.warpAffine(
        small, motion, (size[1], bottom - top), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return grown


def shrink(picture: "np.ndarray", pixels: int = WORKING_PIXELS) -> "np.ndarray":
    """A copy of at most about ``pixels``."""
    import cv2

    height, width = picture.shape[:2]
    factor = min(1.0, (pixels / (height * width)) ** 0.5)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small: np.ndarray = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return small
