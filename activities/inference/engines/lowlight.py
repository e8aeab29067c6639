"""The engine that brightens dark photographs: MAXIM looks at a small copy, and what it did there is done to the whole.

Light is a matter of large areas, so the small copy shows enough; a whole picture seen at once has no seams either.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from activities.media.resizing import bands, enlarge

from ..devices import Device
from ..onnx_sessions import open_session
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np
    from onnxruntime import InferenceSession

RADIUS = 3
"""Of the windows of the small copy, in which the result is taken for a linear function of the original."""
GRAIN = 0.0004
"""Variance, of square roots of light, under which a window holds grain and no detail; grain is smoothed away."""

HELD = 700_000_000
"""Bytes of memory between two pictures, measured; 1.2 GB while it works."""


class LowLight:
    """Brightens and cleans dark photographs. It does not ask whether a photograph is dark."""

    def __init__(self, session: "InferenceSession", size: int) -> None:
        self.label = "MAXIM low light"
        self.bytes = size
        self._session = session
        self._input = session.get_inputs()[0].name
        self._side = int(session.get_inputs()[0].shape[1])

    def enhance(self, rgb: "np.ndarray") -> "np.ndarray":
        """uint8, H x W x 3 -> the same, as if it had been taken in good light."""
        import cv2
        import numpy as np

        small = cv2.resize(rgb, (self._side, self._side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        light = self._session.run(None, {self._input: small[None]})[0][0].clip(0, 1)
        slope, offset = _lines(np.sqrt(small), light)
        roots = np.sqrt(np.arange(256, dtype=np.float32) / 255)
        result = np.empty_like(rgb)
        for top, bottom in bands(rgb.shape[0]):
            steep, shift = (enlarge(plane, rgb.shape, top, bottom) for plane in (slope, offset))
            result[top:bottom] = (steep * roots[rgb[top:bottom]] + shift).clip(0, 1) * 255 + 0.5
        return result


def _lines(source: "np.ndarray", result: "np.ndarray") -> "tuple[np.ndarray, np.ndarray]":
    """Slope and offset, pixel by pixel, of the lines that lead from ``source`` to ``result`` in each channel.

    The guided filter of He, Sun and Tang (2013), which keeps edges where ``source`` has them.
    """
    import cv2

    def mean(plane: "np.ndarray") -> "np.ndarray":
        smooth: np.ndarray = cv2.blur(plane, (2 * RADIUS + 1, 2 * RADIUS + 1), borderType=cv2.BORDER_REFLECT)
        return smooth

    level, light = mean(source), mean(result)
    slope = (mean(source * result) - level * light) / (mean(source * source) - level * level + GRAIN)
    return mean(slope), mean(light - slope * level)


@engine(name="lowlight", weights=("maxim-enhancement",))
def load_low_light(files: dict[str, Path], device: Device, threads: int) -> Any:
    return LowLight(open_session(files["maxim-enhancement"], device, threads), HELD)
