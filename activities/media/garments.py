"""Finds the fabric of a garment in a cut-out: the largest color that is neither skin nor as small as a badge."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .edges import fit_edge
from .matting import Matte
from .resizing import shrink

if TYPE_CHECKING:
    import numpy as np

LOOK_PIXELS = 250_000
COLORS = 4
SKIN_LOW, SKIN_HIGH = (60, 136, 80), (255, 172, 128)
"""Y, Cr, Cb between which Chai and Ngan (1999) found skin, a little narrower."""
MOST_SKIN = 0.6
"""A subject of more skin color than this is a garment of that color, laid flat."""
HUE_WIDTH, LIGHT_WIDTH = 13.0, 38.0
"""Deviations, in Lab, of one fabric's color and of its lightness in folds."""
INSIDE, OUTSIDE = 1.4, 2.4
LEAST_PART = 0.02
LEAST_FABRIC = 0.004
"""Share of the picture."""


@dataclass(frozen=True)
class Fabric:
    """``cover``: uint8, H x W, how much of each pixel is the fabric; ``lightness``: its mean, 0..100."""

    cover: "np.ndarray"
    lightness: float


def find_fabric(matte: Matte) -> Fabric | None:
    """The main fabric of the subject, or None if there is too little of any."""
    import cv2
    import numpy as np

    small, alpha = shrink(matte.rgb, LOOK_PIXELS), shrink(matte.alpha, LOOK_PIXELS)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    cloth = (alpha > 200) & ~_skin(small, alpha)
    if cloth.mean() < LEAST_FABRIC:
        return None
    middle = _main_color(lab[cloth])
    away = np.hypot(
        np.hypot(lab[..., 1] - middle[1], lab[..., 2] - middle[2]) / HUE_WIDTH, (lab[..., 0] - middle[0]) / LIGHT_WIDTH
    )
    likely = np.clip((OUTSIDE - away) / (OUTSIDE - INSIDE), 0, 1) * (alpha / 255.0) * cloth
    likely = _solid(cv2.medianBlur(np.round(255 * likely).astype(np.uint8), 5))
    if (likely > 127).mean() < LEAST_FABRIC:
        return None
    cover = np.minimum(fit_edge(matte.rgb, likely.astype(np.float32) / 255), matte.alpha)
    return Fabric(cover, float(np.mean(lab[..., 0][likely > 127])))


def _skin(small: "np.ndarray", alpha: "np.ndarray") -> "np.ndarray":
    import cv2
    import numpy as np

    tones = cv2.inRange(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb), np.array(SKIN_LOW), np.array(SKIN_HIGH))
    skin: np.ndarray = (cv2.morphologyEx(tones, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0) & (alpha > 127)
    return skin if skin.sum() < MOST_SKIN * max(1, int((alpha > 127).sum())) else np.zeros_like(skin)


def _main_color(colors: "np.ndarray") -> "np.ndarray":
    """Lab of the largest of a few clusters (k-means on hue and, less, on lightness; the same every time)."""
    import cv2
    import numpy as np

    weights = np.array([0.4, 1, 1], np.float32)
    sample = np.ascontiguousarray(colors[:: max(1, len(colors) // 20_000)] * weights)
    count = min(COLORS, len(sample))
    cv2.setRNGSeed(1)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    unused = np.zeros((len(sample), 1), np.int32)
    _, found, middles = cv2.kmeans(sample, count, unused, stop, 2, cv2.KMEANS_PP_CENTERS)
    labels, centers = np.asarray(found), np.asarray(middles)
    middle: np.ndarray = centers[np.bincount(labels.ravel(), minlength=count).argmax()] / weights
    return middle


def _solid(likely: "np.ndarray") -> "np.ndarray":
    """Without parts that are tiny beside the largest, and without pinholes."""
    import cv2
    import numpy as np

    closed = cv2.morphologyEx(likely, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats((closed > 127).astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    kept = [index for index in range(1, count) if areas[index] >= LEAST_PART * areas[1:].max()]
    near = cv2.dilate(np.isin(labels, kept).astype(np.uint8), np.ones((5, 5), np.uint8))
    solid: np.ndarray = closed * near
    return solid
