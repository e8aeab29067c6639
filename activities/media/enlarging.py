"""Enlarges a photograph tile by tile with one or more networks, so that their memory does not grow with the picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .tiling import Tile, count, fade_mask, tiles

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

FADE = 8
STEP = 224
"""Tiles of this many pixels stay in a CPU's caches: twice as fast as tiles of 512."""


class Network(Protocol):
    """An engine that enlarges RGB uint8 pieces ``scale`` times into float32 0..255; see ``context`` there."""

    scale: int
    context: int

    def upscale(self, piece: "np.ndarray") -> "np.ndarray": ...


@dataclass(frozen=True)
class Part:
    """A network and its share of the mixture; the shares of a mixture sum to one."""

    network: Network
    share: float


def enlarge(
    picture: "Image.Image",
    scale: int,
    mixture: Sequence[Part],
    sharpen: float,
    report: Callable[[float], None],
) -> "Image.Image":
    """``picture`` (RGB) enlarged ``scale`` times; ``sharpen`` 0..1; ``report`` hears the share that is done."""
    from PIL import Image

    result = Image.new("RGB", (picture.width * scale, picture.height * scale))
    context = max(part.network.context for part in mixture) + (2 if sharpen else 0)
    fade = min(FADE, context // 2)
    total = count(picture.width, picture.height, STEP)
    for number, tile in enumerate(tiles(picture.width, picture.height, STEP, context, fade)):
        _paste(result, _enlarged(picture, tile, scale, mixture, sharpen), tile, scale)
        report((number + 1) / total)
    return result


def _enlarged(picture: "Image.Image", tile: Tile, scale: int, mixture: Sequence[Part], sharpen: float) -> "np.ndarray":
    """The kept part of one tile, uint8."""
    import numpy as np

    piece = np.asarray(picture.crop(tile.shown))
    mixed: np.ndarray = np.zeros((piece.shape[0] * scale, piece.shape[1] * scale, 3), np.float32)
    for part in mixture:
        mixed += part.share * _fitted(part.network.upscale(piece), piece.shape, scale)
    if sharpen:
        mixed = _sharpened(mixed, sharpen, scale)
    left, top = tile.kept[0] - tile.shown[0], tile.kept[1] - tile.shown[1]
    right, bottom = tile.kept[2] - tile.shown[0], tile.kept[3] - tile.shown[1]
    kept = mixed[top * scale : bottom * scale, left * scale : right * scale]
    result: np.ndarray = np.rint(kept.clip(0, 255)).astype(np.uint8)
    return result


def _fitted(enlarged: "np.ndarray", shape: tuple[int, ...], scale: int) -> "np.ndarray":
    """A network that enlarges more than asked is reduced by averaging, which also calms its noise."""
    import cv2

    size = (shape[1] * scale, shape[0] * scale)
    if (enlarged.shape[1], enlarged.shape[0]) == size:
        return enlarged
    return cv2.resize(enlarged, size, interpolation=cv2.INTER_AREA)


def _sharpened(values: "np.ndarray", amount: float, scale: int) -> "np.ndarray":
    """Unsharp mask of the radius of the original's pixels."""
    import cv2

    result: np.ndarray = values + amount * 1.5 * (values - cv2.GaussianBlur(values, (0, 0), 0.5 * scale))
    return result


def _paste(result: "Image.Image", piece: "np.ndarray", tile: Tile, scale: int) -> None:
    from PIL import Image

    height, width = piece.shape[:2]
    soft = (tile.soft[0] * scale, tile.soft[1] * scale)
    mask = Image.fromarray(fade_mask(width, height, soft))
    result.paste(Image.fromarray(piece), (tile.kept[0] * scale, tile.kept[1] * scale), mask)
