"""The engine that says how likely a picture is pornographic: Open NSFW. It knows nothing of violence or of words."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..onnx_sessions import open_session
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np
    from onnxruntime import InferenceSession

WHOLE, CENTER = 256, 224
"""Pixels: a picture is shrunk to the first, and the middle of it is looked at."""
MEAN_BGR = (104.0, 117.0, 123.0)


class OpenNsfw:
    """``score`` is a probability, 0..1; its makers call less than 0.2 safe and more than 0.8 not."""

    label = "Open NSFW"
    bytes = 24_000_000

    def __init__(self, session: "InferenceSession") -> None:
        self._session = session

    def score(self, rgb: "np.ndarray") -> float:
        """Of a picture (uint8, H x W x 3).

        It was trained on pictures that were shrunk bilinearly and then compressed as JPEG (``classify_nsfw.py`` of
        github.com/yahoo/open_nsfw), and expects to see that.
        """
        import io

        import numpy as np
        from PIL import Image

        shrunk, packed = Image.fromarray(rgb).resize((WHOLE, WHOLE), Image.Resampling.BILINEAR), io.BytesIO()
        shrunk.save(packed, "JPEG")
        edge = (WHOLE - CENTER) // 2
        seen = np.asarray(Image.open(packed), np.float32)[edge : edge + CENTER, edge : edge + CENTER, ::-1]
        batch = (seen - np.array(MEAN_BGR, np.float32))[None]
        answer = self._session.run(None, {self._session.get_inputs()[0].name: batch})[0]
        return float(answer[0, 1])


@engine(name="moderation", weights=("open-nsfw",))
def load_moderation(files: dict[str, Path], device: Device, threads: int) -> Any:
    return OpenNsfw(open_session(files["open-nsfw"], device, threads))
