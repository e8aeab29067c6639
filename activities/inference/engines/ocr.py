"""The engine that finds and reads text in pictures, zh and en: PP-OCRv6 by RapidOCR, large pictures in tiles."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np

TILE, OVERLAP = 1600, 240
"""Pixels: larger pictures are read in tiles of this side, so that small print is not shrunk away."""
LEAST = 0.5
"""Score under which what was read is taken for texture."""


@dataclass(frozen=True, eq=False)
class TextRegion:
    """A line of text. ``quad``: float32, 4 x 2 (x, y in pixels), clockwise from its upper left; ``score`` 0..1."""

    quad: "np.ndarray"
    text: str
    score: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width, height of the upright box around it."""
        low, high = self.quad.min(0), self.quad.max(0)
        return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


class Ocr:
    """``find`` gives every line of text that can be read."""

    label = "PP-OCRv6"
    bytes = 150_000_000

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def find(self, rgb: "np.ndarray") -> list[TextRegion]:
        """Lines of a picture (uint8, H x W x 3), from the top down; none where there is no text."""
        found: list[TextRegion] = []
        for top in _starts(rgb.shape[0]):
            for left in _starts(rgb.shape[1]):
                piece = rgb[top : top + TILE, left : left + TILE]
                found += [region for region in self._read(piece, left, top) if not _known(region, found)]
        return sorted(found, key=lambda region: (region.box[1], region.box[0]))

    def _read(self, piece: "np.ndarray", left: int, top: int) -> list[TextRegion]:
        import numpy as np

        answer = self._reader(np.ascontiguousarray(piece[:, :, ::-1]), use_cls=False)
        if answer.boxes is None:
            return []
        shift = np.array([left, top], np.float32)
        read = zip(answer.boxes, answer.txts, answer.scores, strict=True)
        return [TextRegion(np.asarray(quad, np.float32) + shift, str(text), float(score)) for quad, text, score in read]


def _starts(length: int) -> list[int]:
    """Where tiles begin along a side; the last ends with it."""
    if length <= TILE:
        return [0]
    count = -(-(length - OVERLAP) // (TILE - OVERLAP))
    return [round(at * (length - TILE) / (count - 1)) for at in range(count)]


def _known(region: TextRegion, found: list[TextRegion]) -> bool:
    """Whether an overlapping tile has shown the same line, or more of it."""
    left, top, width, height = region.box
    for other in found:
        x, y, across, down = other.box
        common = max(0.0, min(left + width, x + across) - max(left, x)) * max(
            0.0, min(top + height, y + down) - max(top, y)
        )
        if common > 0.7 * width * height:
            return True
    return False


@engine(name="ocr", weights=("ppocr-detect", "ppocr-recognize"))
def load_ocr(files: dict[str, Path], device: Device, threads: int) -> Any:
    from rapidocr import RapidOCR

    return Ocr(
        RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.use_cls": False,
                "Global.text_score": LEAST,
                "Det.model_path": str(files["ppocr-detect"]),
                "Rec.model_path": str(files["ppocr-recognize"]),
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "EngineConfig.onnxruntime.use_cuda": device.kind == "cuda",
            }
        )
    )
