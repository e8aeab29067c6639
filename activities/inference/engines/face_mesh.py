"""The engine that lays a mesh of 468 points over a face (MediaPipe; arXiv:1907.06724)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np

SIDE = 192
POINTS = 468
ROOM = 1.55
"""Side of the square that the network sees, by the longer side of a detector's box."""
RIGHT_EYE, LEFT_EYE = 33, 263
"""The outer corners, by which a face is set upright."""
LEAST = 0.5


class FaceMesh:
    """``find`` gives the points of one face."""

    label = "MediaPipe face mesh"
    bytes = 20_000_000

    def __init__(self, path: Path, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._network = Interpreter(str(path), num_threads=threads)
        self._network.allocate_tensors()
        self._input = self._network.get_input_details()[0]["index"]
        outputs = self._network.get_output_details()
        self._points = next(each["index"] for each in outputs if int(each["shape"][-1]) == POINTS * 3)
        self._score = next(each["index"] for each in outputs if int(each["shape"][-1]) == 1)

    def find(self, rgb: "np.ndarray", box: tuple[float, float, float, float], turn: int = 0) -> "np.ndarray | None":
        """float32, 468 x 2 (x, y in pixels), or None where there is no face after all.

        ``box`` and ``turn`` are a detector's. It looks twice: the first look says how the head is tilted.
        """
        import numpy as np

        left, top, width, height = box
        center, side = (left + width / 2, top + height / 2), ROOM * max(width, height)
        tilt, points = float(-90 * turn), None
        for _ in range(2):
            points, score = self._look(rgb, center, side, tilt)
            if score < LEAST:
                return None
            across, down = points[LEFT_EYE] - points[RIGHT_EYE]
            tilt = float(np.rad2deg(np.arctan2(down, across)))
            middle = (points.min(0) + points.max(0)) / 2
            center, side = (float(middle[0]), float(middle[1])), 1.25 * float((points.max(0) - points.min(0)).max())
        return points

    def _look(
        self, rgb: "np.ndarray", center: tuple[float, float], side: float, tilt: float
    ) -> "tuple[np.ndarray, float]":
        import cv2
        import numpy as np

        motion = cv2.getRotationMatrix2D(center, tilt, SIDE / side)
        motion[:, 2] = motion[:, 2] + SIDE / 2 - np.array(center)
        seen = cv2.warpAffine(rgb, motion, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        self._network.set_tensor(self._input, seen.astype(np.float32)[None] / 255)
        self._network.invoke()
        points = self._network.get_tensor(self._points).reshape(POINTS, 3)[:, :2]
        logit = float(self._network.get_tensor(self._score).ravel()[0])
        back = cv2.invertAffineTransform(motion)
        placed: np.ndarray = (points @ back[:, :2].T + back[:, 2]).astype(np.float32)
        return placed, float(1 / (1 + np.exp(-np.clip(logit, -50, 50))))


@engine(name="face-mesh", weights=("face-mesh",))
def load_face_mesh(files: dict[str, Path], device: Device, threads: int) -> Any:
    return FaceMesh(files["face-mesh"], threads)
