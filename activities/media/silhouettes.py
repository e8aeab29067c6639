"""Cuts a subject out of moving pictures: a network's matte for each, fitted to the picture's edges and calm in time.

The fit is the guided filter (He, Sun, Tang, TPAMI 2013) on a small copy. Where a picture has not changed, the matte
follows the one before, so that edges do not boil.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

SIDE = 480
"""Longer side at which the matte is fitted."""
RADIUS, SOFT = 4, 1e-4
CALM, CHANGED = 0.75, 10.0
"""Share of the matte before that stays where nothing changes, and the change of a pixel at which half of that does."""
LEAST = 0.004
"""Share of the frame below which there is no subject."""
SURE = 0.18
CUT = 60.0
"""Mean change of the pixels over a cut, after which nothing of the matte before is kept."""


class Engine(Protocol):
    """A network for mattes."""

    label: str

    def alpha(self, rgb: "np.ndarray") -> "np.ndarray": ...


def mattes(frames: "Iterator[np.ndarray]", engine: Engine) -> "Iterator[tuple[np.ndarray, np.ndarray]]":
    """Each picture (uint8 RGB) with its matte (float32 0..1, H x W; all 0 where there is no subject)."""
    import cv2
    import numpy as np

    before: np.ndarray | None = None
    known: np.ndarray | None = None
    for frame in frames:
        height, width = frame.shape[:2]
        scale = min(1.0, SIDE / max(height, width))
        size = (max(8, round(width * scale)), max(8, round(height * scale)))
        small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        rough = engine.alpha(small)
        if not _seen(rough):
            rough = np.zeros_like(rough)
        if before is not None and known is not None:
            change = np.abs(small.astype(np.float32) - known).mean(2)
            keep = CALM * np.exp2(-cv2.blur(change, (5, 5)) / CHANGED) * (float(change.mean()) < CUT)
            rough = keep * before + (1 - keep) * rough
        before, known = rough.astype(np.float32), small.astype(np.float32)
        fitted = _guided(known / 255, before)
        sure = np.clip((fitted - SURE) / (1 - 2 * SURE), 0, 1)
        yield frame, np.clip(cv2.resize(sure, (width, height), interpolation=cv2.INTER_LINEAR), 0, 1)


def has_subject(frames: "Iterator[np.ndarray]", engine: Engine) -> bool:
    """Whether any of some pictures shows a subject."""
    return any(_seen(engine.alpha(frame)) for frame in frames)


def _seen(matte: "np.ndarray") -> bool:
    return float((matte > 0.5).mean()) >= LEAST


def freed(frame: "np.ndarray", alpha: "np.ndarray") -> "np.ndarray":
    """The subject's own colors (uint8 RGB): at its edge the background, as it looks nearby, is taken out."""
    import cv2
    import numpy as np

    height, width = alpha.shape
    size = (max(1, width // 4), max(1, height // 4))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    away = (1 - cv2.resize(alpha, size, interpolation=cv2.INTER_AREA))[:, :, None] ** 4 + 1e-4
    window = (max(3, size[0] // 16) | 1, max(3, size[0] // 16) | 1)
    behind = np.asarray(cv2.blur(small * away, window) / cv2.blur(away, window)[:, :, None], np.float32)
    rows, columns = np.nonzero((alpha > 0.02) & (alpha < 0.98))
    share = alpha[rows, columns, None]
    around = cv2.resize(behind, (width, height), interpolation=cv2.INTER_LINEAR)[rows, columns]
    result = frame.copy()
    own = (frame[rows, columns] - (1 - share) * around) / np.maximum(share, 0.25)
    result[rows, columns] = np.rint(np.clip(own, 0, 255))
    return result


def _guided(guide: "np.ndarray", values: "np.ndarray") -> "np.ndarray":
    """``values`` (H x W) as a local linear function of the lightness of ``guide`` (RGB 0..1)."""
    import cv2
    import numpy as np

    window = (2 * RADIUS + 1, 2 * RADIUS + 1)
    grey = cv2.cvtColor(guide, cv2.COLOR_RGB2GRAY)
    mean, middle = cv2.blur(grey, window), cv2.blur(values, window)
    slope = (cv2.blur(grey * values, window) - mean * middle) / (cv2.blur(grey * grey, window) - mean * mean + SOFT)
    shift = middle - slope * mean
    fitted: np.ndarray = np.clip(cv2.blur(slope, window) * grey + cv2.blur(shift, window), 0, 1)
    return fitted
