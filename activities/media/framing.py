"""Places a cut-out in the middle of a frame of a given size, as shops want their pictures."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Frame:
    """``width`` and ``height`` in pixels; the cut-out fills ``fill`` (0..1) of the width or of the height."""

    name: str
    width: int
    height: int
    fill: float


@dataclass(frozen=True)
class Placed:
    """A cut-out in a frame: RGBA (uint8, H x W x 4, not premultiplied) and by how much it was enlarged."""

    pixels: "np.ndarray"
    enlarged: float

    @property
    def alpha(self) -> "np.ndarray":
        return self.pixels[:, :, 3]

    def subject(self, top: int, bottom: int) -> "np.ndarray":
        import numpy as np

        colors: np.ndarray = self.pixels[top:bottom, :, :3].astype(np.float32)
        return colors


def place(cutout: "np.ndarray", frame: Frame) -> Placed:
    """``cutout`` (uint8 RGBA, cropped to what it shows) as large as the frame lets it be, its middle in the middle."""
    import numpy as np

    height, width = cutout.shape[:2]
    factor = frame.fill * min(frame.width / width, frame.height / height)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    resized = _resized(cutout, size)
    pixels = np.zeros((frame.height, frame.width, 4), np.uint8)
    left, top = (frame.width - size[0]) // 2, (frame.height - size[1]) // 2
    pixels[top : top + size[1], left : left + size[0]] = resized
    return Placed(pixels, factor)


def _resized(cutout: "np.ndarray", size: tuple[int, int]) -> "np.ndarray":
    """Each channel by itself: a freed subject's colors go on beyond its edge, so that nothing dark mixes in."""
    import cv2
    import numpy as np

    smaller = size[0] < cutout.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    pixels: np.ndarray = cv2.resize(cutout, size, interpolation=way)
    return pixels
