"""Enlarges a photograph tile by tile with one or more networks, so that their memory does not grow with the picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .tiling import Tile, count, fade_mask, tiles

if TYPE_CHECKING:
    import numpy as np

STEP = 224
"""Tiles of this many pixels stay in a CPU's caches: twice as fast as tiles of 512."""

SLACK = (24.0, 4.0, 4.0)
"""By how many levels light and chroma may leave the range of their neighborhood: sharp edges overshoot a little."""


class Network(Protocol):
    """An engine that enlarges RGB uint8 pieces ``scale`` times into float32 0..255.

    ``context``: pixels around a piece that it must see; ``fade``: pixels over which its pieces should fade into
    each other, because more context would still change them.
    """

    label: str
    scale: int
    context: int
    fade: int

    def upscale(self, piece: "np.ndarray") -> "np.ndarray": ...


@dataclass(frozen=True)
class Part:
    """A network and its share of the mixture; the shares of a mixture sum to one."""

    network: Network
    share: float


def enlarge(
    pixels: "np.ndarray", scale: int, mixture: Sequence[Part], sharpen: float, report: Callable[[float], None]
) -> "np.ndarray":
    """``pixels`` (uint8, H x W x 3 or 4) enlarged ``scale`` times; ``sharpen`` 0..1; ``report`` hears the share done.

    Opacity, the fourth channel, is enlarged by itself (bicubic): the networks never see it.
    """
    import numpy as np

    height, width, channels = pixels.shape
    result = np.empty((height * scale, width * scale, channels), np.uint8)
    context = max(part.network.context for part in mixture) + (2 if sharpen else 0)
    fade = max(part.network.fade for part in mixture)
    total = count(width, height, STEP)
    for number, tile in enumerate(tiles(width, height, STEP, context, fade)):
        _paste(result, _enlarged(pixels, tile, scale, mixture, sharpen), tile, scale)
        report((number + 1) / total)
    return result


def _enlarged(pixels: "np.ndarray", tile: Tile, scale: int, mixture: Sequence[Part], sharpen: float) -> "np.ndarray":
    """The kept part of one tile, uint8."""
    import cv2
    import numpy as np

    piece = pixels[tile.shown[1] : tile.shown[3], tile.shown[0] : tile.shown[2]]
    size = (piece.shape[1] * scale, piece.shape[0] * scale)
    colors = np.ascontiguousarray(piece[:, :, :3])
    mixed = _within_reach(_mixed(colors, size, mixture), colors)
    if sharpen:
        mixed = _sharpened(mixed, sharpen, scale)
    if piece.shape[2] == 4:
        mixed = np.dstack([mixed, cv2.resize(piece[:, :, 3], size, interpolation=cv2.INTER_CUBIC)])
    left, top, right, bottom = (
        scale * (kept - shown) for kept, shown in zip(tile.kept, tile.shown[:2] * 2, strict=True)
    )
    kept: np.ndarray = np.rint(mixed[top:bottom, left:right].clip(0, 255)).astype(np.uint8)
    return kept


def _mixed(piece: "np.ndarray", size: tuple[int, int], mixture: Sequence[Part]) -> "np.ndarray":
    import numpy as np

    mixed: np.ndarray = np.zeros((size[1], size[0], 3), np.float32)
    for part in mixture:
        mixed += part.share * _fitted(part.network.upscale(piece), size)
    return mixed


def _within_reach(mixed: "np.ndarray", piece: "np.ndarray") -> "np.ndarray":
    """Light and chroma (Y, Cr, Cb) held near those of the neighborhood: SPAN draws specks of noise into fine dots."""
    import cv2
    import numpy as np

    window, size = np.ones((3, 3), np.uint8), (mixed.shape[1], mixed.shape[0])
    tones, slack = cv2.cvtColor(piece, cv2.COLOR_RGB2YCrCb), np.array(SLACK, np.float32)
    low, high = (cv2.resize(reach(tones, window), size).astype(np.float32) for reach in (cv2.erode, cv2.dilate))
    toned = cv2.cvtColor(mixed / 255, cv2.COLOR_RGB2YCrCb)
    toned = np.clip(toned, (low - slack) / 255, (high + slack) / 255)
    held: np.ndarray = cv2.cvtColor(toned, cv2.COLOR_YCrCb2RGB) * 255
    return held


def _fitted(enlarged: "np.ndarray", size: tuple[int, int]) -> "np.ndarray":
    """A network that enlarges more than asked is reduced by averaging, which also calms its noise."""
    import cv2

    if (enlarged.shape[1], enlarged.shape[0]) == size:
        return enlarged
    return cv2.resize(enlarged, size, interpolation=cv2.INTER_AREA)


def _sharpened(values: "np.ndarray", amount: float, scale: int) -> "np.ndarray":
    """Unsharp mask of the radius of the original's pixels."""
    import cv2

    result: np.ndarray = values + amount * 1.5 * (values - cv2.GaussianBlur(values, (0, 0), 0.5 * scale))
    return result


def _paste(result: "np.ndarray", piece: "np.ndarray", tile: Tile, scale: int) -> None:
    """Lay ``piece`` into ``result``, faded where another tile lies already."""
    left, top, right, bottom = (side * scale for side in tile.kept)
    place = result[top:bottom, left:right]
    if any(tile.soft):
        weights = fade_mask(piece.shape[1], piece.shape[0], (tile.soft[0] * scale, tile.soft[1] * scale))[:, :, None]
        place[:] = (weights * piece + (1 - weights) * place + 0.5).astype("uint8")
    else:
        place[:] = piece
