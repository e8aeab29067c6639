"""Lays a freed subject on a backdrop, its shadow between them: in bands, so that large pictures need little memory."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from .backdrops import Backdrop, contact_shadow
from .resizing import bands, enlarge

if TYPE_CHECKING:
    import numpy as np


class Subject(Protocol):
    """Something cut out. ``alpha``: uint8, H x W."""

    @property
    def alpha(self) -> "np.ndarray": ...

    def subject(self, top: int, bottom: int) -> "np.ndarray":
        """The subject's own colors in rows top..bottom, float32 0..255, also where it is half transparent."""
        ...


def compose(
    layer: Subject,
    backdrop: Backdrop | None,
    *,
    shadow: float = 0.0,
    feather: float = 0.0,
    report: Callable[[float], None],
) -> "np.ndarray":
    """uint8 RGB, or RGBA (not premultiplied) without a backdrop; ``report`` hears the share done.

    ``shadow``: darkness 0..1 of the contact shadow; ``feather``: standard deviation in pixels that softens the edge.
    """
    import cv2
    import numpy as np

    height, width = layer.alpha.shape
    alpha = cv2.GaussianBlur(layer.alpha, (0, 0), feather) if feather else layer.alpha
    ground = contact_shadow(layer.alpha, shadow) if shadow else None
    pixels = np.empty((height, width, 4 if backdrop is None else 3), np.uint8)
    for top, bottom in bands(height):
        cover = alpha[top:bottom, :, None].astype(np.float32) / 255
        dark = 0.0 if ground is None else enlarge(ground, (height, width), top, bottom)[:, :, None]
        subject = layer.subject(top, bottom)
        if backdrop is None:
            rows = _transparent(subject, cover, dark)
        else:
            rows = cover * subject + (1 - cover) * (1 - dark) * backdrop.rows(top, bottom)
        pixels[top:bottom] = np.clip(np.round(rows), 0, 255)
        report(bottom / height)
    return pixels


def _transparent(subject: "np.ndarray", cover: "np.ndarray", dark: "np.ndarray | float") -> "np.ndarray":
    """RGBA (not premultiplied) of the subject over a black shadow."""
    import numpy as np

    total = cover + (1 - cover) * dark
    colors = np.where(total > 0, subject * cover / np.maximum(total, 1e-6), 0)
    return np.dstack([colors, 255 * total])
