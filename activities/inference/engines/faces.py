"""The engine that finds faces: BlazeFace (arXiv:1907.05047) over a pyramid of overlapping squares, upright and turned.

One network looks everywhere and says yes easily; what it is not sure of is shown closely to a second one.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np

FULL, SHORT = 192, 128
"""Sides of the squares that the two networks see."""
SURE, LIKELY = 0.9, 0.4
"""Scores: believed at once, worth a second look."""
CONFIRMED = (0.5, 0.7, 0.7, 0.7)
"""Believed after it, by quarter turns: few faces lie on their side, and much looks like one there."""
VOTES = 3
"""Squares that must have seen what is not sure: a face is in several, chance seldom."""
LEAST = 12.0
"""Pixels of a box's side, below which a face is nobody's."""
SMALLEST_SQUARE = 100
"""Pixels: below it a face would have fewer than a dozen."""
FINEST = 32
"""The smallest squares are no smaller a part of the picture's side than this: 50 MP would take minutes."""
TURNS = (0, 1, 3, 2)
"""Quarter turns against the clock in which the large squares are looked at."""
TURNED_LEVELS = 3
SAME = 0.35
"""Overlap (intersection over union) from which two boxes are one face."""


@dataclass(frozen=True)
class Face:
    """``box``: left, top, width, height in pixels, from brow to chin; ``score`` 0..1; ``turn``: quarter turns, 0..3;
    ``votes``: in how many squares it was seen."""

    box: tuple[float, float, float, float]
    score: float
    turn: int = 0
    votes: int = 1


