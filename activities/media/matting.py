"""Cuts a subject out so that its edge is soft where it should be and shows nothing of the old background.

The shape comes from an engine at about a megapixel, its edge from ``edges``; the subject's own colors are estimated as
in Forte, "Approximate Fast Foreground Colour Estimation" (ICIP 2021): box filters on a small copy, of which only the
last step sees all pixels, in bands.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .edges import fit_edge
from .images import Picture
from .resizing import bands, enlarge, shrink

if TYPE_CHECKING:
    import numpy as np

LEAST_SUBJECT = 0.001
"""Share of the picture; less is nothing."""
LEAST_CLEAR = 0.01
"""Share of the picture that is fully transparent where it has been cut out already."""
BOX_PIXELS, BOX_ALPHA, LEAST_PART = 250_000, 12, 0.02
"""A box is drawn around parts of at least this share of the largest part, where alpha (0..255) is above this."""
WIDEST_EDGE = 0.02
"""Share of the longer side; hair and blur are narrower."""
SURE = 0.07
"""Alpha nearer than this to 0 or 1 is taken as 0 or 1."""


@dataclass(frozen=True)
class Matte:
    """A subject. ``rgb``: uint8, H x W x 3; ``alpha``: uint8, H x W; the others are small float32 maps in 0..255.

    ``inside`` and ``outside`` hold, for every pixel, the mean colors of the subject and of the background nearby.
    """

    rgb: "np.ndarray"
    alpha: "np.ndarray"
    inside: "np.ndarray"
    outside: "np.ndarray"

    def subject(self, top: int, bottom: int) -> "np.ndarray":
        """The subject's own colors in rows top..bottom, float32 0..255, also where it is half transparent."""
        import numpy as np

        picture = self.rgb[top:bottom].astype(np.float32)
        alpha = self.alpha[top:bottom, :, None].astype(np.float32) / 255
        inside = enlarge(self.inside, self.alpha.shape, top, bottom)
        outside = enlarge(self.outside, self.alpha.shape, top, bottom)
        colors: np.ndarray = inside + alpha * (picture - alpha * inside - (1 - alpha) * outside)
        return np.clip(np.where(alpha >= 1, picture, colors), 0, 255)


def cut_out(rgb: "np.ndarray", engine: Any) -> Matte | None:
    """The subject that ``engine`` (``alpha(rgb)``) sees in a picture (uint8, H x W x 3), or None if it sees none."""
    import numpy as np

    small = shrink(rgb)
    rough = _confident(_decided(engine.alpha(small)))
    if float(np.mean(rough > 0.5)) < LEAST_SUBJECT:
        return None
    alpha = fit_edge(rgb, rough)
    return with_alpha(rgb, alpha)


def find_subject(picture: Picture, engine: Any) -> tuple[Matte | None, str]:
    """The subject and what found it: a picture that is cut out already keeps its own shape."""
    if picture.alpha is not None and picture.alpha.any() and float((picture.alpha == 0).mean()) > LEAST_CLEAR:
        return with_alpha(picture.pixels, picture.alpha), "alpha channel"
    return cut_out(picture.pixels, engine), engine.label


def with_alpha(rgb: "np.ndarray", alpha: "np.ndarray") -> Matte:
    """A matte whose alpha (uint8, H x W) is known already."""
    import numpy as np

    small, coarse = shrink(rgb).astype(np.float32), shrink(alpha).astype(np.float32)[:, :, None] / 255
    inside, outside = _side_colors(small, coarse)
    return Matte(rgb, alpha, inside, outside)


def subject_box(alpha: "np.ndarray") -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what ``alpha`` (uint8, H x W) covers, without specks; all if it is empty."""
    import cv2
    import numpy as np

    small = shrink(alpha, BOX_PIXELS)
    count, labels, stats, _ = cv2.connectedComponentsWithStats((small > BOX_ALPHA).astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    kept = [index for index in range(1, count) if areas[index] >= LEAST_PART * areas[1:].max()]
    if not kept:
        return 0, 0, alpha.shape[1], alpha.shape[0]
    near = cv2.dilate(np.isin(labels, kept).astype(np.uint8), np.ones((3, 3), np.uint8))
    part = (alpha > BOX_ALPHA) & (cv2.resize(near, alpha.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0)
    rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def freed(matte: Matte, box: tuple[int, int, int, int]) -> "np.ndarray":
    """The subject within left, top, right, bottom as uint8 RGBA, not premultiplied, free of the old background."""
    import numpy as np

    left, top, right, bottom = box
    result = np.empty((bottom - top, right - left, 4), np.uint8)
    result[:, :, 3] = matte.alpha[top:bottom, left:right]
    for first, last in bands(bottom - top):
        result[first:last, :, :3] = np.round(matte.subject(top + first, top + last)[:, left:right])
    return result


def _confident(alpha: "np.ndarray") -> "np.ndarray":
    import numpy as np

    clear: np.ndarray = np.clip((alpha - SURE) / (1 - 2 * SURE), 0, 1)
    return clear


def _decided(alpha: "np.ndarray") -> "np.ndarray":
    """Doubt that is wider than an edge is no translucency: there each pixel is given to one side, or ghosts remain."""
    import cv2
    import numpy as np

    reach = max(1, round(max(alpha.shape) * WIDEST_EDGE / 2))
    window = np.ones((2 * reach + 1,) * 2, np.uint8)
    doubt = ((alpha > 0.1) & (alpha < 0.9)).astype(np.uint8)
    wide = cv2.dilate(cv2.morphologyEx(doubt, cv2.MORPH_OPEN, window), window).astype(np.float32)
    weight = cv2.blur(wide, (reach, reach))
    decided: np.ndarray = alpha + weight * (np.clip((alpha - 0.4) / 0.2, 0, 1) - alpha)
    return decided


def _side_colors(small: "np.ndarray", alpha: "np.ndarray") -> "tuple[np.ndarray, np.ndarray]":
    """Mean colors of subject and background around each pixel: a wide look first, then a near one where it can.

    The wide look needs no detail and is taken at a quarter of the size.
    """
    import cv2

    side, size = max(small.shape[:2]), (small.shape[1], small.shape[0])
    quarter = (max(1, size[0] // 4), max(1, size[1] // 4))
    coarse = cv2.resize(small, quarter, interpolation=cv2.INTER_AREA)
    share = cv2.resize(alpha, quarter, interpolation=cv2.INTER_AREA)[:, :, None]
    wide = _blur_fusion(coarse, coarse, coarse, share, max(2, side // 44))
    inside, outside = (cv2.resize(colors, size, interpolation=cv2.INTER_LINEAR) for colors in wide)
    return _blur_fusion(small, inside, outside, alpha, max(1, side // 170))


def _blur_fusion(
    picture: "np.ndarray", inside: "np.ndarray", outside: "np.ndarray", alpha: "np.ndarray", radius: int
) -> "tuple[np.ndarray, np.ndarray]":
    import cv2
    import numpy as np

    window = (2 * radius + 1, 2 * radius + 1)
    weight = cv2.blur(alpha, window)[:, :, None]
    near = cv2.blur(inside * alpha, window) / (weight + 1e-5)
    far = cv2.blur(outside * (1 - alpha), window) / (1 - weight + 1e-5)
    subject = np.clip(near + alpha * (picture - alpha * near - (1 - alpha) * far), 0, 255)
    return subject, np.clip(far, 0, 255)
