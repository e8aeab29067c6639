"""Finds where the straight lines of a picture lead, so that a fill can go along them.

Lines that are parallel in the world meet in one point of the picture (arXiv:1204.3968 gives the algebra). A guide
gives all pixels of such a line the same value: a patch taken from the same line continues roofs, kerbs and rows of
windows where one taken from anywhere would break them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SHORTEST = 18.0
"""Pixels of a line that says something."""
STRAY = 2.0
"""Degrees that a line may miss the point by."""
DRAWS = 600
LEAST = 0.12
"""Share of all lines' length that a family has."""


@dataclass(frozen=True)
class Family:
    """Lines that meet. ``point`` is homogeneous, from the picture's middle by its longer side; ``share`` of length."""

    point: "np.ndarray"
    share: float


def families(rgb: "np.ndarray", unknown: "np.ndarray", most: int, seed: int) -> list[Family]:
    """At most ``most`` families of lines (uint8, H x W x 3) outside of ``unknown`` (bool, H x W), the longest first."""
    import numpy as np

    ends = _segments(rgb, unknown)
    if len(ends) < 3:
        return []
    half = np.array([rgb.shape[1], rgb.shape[0]] * 2) / 2
    placed = (ends - half) / max(rgb.shape[:2])
    ones = np.ones((len(placed), 1))
    first, second = np.hstack([placed[:, :2], ones]), np.hstack([placed[:, 2:], ones])
    lines = np.cross(first, second)
    lengths = np.linalg.norm(placed[:, 2:] - placed[:, :2], axis=1)
    ways = (placed[:, 2:] - placed[:, :2]) / lengths[:, None]
    middles = (placed[:, :2] + placed[:, 2:]) / 2
    chance, left = np.random.default_rng(seed), np.arange(len(placed))
    found: list[Family] = []
    while len(found) < most and len(left) >= 3:
        pairs = chance.choice(left, (DRAWS, 2), p=lengths[left] / lengths[left].sum())
        points = np.cross(lines[pairs[:, 0]], lines[pairs[:, 1]])
        sizes = np.linalg.norm(points, axis=1)
        points = points[sizes > 1e-12] / sizes[sizes > 1e-12, None]
        if not len(points):
            break
        towards = points[:, None, :2] - points[:, None, 2:] * middles[None, left]
        along = np.abs((towards * ways[None, left]).sum(2)) / (np.linalg.norm(towards, axis=2) + 1e-12)
        members = along > np.cos(np.deg2rad(STRAY))
        weights = (members * lengths[left]).sum(1)
        best = int(weights.argmax())
        share = float(weights[best] / lengths.sum())
        if share < LEAST or members[best].sum() < 3:
            break
        found.append(Family(points[best], share))
        left = left[~members[best]]
    return found


def guide(family: Family, hole: "np.ndarray") -> "np.ndarray":
    """float32, H x W x 3 for ``inpaint_regularity``: in the first plane how far from the hole's own line, by the
    longer side; the same along each line of the family."""
    import numpy as np

    height, width = hole.shape
    longest = max(height, width)
    down, across = np.mgrid[:height, :width]
    x, y = (across - width / 2) / longest, (down - height / 2) / longest
    towards_x, towards_y = family.point[0] - family.point[2] * x, family.point[1] - family.point[2] * y
    middle = np.arctan2(towards_y[hole].mean(), towards_x[hole].mean())
    turned = (np.arctan2(towards_y, towards_x) - middle + np.pi) % (2 * np.pi) - np.pi
    if abs(family.point[2]) < 1e-3 * np.hypot(family.point[0], family.point[1]):
        normal = np.array([-family.point[1], family.point[0]]) / np.hypot(family.point[0], family.point[1])
        value = normal[0] * x + normal[1] * y
    else:
        value = turned * np.hypot(towards_x, towards_y)[hole].mean() / abs(family.point[2])
    value = value - value[hole].mean()
    return np.dstack([value, np.zeros_like(value), np.zeros_like(value)]).astype(np.float32)


def _segments(rgb: "np.ndarray", unknown: "np.ndarray") -> "np.ndarray":
    """n x 4: both ends of the straight lines, in pixels; none of what the hole's edge draws."""
    import cv2
    import numpy as np

    found = cv2.createLineSegmentDetector(0).detect(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))[0]
    if found is None:
        return np.zeros((0, 4))
    ends = found.reshape(-1, 4).astype(np.float64)
    near = cv2.dilate(unknown.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    middles = ((ends[:, :2] + ends[:, 2:]) / 2).astype(int)
    rows, columns = middles[:, 1].clip(0, rgb.shape[0] - 1), middles[:, 0].clip(0, rgb.shape[1] - 1)
    long = np.linalg.norm(ends[:, 2:] - ends[:, :2], axis=1) >= SHORTEST
    return np.asarray(ends[long & ~near[rows, columns]])
