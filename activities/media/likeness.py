"""Decides whether two pictures are the same photograph: re-encoded, resized, cropped, mirrored, turned or brightened.

Vectors only nominate pairs. Here a pair is proved: local features give the motion that lays one picture over the
other, and then their pixels must agree, so that two photographs of one thing on one background stay two.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SIDE = 320
"""Longer side, in pixels, at which pictures are compared."""
COARSE = 8
FEATURES = 192
PLAIN = 16
"""Fewer features than this: a sky, a gradient. Such pictures are only laid over each other as they are."""
LEAST_MATCHES = 5
LEAST_OVERLAP = 0.6
"""Share of the smaller picture that must be seen in the other."""
LEAST_TONE = 0.8
"""Correlation of brightness. Copies were measured at 0.86 and more, but on white ground other photographs, too."""
LEAST_DETAIL = 0.7
"""Correlation of what is finer than 8 pixels. Copies were measured at 0.79 and more, different photographs at 0.5."""
MOST_COLOR_SHIFT = 28.0
"""Lab units by which a tenth of the area may differ: more is another color of the same product, not a filter."""


@dataclass(frozen=True)
class Sketch:
    """A picture at comparing size, small enough to keep ten thousand: about 50 KB.

    ``packed``: its gray values as JPEG; ``color``: Lab's a and b at an eighth of the size (uint8); local features:
    ``points`` (n x 2 pixels), ``descriptors`` (n x 128, uint8). A ``mirrored`` one is unpacked mirrored.
    """

    shape: tuple[int, int]
    packed: bytes
    color: "np.ndarray"
    points: "np.ndarray"
    descriptors: "np.ndarray"
    mirrored: bool = False

    @property
    def gray(self) -> "np.ndarray":
        """H x W, uint8."""
        import cv2
        import numpy as np

        gray: np.ndarray | None = cv2.imdecode(np.frombuffer(self.packed, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert gray is not None, "sketch() packed it"
        return np.ascontiguousarray(gray[:, ::-1]) if self.mirrored else gray


@dataclass(frozen=True)
class Agreement:
    """One picture over another: ``score`` 0..1, ``overlap``: share of the larger that both show, ``angle``: degrees."""

    score: float
    overlap: float
    mirrored: bool
    angle: float

    @property
    def reason(self) -> str:
        """What was done to one picture to make the other: mirrored, rotated, cropped or copied."""
        if self.mirrored:
            return "mirrored"
        if abs(self.angle) > 1:
            return "rotated"
        return "cropped" if self.overlap < 0.95 else "copied"


def sketch(picture: "np.ndarray") -> Sketch:
    """The sketch of an RGB picture (H x W x 3, uint8, any size)."""
    import cv2
    import numpy as np

    height, width = picture.shape[:2]
    factor = SIDE / max(height, width)
    size = (max(16, round(width * factor)), max(16, round(height * factor)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    eighth = cv2.resize(small, (size[0] // COARSE, size[1] // COARSE), interpolation=cv2.INTER_AREA)
    color = cv2.cvtColor(eighth, cv2.COLOR_RGB2LAB)[:, :, 1:].copy()
    gray = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    found, descriptors = cv2.SIFT.create(FEATURES, contrastThreshold=0.02).detectAndCompute(gray, None)
    points = np.array([point.pt for point in found], np.float32).reshape(-1, 2)
    if descriptors is None:
        descriptors = np.zeros((0, 128), np.uint8)
    packed = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
    return Sketch(gray.shape, packed, color, points, descriptors.astype(np.uint8))


def mirror(one: Sketch) -> Sketch:
    """The sketch of the mirrored picture: a descriptor is 4 x 4 cells of 8 directions, which only change places."""
    import numpy as np

    cells = one.descriptors.reshape(-1, 4, 4, 8)[:, ::-1, :, (-np.arange(8)) % 8]
    points = np.array([one.shape[1] - 1, 0], np.float32) + one.points * np.array([-1, 1], np.float32)
    color = np.ascontiguousarray(one.color[:, ::-1])
    return Sketch(one.shape, one.packed, color, points, cells.reshape(-1, 128), not one.mirrored)


def compare(first: Sketch, second: Sketch) -> Agreement | None:
    """How ``second`` lies over ``first``, or ``None`` if they are not the same photograph."""
    for mirrored in (False, True):
        other = mirror(second) if mirrored else second
        motion = _motion(first, other)
        if motion is not None and (agreement := _agreement(first, other, motion, mirrored)) is not None:
            return agreement
    return None


def _motion(first: Sketch, second: Sketch) -> "np.ndarray | None":
    """The 2 x 3 matrix that turns, scales and shifts ``first`` onto ``second``."""
    import cv2
    import numpy as np

    if min(len(first.points), len(second.points)) < PLAIN:
        wide = second.shape[1] / first.shape[1]
        high = second.shape[0] / first.shape[0]
        return np.array([[wide, 0, 0], [0, high, 0]]) if 0.97 < wide / high < 1.03 else None
    here, there = _matches(first.descriptors, second.descriptors)
    if len(here) < LEAST_MATCHES:
        return None
    cv2.setRNGSeed(0)
    motion, kept = cv2.estimateAffinePartial2D(
        first.points[here],
        second.points[there],
        method=cv2.RANSAC,
        ransacReprojThreshold=4,
        maxIters=500,
        confidence=0.99,
    )
    if motion is None or int(kept.sum()) < LEAST_MATCHES:
        return None
    return motion if 0.4 < math.hypot(motion[0, 0], motion[1, 0]) < 2.5 else None


def _matches(first: "np.ndarray", second: "np.ndarray") -> "tuple[np.ndarray, np.ndarray]":
    """Rows of both that are each other's nearest and clearly nearer than the second nearest (Lowe's ratio, 0.8)."""
    import numpy as np

    likeness = _unit(first) @ _unit(second).T
    rows = np.arange(len(first))
    nearest = likeness.argmax(1)
    best = likeness[rows, nearest]
    mutual = likeness.argmax(0)[nearest] == rows
    likeness[rows, nearest] = -1
    clear = (1 - best) < 0.8**2 * (1 - likeness.max(1))
    chosen = np.flatnonzero(mutual & clear)
    return chosen, nearest[chosen]


def _unit(rows: "np.ndarray") -> "np.ndarray":
    import numpy as np

    values = rows.astype(np.float32)
    unit: np.ndarray = values / (np.linalg.norm(values, axis=1, keepdims=True) + 1e-6)
    return unit


def _agreement(first: Sketch, second: Sketch, motion: "np.ndarray", mirrored: bool) -> Agreement | None:
    import cv2
    import numpy as np

    height, width = second.shape
    laid = cv2.warpAffine(first.gray, motion, (width, height))
    seen = cv2.warpAffine(np.full(first.shape, 255, np.uint8), motion, (width, height))
    area = float((seen > 250).mean()) * height * width
    scale = math.hypot(motion[0, 0], motion[1, 0])
    areas = sorted((height * width, first.shape[0] * first.shape[1] * scale * scale))
    common = cv2.erode((seen > 250).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    if area < LEAST_OVERLAP * areas[0] or common.sum() < 300 or _recolored(first, second, motion):
        return None
    tone, detail = _correlations(laid, second.gray, common)
    if tone < LEAST_TONE or detail < LEAST_DETAIL:
        return None
    angle = math.degrees(math.atan2(motion[1, 0], motion[0, 0]))
    return Agreement(round(min(1.0, detail), 3), min(1.0, area / areas[1]), mirrored, angle)


def _correlations(one: "np.ndarray", other: "np.ndarray", where: "np.ndarray") -> tuple[float, float]:
    """Correlation of the brightness, and of the details alone."""
    import cv2
    import numpy as np

    soft = [cv2.GaussianBlur(gray, (0, 0), 2).astype(np.float32) for gray in (one, other)]
    fine = [blur - cv2.blur(gray, (25, 25)) for blur, gray in zip(soft, (one, other), strict=True)]
    return _correlation(soft[0][where], soft[1][where]), _correlation(fine[0][where], fine[1][where])


def _correlation(one: "np.ndarray", other: "np.ndarray") -> float:
    """Pearson's; two flat areas of one brightness agree fully."""
    if max(one.std(), other.std()) < 1:
        return 1.0 if abs(float(one.mean() - other.mean())) < 2 else 0.0
    one, other = one - one.mean(), other - other.mean()
    return float((one * other).sum() / (math.sqrt(float((one**2).sum() * (other**2).sum())) + 1e-6))


def _recolored(first: Sketch, second: Sketch, motion: "np.ndarray") -> bool:
    """Whether a tenth of the common area has another color, though both pictures have colors."""
    import cv2
    import numpy as np

    if min(one.color.astype(np.int16).std() for one in (first, second)) < 2:
        return False
    small = motion.copy()
    small[:, 2] /= COARSE
    height, width = second.color.shape[:2]
    laid = cv2.warpAffine(first.color, small, (width, height), borderValue=(0, 0))
    seen = laid.min(2) > 0
    shift = np.linalg.norm(laid[seen].astype(np.float32) - second.color[seen], axis=1)
    return shift.size > 0 and float(np.quantile(shift, 0.9)) > MOST_COLOR_SHIFT
