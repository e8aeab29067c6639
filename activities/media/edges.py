"""Fits a rough cut-out's edge to the picture: hair, wires and blur get the opacity that their colors tell.

Closed-form matting (Levin, Lischinski and Weiss, 2008) on a copy of at most ``SOLVE_PIXELS``: within each small window
alpha is linear in color. Its matrix is never built: multiplying by it is one guided filter (He, Sun and Tang, "Fast
Matting Using Large Kernel Matting Laplacian Matrices", CVPR 2010), and conjugate gradients need nothing else. The
detail of the full size then comes from the same linear model, in bands.
"""

from typing import TYPE_CHECKING

from .resizing import bands, enlarge, shrink

if TYPE_CHECKING:
    import numpy as np

SOLVE_PIXELS = 400_000
RADIUS = 1
SMOOTHNESS = 1e-5
"""Epsilon for colors in 0..1: less follows fainter edges."""
STEPS = 24
SURE, CLOSE = 0.05, 0.012
"""Alpha nearer than this to 0 or 1 is known, except within this share of the longer side from the edge."""
FAINT = 0.08
"""Alpha nearer than this to 0 or 1 in the end is a veil or a pinhole."""
HOLD, LEAN = 10.0, 0.01
"""How firmly known pixels are held, and how much unknown ones lean to the rough alpha."""


class _Windows:
    """The linear models of all windows of a picture (float32 RGB in 0..1)."""

    def __init__(self, picture: "np.ndarray") -> None:
        import numpy as np

        picture = picture.astype(np.float64) - picture.mean((0, 1), dtype=np.float64)  # small numbers cancel less
        self._picture = picture
        self._mean = _box(picture)
        self._inverse = _inverted(
            [
                _box(picture[..., one] * picture[..., other])
                - self._mean[..., one] * self._mean[..., other]
                + (SMOOTHNESS if one == other else 0)
                for one, other in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
            ]
        )
        self._scratch = np.empty_like(picture)

    def slopes(self, alpha: "np.ndarray") -> "tuple[np.ndarray, np.ndarray]":
        """Slope (H x W x 3) and offset of the line from color to ``alpha``, averaged over the windows of each pixel."""
        import numpy as np

        middle = _box(alpha)
        joint = _box(np.multiply(self._picture, alpha[..., None], out=self._scratch)) - self._mean * middle[..., None]
        slope = np.empty_like(joint)
        for row, (one, other, third) in enumerate(((0, 1, 2), (1, 3, 4), (2, 4, 5))):
            slope[..., row] = (
                self._inverse[one] * joint[..., 0]
                + self._inverse[other] * joint[..., 1]
                + self._inverse[third] * joint[..., 2]
            )
        offset = middle - np.einsum("ijk,ijk->ij", slope, self._mean)
        return _box(slope), _box(offset)

    def left(self, alpha: "np.ndarray") -> "np.ndarray":
        """What no line explains: the matting Laplacian times ``alpha``, by window size."""
        import numpy as np

        slope, offset = self.slopes(alpha)
        rest: np.ndarray = alpha - np.einsum("ijk,ijk->ij", slope, self._picture) - offset
        return rest


def _box(plane: "np.ndarray") -> "np.ndarray":
    import cv2

    smooth: np.ndarray = cv2.blur(plane, (2 * RADIUS + 1,) * 2, borderType=cv2.BORDER_REFLECT)
    return smooth


def _inverted(parts: "list[np.ndarray]") -> "list[np.ndarray]":
    """The inverse of symmetric 3 x 3 matrices, both given as their upper triangle, a plane an entry."""
    a, b, c, d, e, f = parts
    minors = [d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b]
    scale = 1 / (a * minors[0] + b * minors[1] + c * minors[2])
    return [minor * scale for minor in minors]


def fit_edge(rgb: "np.ndarray", rough: "np.ndarray") -> "np.ndarray":
    """Alpha (uint8, as large as ``rgb``, uint8) from a rough one (float32 0..1, any size)."""
    import cv2
    import numpy as np

    small = shrink(rgb, SOLVE_PIXELS).astype(np.float32) / 255
    coarse = cv2.resize(rough, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    unknown = _unknown(coarse)
    alpha, slope = np.round(coarse), np.zeros_like(small)
    if unknown.any():
        part = _around(unknown)
        windows = _Windows(small[part])
        alpha[part] = _solved(windows, coarse[part], unknown[part])
        slope[part] = windows.slopes(alpha[part].astype(np.float64))[0]
    return _grown(rgb, np.dstack([alpha, (slope * small).sum(2), unknown, slope]))


def _around(unknown: "np.ndarray") -> tuple[slice, slice]:
    """Rows and columns that hold every unknown pixel and its windows."""
    import numpy as np

    rows, columns = np.flatnonzero(unknown.any(1)), np.flatnonzero(unknown.any(0))
    margin = 2 * RADIUS + 1
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )


def _unknown(coarse: "np.ndarray") -> "np.ndarray":
    """1 where alpha is to be found, else 0."""
    import cv2
    import numpy as np

    reach = max(1, round(max(coarse.shape) * CLOSE))
    window = np.ones((2 * reach + 1,) * 2, np.uint8)
    inside, outside = cv2.erode(coarse, window), cv2.dilate(coarse, window)
    unknown: np.ndarray = ((inside < 1 - SURE) & (outside > SURE)).astype(np.float32)
    return unknown


def _solved(windows: _Windows, coarse: "np.ndarray", unknown: "np.ndarray") -> "np.ndarray":
    """Conjugate gradients on (L + weight) alpha = weight * wanted, started at ``coarse``."""
    import numpy as np

    wanted = np.where(unknown > 0, coarse, np.round(coarse)).astype(np.float64)
    weight = np.where(unknown > 0, LEAN, HOLD).astype(np.float32)
    scale = 1 / (weight + 1)
    alpha = wanted.copy()
    residual = -windows.left(alpha)
    way = scale * residual
    energy = float(np.vdot(residual, way))
    for _ in range(STEPS):
        if energy < 1e-6 * alpha.size * LEAN:
            break
        change = windows.left(way) + weight * way
        length = energy / max(1e-12, float(np.vdot(way, change)))
        alpha += length * way
        residual -= length * change
        better = scale * residual
        following = float(np.vdot(residual, better))
        way = better + (following / energy) * way
        energy = following
    return np.clip((alpha - FAINT) / (1 - 2 * FAINT), 0, 1)


def _grown(rgb: "np.ndarray", maps: "np.ndarray") -> "np.ndarray":
    """The small alpha at full size, with the detail that the small copy had lost."""
    import numpy as np

    alpha = np.empty(rgb.shape[:2], np.uint8)
    for top, bottom in bands(rgb.shape[0]):
        part = enlarge(maps[..., :3], rgb.shape, top, bottom)
        slope = enlarge(maps[..., 3:], rgb.shape, top, bottom)
        detail = (slope * rgb[top:bottom]).sum(2) / 255 - part[..., 1]
        alpha[top:bottom] = np.round(255 * np.clip(part[..., 0] + part[..., 2] * detail, 0, 1))
    return alpha
