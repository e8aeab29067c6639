"""The engines that repaint photographs: one knows 26 paintings by heart, one takes any picture for a model."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..onnx_sessions import open_session
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np
    from onnxruntime import InferenceSession

PAINTINGS = 26
LOOK = 256
"""Side of the square in which a model painting is looked at."""
TILE = 384
"""Side of the square that the free painter paints; it was published for no other."""
OVERLAP = 96
WASH = 24.0
"""Sigma in pixels: what is coarser than this is taken from the whole picture, not from a tile, whose tone differs."""


class Paintings:
    """Knows 26 paintings."""

    label = "multistyle26"
    bytes = 60_000_000

    def __init__(self, session: "InferenceSession") -> None:
        self._session = session

    def paint(self, rgb: "np.ndarray", number: int) -> "np.ndarray":
        """uint8, H x W x 3 -> the same, in the manner of painting ``number`` (0..25). Sides of 32 pixels or more."""
        import numpy as np

        height, width = rgb.shape[:2]
        padded = np.pad(rgb, ((0, -height % 4), (0, -width % 4), (0, 0)), mode="reflect")
        planes = np.ascontiguousarray(padded.transpose(2, 0, 1)[None], np.float32) / 255
        weights = np.zeros(PAINTINGS, np.float32)
        weights[number] = 1
        painted = self._session.run(None, {"image": planes, "style_weights": weights})[0][0]
        result: np.ndarray = (painted.transpose(1, 2, 0)[:height, :width].clip(0, 1) * 255 + 0.5).astype(np.uint8)
        return result


class FreePainter:
    """Paints after any picture."""

    label = "arbitrary style"
    bytes = 80_000_000

    def __init__(self, look: "InferenceSession", paint: "InferenceSession") -> None:
        self._look = look
        self._paint = paint
        self._names = [each.name for each in paint.get_inputs()]

    def paint(self, rgb: "np.ndarray", model: "np.ndarray") -> "np.ndarray":
        """uint8, H x W x 3 -> the same, in the manner of ``model`` (uint8, any size): a wash, then tile by tile."""
        import cv2
        import numpy as np

        small = cv2.resize(model, (LOOK, LOOK), interpolation=cv2.INTER_AREA).astype(np.float32)[None] / 255
        manner = np.asarray(self._look.run(None, {self._look.get_inputs()[0].name: small})[0], np.float32)
        height, width = rgb.shape[:2]
        fit = TILE / max(height, width)
        size = (max(1, round(width * fit)), max(1, round(height * fit)))
        scaling = cv2.INTER_AREA if fit < 1 else cv2.INTER_CUBIC
        first = self._square(cv2.resize(rgb, size, interpolation=scaling), manner)
        wash = cv2.resize(first, (width, height), interpolation=cv2.INTER_CUBIC)
        painted = wash if fit >= 1 else self._tiles(rgb, wash, manner)
        result: np.ndarray = (painted.clip(0, 1) * 255 + 0.5).astype(np.uint8)
        return result

    def _square(self, rgb: "np.ndarray", manner: "np.ndarray") -> "np.ndarray":
        """A piece of at most TILE x TILE, float32 0..1; smaller ones are mirrored to the full square."""
        import cv2
        import numpy as np

        height, width = rgb.shape[:2]
        mirrored = cv2.copyMakeBorder(rgb, 0, TILE - height, 0, TILE - width, cv2.BORDER_REFLECT)
        given = {self._names[0]: mirrored.astype(np.float32)[None] / 255, self._names[1]: manner}
        painted: np.ndarray = self._paint.run(None, given)[0][0][:height, :width]
        return painted

    def _tiles(self, rgb: "np.ndarray", wash: "np.ndarray", manner: "np.ndarray") -> "np.ndarray":
        """Strokes of overlapping tiles on the tone of ``wash``, faded into each other."""
        import cv2
        import numpy as np

        height, width = rgb.shape[:2]
        total, weight = np.zeros_like(wash), np.zeros((height, width, 1), np.float32)
        for top in _starts(height):
            for left in _starts(width):
                place = np.s_[top : min(height, top + TILE), left : min(width, left + TILE)]
                painted = self._square(rgb[place], manner)
                strokes = painted - cv2.GaussianBlur(painted, (0, 0), WASH)
                mask = _fade(*painted.shape[:2])
                total[place] += strokes * mask
                weight[place] += mask
        result: np.ndarray = cv2.GaussianBlur(wash, (0, 0), WASH) + total / weight
        return result


def _starts(length: int) -> list[int]:
    """Where tiles begin along a side, evenly, overlapping by OVERLAP or more."""
    if length <= TILE:
        return [0]
    count = -(-(length - OVERLAP) // (TILE - OVERLAP))
    return [round(at * (length - TILE) / (count - 1)) for at in range(count)]


def _fade(height: int, width: int) -> "np.ndarray":
    """float32, H x W x 1, one inside and falling towards the edges, never zero."""
    import numpy as np

    down, across = (np.minimum(np.arange(size) + 1, np.arange(size)[::-1] + 1) for size in (height, width))
    mask: np.ndarray = np.minimum.outer(down, across).clip(1, OVERLAP).astype(np.float32)[:, :, None]
    return mask / OVERLAP


@engine(name="style-paintings", weights=("multistyle26",))
def load_paintings(files: dict[str, Path], device: Device, threads: int) -> Any:
    return Paintings(open_session(files["multistyle26"], device, threads))


@engine(name="style-free", weights=("style-predict", "style-transform"))
def load_free(files: dict[str, Path], device: Device, threads: int) -> Any:
    look, paint = (open_session(files[name], device, threads) for name in ("style-predict", "style-transform"))
    return FreePainter(look, paint)
