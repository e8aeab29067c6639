"""Carries the light of a small, enhanced copy over to the full picture: a heavy network then costs the same always."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SIDE = 512
"""Longer side, in pixels, of the copy that is enhanced."""
BAND = 512
"""Rows of the picture worked at a time, so that memory does not grow with it."""
STRONGEST_GAIN = 12.0


def relight(pixels: "np.ndarray", enhance: "Callable[[np.ndarray], np.ndarray]") -> "np.ndarray":
    """``pixels`` (RGB uint8, H x W x 3) lit as ``enhance`` (same kind of array in and out) lights its small copy."""
    import cv2
    import numpy as np

    height, width = pixels.shape[:2]
    factor = SIDE / max(height, width)
    if factor >= 1:
        return enhance(pixels)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    gain = _gain(small, enhance(small))
    result = np.empty_like(pixels)
    for top in range(0, height, BAND):
        result[top : top + BAND] = _lit(pixels[top : top + BAND], gain, top, height)
    return result


def _gain(before: "np.ndarray", after: "np.ndarray") -> "np.ndarray":
    """Brightness gain per channel, smooth but for the edges of things (a guided filter by the copy's own gray)."""
    import cv2
    import numpy as np

    dark, light = before.astype(np.float32), after.astype(np.float32)
    gain = ((light + 4) / (dark + 4)).clip(1 / STRONGEST_GAIN, STRONGEST_GAIN)
    guide = cv2.cvtColor(before, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return np.dstack([_guided(guide, gain[:, :, channel]) for channel in range(3)])


def _guided(guide: "np.ndarray", values: "np.ndarray", radius: int = 6, softness: float = 1e-3) -> "np.ndarray":
    """The guided filter (He, Sun, Tang, 2010): locally a linear function of the guide."""
    import cv2

    def mean(array: "np.ndarray") -> "np.ndarray":
        return cv2.blur(array, (2 * radius + 1, 2 * radius + 1))

    middle, level = mean(guide), mean(values)
    slope = (mean(guide * values) - middle * level) / (mean(guide * guide) - middle * middle + softness)
    result: np.ndarray = mean(slope) * guide + mean(level - slope * middle)
    return result


def _lit(band: "np.ndarray", gain: "np.ndarray", top: int, height: int) -> "np.ndarray":
    """A band of rows, the first of which is row ``top`` of ``height``, with the gain enlarged to it."""
    import cv2
    import numpy as np

    rows, width = band.shape[:2]
    high, wide = gain.shape[:2]
    columns = (np.arange(width, dtype=np.float32) + 0.5) * wide / width - 0.5
    lines = (np.arange(top, top + rows, dtype=np.float32) + 0.5) * high / height - 0.5
    across, down = np.meshgrid(columns, lines)
    local = cv2.remap(gain, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lit: np.ndarray = (band.astype(np.float32) + 4) * local - 4
    bright: np.ndarray = np.rint(lit.clip(0, 255)).astype(np.uint8)
    return bright
