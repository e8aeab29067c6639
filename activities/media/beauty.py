"""Retouches one face by its mesh: skin evened and lit, eyes widened, jaw narrowed. What is not face keeps its pixels.

Skin is split by frequency, as retouchers do it: fine texture stays, blotches between it and the shapes of light go.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip
EYES = ((33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
        (362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398))  # fmt: skip
BROWS = ((70, 63, 105, 66, 107, 55, 65, 52, 53, 46), (300, 293, 334, 296, 336, 285, 295, 282, 283, 276))
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
NOSTRILS = (98, 97, 2, 326, 327)
CHIN, BROW = 152, 10
"""Points of the mesh, by MediaPipe's canonical numbers."""

WIDER, NARROWER, LIGHTER = 0.16, 0.07, 16.0
"""At strength 1: share by which an eye grows, share of the face's width by which the jaw moves, steps of L (0..255)."""


SKIN_PIXELS = 8_000_000
"""A larger face is evened in a smaller copy, and the change is laid on: what is finer than that stays as it is."""
BAND = 512
"""Rows that are moved at once."""


@dataclass(frozen=True)
class Strengths:
    """Each 0..1."""

    smooth: float
    whiten: float
    eyes: float
    slim: float


def retouch(rgb: "np.ndarray", mesh: "np.ndarray", strengths: Strengths) -> None:
    """Change one face of ``rgb`` (uint8, H x W x 3) in place; ``mesh``: float32, 468 x 2."""
    import numpy as np

    width = float(np.linalg.norm(mesh[454] - mesh[234]))
    low, high = mesh.min(0) - 0.6 * width, mesh.max(0) + 0.6 * width
    left, top = (max(0, int(value)) for value in low)
    right, bottom = min(rgb.shape[1], int(high[0]) + 1), min(rgb.shape[0], int(high[1]) + 1)
    piece, points = rgb[top:bottom, left:right], mesh - np.array([left, top], np.float32)
    skinned = _evened(piece, points, width, strengths)
    rgb[top:bottom, left:right] = _shaped(skinned, points, width, strengths)


def _evened(piece: "np.ndarray", points: "np.ndarray", width: float, strengths: Strengths) -> "np.ndarray":
    """``_skin`` within the memory that a slot has."""
    import cv2
    import numpy as np

    factor = (SKIN_PIXELS / (piece.shape[0] * piece.shape[1])) ** 0.5
    if factor >= 1:
        return _skin(piece, points, width, strengths)
    small = cv2.resize(piece, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    less = _skin(small, points * factor, width * factor, strengths).astype(np.int16) - small
    change = cv2.resize(less, (piece.shape[1], piece.shape[0]), interpolation=cv2.INTER_LINEAR)
    result = piece.copy()
    for top in range(0, len(piece), BAND):
        rows = slice(top, top + BAND)
        result[rows] = np.clip(piece[rows] + change[rows], 0, 255).astype(np.uint8)
    return result


def _skin(piece: "np.ndarray", points: "np.ndarray", width: float, strengths: Strengths) -> "np.ndarray":
    """Evened and lit where there is skin."""
    import cv2
    import numpy as np

    mask = _skin_mask(piece, points, width)[:, :, None]
    picture = piece.astype(np.float32)
    radius = max(2, round(0.045 * width))
    base = _guided(picture, radius, (30.0 * (0.4 + 0.6 * strengths.smooth)) ** 2)
    texture = picture - cv2.GaussianBlur(picture, (0, 0), max(0.6, 0.008 * width))
    even = picture + strengths.smooth * (base + 0.75 * texture - picture)
    lab = cv2.cvtColor(np.clip(even, 0, 255).astype(np.uint8), cv2.COLOR_RGB2LAB).astype(np.float32)
    light = lab[:, :, 0] / 255
    lab[:, :, 0] += strengths.whiten * LIGHTER * 4 * light * (1 - light)
    lab[:, :, 1:] -= strengths.whiten * 0.12 * (lab[:, :, 1:] - 128)
    lit = cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB).astype(np.float32)
    result = picture + mask * ((lit if strengths.whiten else np.clip(even, 0, 255)) - picture)
    return np.where(mask > 0, np.rint(result), picture).astype(np.uint8)


def _guided(picture: "np.ndarray", radius: int, epsilon: float) -> "np.ndarray":
    """The guided filter of He, Sun and Tang (2013), each channel by itself: smooth below ``epsilon`` of variance."""
    import cv2

    window = (2 * radius + 1, 2 * radius + 1)
    mean = cv2.blur(picture, window)
    variance = cv2.blur(picture * picture, window) - mean * mean
    slope = variance / (variance + epsilon)
    result: np.ndarray = cv2.blur(slope, window) * picture + cv2.blur(mean - slope * mean, window)
    return result