class _Detector:
    """One BlazeFace network: a square picture in, boxes around its anchors out."""

    def __init__(self, path: Path, side: int, anchors: "np.ndarray", threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._side = side
        self._anchors = anchors
        self._network = Interpreter(str(path), num_threads=threads)
        self._network.allocate_tensors()
        self._input = self._network.get_input_details()[0]["index"]
        self._outputs = {int(each["shape"][-1]): each["index"] for each in self._network.get_output_details()}

    def look(self, square: "np.ndarray", least: float) -> "list[tuple[np.ndarray, float]]":
        """Boxes (left, top, width, height as shares of the square) with scores of ``least`` or more."""
        import cv2
        import numpy as np

        small = cv2.resize(square, (self._side, self._side), interpolation=cv2.INTER_AREA)
        self._network.set_tensor(self._input, small.astype(np.float32)[None] / 127.5 - 1)
        self._network.invoke()
        raw = self._network.get_tensor(self._outputs[16])[0]
        scores = 1 / (1 + np.exp(-self._network.get_tensor(self._outputs[1])[0, :, 0].clip(-50, 50)))
        kept = np.flatnonzero(scores >= least)
        sizes = raw[kept, 2:4] / self._side
        corners = raw[kept, :2] / self._side + self._anchors[kept] - sizes / 2
        return [(np.hstack(pair), float(scores[at])) for at, *pair in zip(kept, corners, sizes, strict=True)]


class Faces:
    """``detect`` finds every face that has some twelve pixels or more across."""

    label = "BlazeFace"
    bytes = 30_000_000

    def __init__(self, full: _Detector, short: _Detector) -> None:
        self._full = full
        self._short = short

    def detect(self, rgb: "np.ndarray") -> list[Face]:
        """Faces of a picture (uint8, H x W x 3), the surest first, each once."""
        found: list[Face] = []
        for level, square in enumerate(_levels(max(rgb.shape[:2]))):
            for left, top in _places(rgb.shape[1], rgb.shape[0], square):
                piece = _piece(rgb, left, top, square)
                for turn in TURNS if level < TURNED_LEVELS else TURNS[:1]:
                    found += self._in_square(piece, left, top, turn)
        return self._believed(rgb, _distinct(found))

    def _in_square(self, piece: "np.ndarray", left: int, top: int, turn: int) -> list[Face]:
        import numpy as np

        side = piece.shape[0]
        faces = []
        for box, score in self._full.look(np.ascontiguousarray(np.rot90(piece, -turn)), LIKELY):
            x, y, width, height = _turned(box * side, side, turn)
            if min(width, height) >= LEAST:
                faces.append(Face((x + left, y + top, width, height), score, turn))
        return faces

    def _believed(self, rgb: "np.ndarray", faces: list[Face]) -> list[Face]:
        """The sure ones, and those that the second network sees too when it is brought near."""
        import numpy as np

        believed = []
        for face in faces:
            left, top, width, height = face.box
            side = round(max(width, height) * 1.8)
            corner = (round(left + width / 2 - side / 2), round(top + height / 2 - side / 2))
            near = np.ascontiguousarray(np.rot90(_piece(rgb, *corner, side), -face.turn))
            seen = max((score for _, score in self._short.look(near, 0.05)), default=0.0)
            if face.score >= SURE or (face.votes >= VOTES and max(face.score, seen) >= CONFIRMED[face.turn]):
                believed.append(replace(face, score=max(face.score, seen)))
        return believed


def _levels(longest: int) -> list[int]:
    """Sides of the squares, each half of the one before; the first holds the whole picture."""
    levels = [longest]
    while levels[-1] // 2 >= max(SMALLEST_SQUARE, longest // FINEST):
        levels.append(levels[-1] // 2)
    return levels


def _places(width: int, height: int, square: int) -> list[tuple[int, int]]:
    """Upper left corners of squares that overlap by half; a picture narrower than a square is centered in it."""

    def along(length: int) -> list[int]:
        if length <= square:
            return [(length - square) // 2]
        count = -(-(length - square) // (square // 2)) + 1
        return [round(at * (length - square) / (count - 1)) for at in range(count)]

    return [(left, top) for top in along(height) for left in along(width)]


def _piece(rgb: "np.ndarray", left: int, top: int, side: int) -> "np.ndarray":
    """The square of the picture, grey where it reaches beyond."""
    import numpy as np

    piece = np.full((side, side, 3), 127, np.uint8)
    above, before = max(0, top), max(0, left)
    inside = rgb[above : top + side, before : left + side]
    piece[above - top : above - top + inside.shape[0], before - left : before - left + inside.shape[1]] = inside
    return piece


def _turned(box: "np.ndarray", side: int, turn: int) -> tuple[float, float, float, float]:
    """A box of a square that was turned clockwise by ``turn`` quarters, in the square as it was."""
    x, y, width, height = (float(each) for each in box)
    for _ in range(turn):
        x, y, width, height = y, side - x - width, height, width
    return x, y, width, height


def _distinct(faces: list[Face]) -> list[Face]:
    """Each face once: the box that is surest stands for all that overlap it or lie within it."""
    import numpy as np

    if not faces:
        return []
    ordered = sorted(faces, key=lambda face: -face.score)
    boxes = np.array([face.box for face in ordered])
    areas = boxes[:, 2] * boxes[:, 3]
    left = np.ones(len(ordered), bool)
    kept = []
    for at, face in enumerate(ordered):
        if not left[at]:
            continue
        low = np.maximum(boxes[at, :2], boxes[:, :2])
        high = np.minimum(boxes[at, :2] + boxes[at, 2:], boxes[:, :2] + boxes[:, 2:])
        common = np.prod((high - low).clip(0), 1)
        union = areas[at] + areas - common
        same = left & ((common / union >= SAME) | (common / np.minimum(areas, areas[at]) >= 0.7))
        kept.append(replace(face, votes=int(same.sum())))
        left &= ~same
    return kept


def _grid(cells: int, anchors: int) -> "np.ndarray":
    """Centers of ``cells`` x ``cells``, each ``anchors`` times, as shares of the square."""
    import numpy as np

    steps = (np.arange(cells, dtype=np.float32) + 0.5) / cells
    across, down = np.meshgrid(steps, steps)
    centers: np.ndarray = np.repeat(np.stack([across.ravel(), down.ravel()], 1), anchors, 0)
    return centers


@engine(name="faces", weights=("face-full-range", "face-short-range"))
def load_faces(files: dict[str, Path], device: Device, threads: int) -> Any:
    import numpy as np

    near = np.vstack([_grid(16, 2), _grid(8, 6)])
    full = _Detector(files["face-full-range"], FULL, _grid(48, 1), threads)
    return Faces(full, _Detector(files["face-short-range"], SHORT, near, threads))
