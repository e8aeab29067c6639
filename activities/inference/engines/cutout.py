"""The engines that tell a subject from its background: U2-Net small is fast, ISNet sees hair and thin parts."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..onnx_sessions import open_session
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np
    from onnxruntime import InferenceSession

WEAKEST = 0.35
"""A raw answer whose peak lies below this saw no subject; stretching it would turn noise into one."""


class Cutout:
    """``alpha`` says how much of each pixel is subject."""

    def __init__(self, session: "InferenceSession", label: str, side: int, size: int) -> None:
        self.label = label
        self.bytes = size
        self._session = session
        self._side = side
        self._input = session.get_inputs()[0].name
        self._output = session.get_outputs()[0].name

    def alpha(self, rgb: "np.ndarray") -> "np.ndarray":
        """uint8, H x W x 3 -> float32 0..1, H x W; all 0 where there is no subject."""
        import cv2
        import numpy as np

        small = cv2.resize(rgb, (self._side, self._side), interpolation=cv2.INTER_AREA).astype(np.float32)
        planes = np.ascontiguousarray(self._scaled(small).transpose(2, 0, 1)[None])
        raw = np.asarray(self._session.run([self._output], {self._input: planes})[0], np.float32).squeeze()
        low, high = float(raw.min()), float(raw.max())
        if high < WEAKEST or high - low < WEAKEST / 2:
            return np.zeros(rgb.shape[:2], np.float32)
        size = (rgb.shape[1], rgb.shape[0])
        grown: np.ndarray = cv2.resize((raw - low) / (high - low), size, interpolation=cv2.INTER_LINEAR)
        return grown

    def _scaled(self, rgb: "np.ndarray") -> "np.ndarray":
        raise NotImplementedError


class _U2Net(Cutout):
    def _scaled(self, rgb: "np.ndarray") -> "np.ndarray":
        import numpy as np

        bright = rgb / max(1.0, float(rgb.max()))
        mean, deviation = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
        scaled: np.ndarray = (bright - mean) / deviation
        return scaled


class _ISNet(Cutout):
    def _scaled(self, rgb: "np.ndarray") -> "np.ndarray":
        return (rgb - 128) / 256


@engine(name="cutout-fast", weights=("u2netp",))
def load_fast(files: dict[str, Path], device: Device, threads: int) -> Any:
    return _U2Net(open_session(files["u2netp"], device, threads), "U2-Net small", 320, 150_000_000)


@engine(name="cutout-best", weights=("isnet",))
def load_best(files: dict[str, Path], device: Device, threads: int) -> Any:
    return _ISNet(open_session(files["isnet"], device, threads), "ISNet", 1024, 600_000_000)
