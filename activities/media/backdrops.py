"""What can stand behind a cut-out subject. Each backdrop gives a band of rows at a time, float32 RGB in 0..255."""

from typing import TYPE_CHECKING, Literal, Protocol

from .matting import Matte
from .resizing import enlarge, shrink

if TYPE_CHECKING:
    import numpy as np

Color = tuple[int, int, int]
Fit = Literal["cover", "contain", "stretch"]
SHADOW_PIXELS = 250_000
FOOT = 0.25
"""Share of the subject's height that is near enough to the ground to throw a contact shadow."""
FLATNESS = 0.07
"""Depth of the shadow as a share of the subject's width: the camera looks a little down on the ground."""


class Backdrop(Protocol):
    """Something to stand in front of."""

    def rows(self, top: int, bottom: int) -> "np.ndarray":
        """Rows top..bottom, (bottom - top) x width x 3."""
        ...


class Gradient:
    """From one color at the top to another at the bottom; the same twice is a plain color."""

    def __init__(self, size: tuple[int, int], start: Color, end: Color) -> None:
        self._size = size
        self._start = start
        self._end = end

    def rows(self, top: int, bottom: int) -> "np.ndarray":
        import numpy as np

        height, width = self._size
        place = (np.arange(top, bottom, dtype=np.float32) / max(1, height - 1))[:, None, None]
        start, end = np.array(self._start, np.float32), np.array(self._end, np.float32)
        return np.broadcast_to(start + place * (end - start), (bottom - top, width, 3))


class Blurred:
    """The old background out of focus, filled in behind the subject so that no ghost of it stays around the edge.

    ``strength``: standard deviation in percent of the longer side.
    """

    def __init__(self, matte: Matte, strength: float) -> None:
        import cv2
        import numpy as np

        self._size = matte.alpha.shape
        small, alpha = shrink(matte.rgb).astype(np.float32), shrink(matte.alpha).astype(np.float32) / 255
        side = max(alpha.shape)
        reach = np.ones((2 * max(1, side // 170) + 1,) * 2, np.uint8)
        filled = _fill(small, 1 - cv2.dilate(alpha, reach))
        sigma = max(0.5, side * strength / 100)
        self._small = cv2.GaussianBlur(filled, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)

    def rows(self, top: int, bottom: int) -> "np.ndarray":
        return enlarge(self._small, self._size, top, bottom)


class Pasted:
    """Another picture (uint8 RGB), fitted to ``size`` (height, width); ``color`` fills what "contain" leaves free."""

    def __init__(self, size: tuple[int, int], picture: "np.ndarray", fit: Fit, color: Color) -> None:
        import cv2
        import numpy as np

        height, width = size
        if fit == "cover":
            picture = _cropped(picture, width / height)
        inner = _inner_size(picture, size) if fit == "contain" else size
        grows = inner[0] > picture.shape[0]
        resized = cv2.resize(picture, inner[::-1], interpolation=cv2.INTER_CUBIC if grows else cv2.INTER_AREA)
        if inner != size:
            canvas = np.empty((height, width, 3), np.uint8)
            canvas[:] = color
            top, left = (height - inner[0]) // 2, (width - inner[1]) // 2
            canvas[top : top + inner[0], left : left + inner[1]] = resized
            resized = canvas
        self._picture = resized

    def rows(self, top: int, bottom: int) -> "np.ndarray":
        import numpy as np

        return self._picture[top:bottom].astype(np.float32)


def _cropped(picture: "np.ndarray", aspect: float) -> "np.ndarray":
    """The largest middle piece of the aspect (width / height)."""
    height, width = picture.shape[:2]
    if width / height > aspect:
        wanted = max(1, round(height * aspect))
        left = (width - wanted) // 2
        return picture[:, left : left + wanted]
    wanted = max(1, round(width / aspect))
    top = (height - wanted) // 2
    return picture[top : top + wanted]


def _inner_size(picture: "np.ndarray", size: tuple[int, int]) -> tuple[int, int]:
    factor = min(size[0] / picture.shape[0], size[1] / picture.shape[1])
    return (
        min(size[0], max(1, round(picture.shape[0] * factor))),
        min(size[1], max(1, round(picture.shape[1] * factor))),
    )


def _fill(picture: "np.ndarray", weight: "np.ndarray") -> "np.ndarray":
    """``picture`` where ``weight`` is 1, elsewhere the nearest known colors: a pyramid of weighted means."""
    import cv2
    import numpy as np

    if min(picture.shape[:2]) <= 2:
        mean = (picture * weight[:, :, None]).sum((0, 1)) / (weight.sum() + 1e-6)
        return np.broadcast_to(mean, picture.shape).astype(np.float32)
    size = (picture.shape[1], picture.shape[0])
    half = (max(1, size[0] // 2), max(1, size[1] // 2))
    share = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
    known = cv2.resize(picture * weight[:, :, None], half, interpolation=cv2.INTER_AREA)
    coarse = _fill(known / (share[:, :, None] + 1e-6), np.minimum(1, share * 4))
    grown = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    filled: np.ndarray = grown + weight[:, :, None] * (picture - grown)
    return filled


def contact_shadow(alpha: "np.ndarray", strength: float) -> "np.ndarray":
    """A soft shadow on the ground below a subject: a small map of darkness 0..1, to be enlarged to ``alpha``'s size.

    The ground is level with the subject's lowest row. What stands near it throws the shadow, as light from above would.
    """
    import cv2
    import numpy as np

    small = shrink(alpha, SHADOW_PIXELS).astype(np.float32) / 255
    rows = np.flatnonzero((small > 0.5).any(1))
    if not len(rows):
        return np.zeros_like(small)
    bottom, tall = int(rows[-1]) + 1, len(rows)
    wide = float((small[rows[0] : bottom] > 0.5).any(0).sum())
    foot = max(1, round(tall * FOOT))
    flat = max(1, round(wide * FLATNESS))
    seen_from_above = cv2.resize(small[bottom - foot : bottom], (small.shape[1], flat), interpolation=cv2.INTER_AREA)
    ground = np.zeros((small.shape[0] + flat, small.shape[1]), np.float32)
    ground[max(0, bottom - flat // 2) :][:flat] = seen_from_above[: ground.shape[0] - bottom + flat // 2]
    soft = [cv2.GaussianBlur(ground, (0, 0), max(0.5, wide * share)) for share in (0.012, 0.04)]
    darkness: np.ndarray = strength * np.minimum(1, 0.5 * soft[0] + 0.5 * soft[1])[: small.shape[0]]
    return darkness
