"""Carries the light of a small, enhanced copy over to the full picture: a heavy network then costs the same always."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

SIDE = 512
"""Longer side, in pixels, of the copy that is enhanced."""
BAND = 512
"""Rows of the picture worked at a time, so that memory does not grow with it."""
STRONGEST_GAIN = 12.0


def relight(picture: "Image.Image", enhance: "Callable[[np.ndarray], np.ndarray]") -> "Image.Image":
    """``picture`` (RGB) lit as ``enhance`` (RGB uint8 -> same) lights its small copy."""
    import numpy as np
    from PIL import Image

    small = picture.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    if small.size == picture.size:
        return Image.fromarray(enhance(np.asarray(picture)))
    gain = _gain(np.asarray(small), enhance(np.asarray(small)))
    result = Image.new("RGB", picture.size)
    for top in range(0, picture.height, BAND):
        bottom = min(top + BAND, picture.height)
        result.paste(_lit(picture, gain, top, bottom), (0, top))
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


def _lit(picture: "Image.Image", gain: "np.ndarray", top: int, bottom: int) -> "Image.Image":
    import cv2
    import numpy as np
    from PIL import Image

    rows = np.asarray(picture.crop((0, top, picture.width, bottom)), np.float32)
    high, wide = gain.shape[:2]
    columns = (np.arange(picture.width, dtype=np.float32) + 0.5) * wide / picture.width - 0.5
    lines = (np.arange(top, bottom, dtype=np.float32) + 0.5) * high / picture.height - 0.5
    across, down = np.meshgrid(columns, lines)
    local = cv2.remap(gain, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lit = (rows + 4) * local - 4
    return Image.fromarray(np.rint(lit.clip(0, 255)).astype(np.uint8))