def _skin_mask(piece: "np.ndarray", points: "np.ndarray", width: float) -> "np.ndarray":
    """float32 0..1: the oval without eyes, brows, lips and nostrils, and without what has not the color of its skin."""
    import cv2
    import numpy as np

    mask = np.zeros(piece.shape[:2], np.uint8)
    cv2.fillPoly(mask, [_polygon(points, OVAL)], 255)
    cheeks = piece[mask > 0].reshape(-1, 3)
    reach = max(1, round(0.02 * width))
    for part in (*EYES, *BROWS, LIPS):
        hull = cv2.convexHull(_polygon(points, part))
        cv2.fillConvexPoly(mask, hull, 0)
        cv2.polylines(mask, [hull], True, 0, 2 * reach)
    for point in NOSTRILS:
        cv2.circle(mask, _polygon(points, (point,))[0].tolist(), reach, 0, -1)
    lab = cv2.cvtColor(piece, cv2.COLOR_RGB2LAB).astype(np.float32)
    skin = np.median(cv2.cvtColor(cheeks[None], cv2.COLOR_RGB2LAB)[0].astype(np.float32), 0)
    away = np.abs(lab - skin) / np.array([70, 16, 18], np.float32)
    alike = np.clip(2 - away.max(2), 0, 1)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255 * cv2.blur(alike, (3, 3)), (0, 0), max(1.0, 0.02 * width))
    inside: np.ndarray = np.minimum(soft, (mask > 0).astype(np.float32))
    return inside


def _polygon(points: "np.ndarray", numbers: tuple[int, ...]) -> "np.ndarray":
    import numpy as np

    polygon: np.ndarray = np.rint(points[list(numbers)]).astype(np.int32)
    return polygon


def _shaped(piece: "np.ndarray", points: "np.ndarray", width: float, strengths: Strengths) -> "np.ndarray":
    """Eyes and jaw moved by a smooth field that is nothing away from the face."""
    import cv2
    import numpy as np

    if not strengths.eyes and not strengths.slim:
        return piece
    result = piece.copy()
    for top in range(0, len(piece), BAND):
        rows, columns = np.mgrid[top : min(top + BAND, len(piece)), : piece.shape[1]].astype(np.float32)
        shift = np.zeros((*rows.shape, 2), np.float32)
        for eye in EYES:
            shift += _widened(points[list(eye)], columns, rows, strengths.eyes)
        shift += _narrowed(points, columns, rows, width, strengths.slim)
        moved = cv2.remap(
            piece, columns + shift[:, :, 0], rows + shift[:, :, 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        still = np.abs(shift).max(2, keepdims=True) < 0.02
        result[top : top + BAND] = np.where(still, piece[top : top + BAND], moved)
    return result


def _widened(eye: "np.ndarray", columns: "np.ndarray", rows: "np.ndarray", strength: float) -> "np.ndarray":
    """Where to look instead, H x W x 2: nearer to the eye's middle, fading out at 0.95 of the eye's width."""
    import numpy as np

    middle, reach = eye.mean(0), 0.95 * float(np.linalg.norm(eye.max(0) - eye.min(0)))
    across, down = columns - middle[0], rows - middle[1]
    near = np.clip(1 - (across**2 + down**2) / reach**2, 0, 1) ** 2
    shift: np.ndarray = -strength * WIDER * near[:, :, None] * np.dstack([across, down])
    return shift


def _narrowed(
    points: "np.ndarray", columns: "np.ndarray", rows: "np.ndarray", width: float, strength: float
) -> "np.ndarray":
    """Farther from the face's axis, along the jaw: nothing at the eyes, below the chin and beyond 0.5 of its width."""
    import numpy as np

    down = (points[CHIN] - points[BROW]) / float(np.linalg.norm(points[CHIN] - points[BROW]))
    across = np.array([-down[1], down[0]], np.float32)
    middle, half = points.mean(0), width / 2
    height = float(np.linalg.norm(points[CHIN] - points[BROW]))
    side = ((columns - middle[0]) * across[0] + (rows - middle[1]) * across[1]) / half
    along = ((columns - points[BROW][0]) * down[0] + (rows - points[BROW][1]) * down[1]) / height
    vertical = np.clip((along - 0.4) / 0.35, 0, 1) * np.clip((1.2 - along) / 0.25, 0, 1)
    lateral = np.clip(np.abs(side) / 0.8, 0, 1) * np.clip((1.6 - np.abs(side)) / 0.6, 0, 1)
    amount = strength * NARROWER * width * (vertical**2 * (3 - 2 * vertical)) * (lateral**2 * (3 - 2 * lateral))
    shift: np.ndarray = (amount * np.sign(side))[:, :, None] * across
    return shift
