"""The engine that finds people and says which pixels are theirs: NanoDet's boxes, each looked at by BlazePose.

NanoDet (RangiLyu, COCO's 80 classes) answers with a score a class and a distribution over eleven distances a side, as
Generalized Focal Loss has it (arXiv:2006.04388). Of what it sees, BlazePose (arXiv:2006.10204) says from
a square around a person whether there is one, and which pixels are that one's.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..onnx_sessions import open_session
from ..registry import engine
from .embedding import Embedding, load_embedding

if TYPE_CHECKING:
    import numpy as np
    from onnxruntime import InferenceSession

SIDE = 416
STRIDES = (8, 16, 32)
DISTANCES = 11
PERSON = 0
"""The first of COCO's classes."""
MEAN, DEVIATION = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)
"""Of blue, green, red."""
LIKELY, BELIEVED = 0.25, 0.4
"""NanoDet's scores from which a box is brought near for a second look, and believed, then or at once."""
NEARER = (1.6, 2.4)
"""Sides of the squares of a second look, by the longer side of the box."""
SURE = 0.5
"""BlazePose's score from which there is a person."""
NATURE = (*range(398), *range(924, 970), *range(984, 999))
"""ImageNet's animals, fruit and dishes, and flowers and mushrooms: seen close they may look like somebody."""
CLEARLY = 0.3
"""Chance of one of them from which it is no person."""
PART, WHOLE = 0.3, 0.85
"""Shares of a pixel from which it may be, and is, somebody's."""
COMPLETED_SIDE, NEAR = 220, 25
"""Pixels of the side in which a mask is completed, and how wide around it."""
POSE_SIDE = 256
AROUND = 1.25
"""Side of the square that BlazePose sees by the longer side of the box, as it was trained."""
SAME = 0.55
"""Overlap (intersection over union) from which two boxes are one person."""
WITHIN = 0.8
"""Share of a box inside of a larger, surer one from which it is a part of the same person."""


@dataclass(frozen=True)
class Person:
    """``box``: left, top, width, height in pixels; ``score`` 0..1; ``human`` is False for what only may look so.

    ``corner`` (left, top) and ``share`` (float32 0..1, h x w): how much of each pixel around there is the person's.
    """

    box: tuple[float, float, float, float]
    score: float
    human: bool = True
    corner: tuple[int, int] = (0, 0)
    share: "np.ndarray | None" = field(default=None, repr=False, compare=False)


class _Poses:
    """BlazePose: a square picture in; whether somebody is there, and a mask."""

    def __init__(self, path: Path, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._network = Interpreter(str(path), num_threads=threads)
        self._network.allocate_tensors()
        self._input = self._network.get_input_details()[0]["index"]
        self._outputs = {tuple(each["shape"]): each["index"] for each in self._network.get_output_details()}

    def look(self, square: "np.ndarray") -> "tuple[float, np.ndarray]":
        """Score 0..1 and mask (float32 0..1) of a picture of POSE_SIDE (uint8, RGB)."""
        import numpy as np

        self._network.set_tensor(self._input, square.astype(np.float32)[None] / 255)
        self._network.invoke()
        logits = self._network.get_tensor(self._outputs[1, POSE_SIDE, POSE_SIDE, 1])[0, :, :, 0]
        mask: np.ndarray = 1 / (1 + np.exp(-logits.clip(-30, 30)))
        return float(self._network.get_tensor(self._outputs[1, 1])[0, 0]), mask.astype(np.float32)


class People:
    """``find`` says where people are."""

    label = "NanoDet + BlazePose"
    bytes = 210_000_000

    def __init__(self, session: "InferenceSession", poses: _Poses, kinds: Embedding) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._poses = poses
        self._kinds = kinds

    def find(self, rgb: "np.ndarray") -> list[Person]:
        """People in a picture (uint8, H x W x 3), from left to right; looked for in the whole and in its parts."""
        height, width = rgb.shape[:2]
        found = self._look(rgb, 0, 0, width, height)
        for left, top, side in _squares(width, height):
            near = self._look(rgb, left, top, side, side)
            found += [person for person in near if not _cut(person, left, top, side, width, height)]
        likely = [each for each in _distinct(found) if each.human and self._is_confirmed(rgb, each)]
        looked_at = [self._cut_out(rgb, each) for each in likely]
        people = [each for each in looked_at if each.score >= SURE and not self._is_nature(rgb, each)]
        return sorted(people, key=lambda person: person.box[0])

    def _is_confirmed(self, rgb: "np.ndarray", person: Person) -> bool:
        """Whether NanoDet believes it, or does so when it sees it in the middle of a square."""
        if person.score >= BELIEVED:
            return True
        x, y, across, down = person.box
        for wider in NEARER:
            side = max(SIDE // 6, round(wider * max(across, down)))
            left, top = max(0, round(x + (across - side) / 2)), max(0, round(y + (down - side) / 2))
            size = min(side, rgb.shape[1] - left), min(side, rgb.shape[0] - top)
            near = max(
                self._look(rgb, left, top, *size), key=lambda each: _one(each, person) * each.score, default=None
            )
            if near is not None and near.human and near.score >= BELIEVED and _one(near, person):
                return True
        return False

    def _is_nature(self, rgb: "np.ndarray", person: Person) -> bool:
        """Whether a box rather holds an animal or a plant."""
        left, top = (max(0, int(each)) for each in person.box[:2])
        right, below = left + int(person.box[2]) + 1, top + int(person.box[3]) + 1
        chances = self._kinds.classify([rgb[top:below, left:right]])[0][list(NATURE)]
        return bool(chances.max() >= CLEARLY)

    def _cut_out(self, rgb: "np.ndarray", person: Person) -> Person:
        """The person with BlazePose's score and mask."""
        import cv2
        import numpy as np

        x, y, width, height = person.box
        scale = POSE_SIDE / (AROUND * max(width, height))
        motion = np.array([[scale, 0, 128 - (x + width / 2) * scale], [0, scale, 128 - (y + height / 2) * scale]])
        reach = AROUND * max(width, height) / 2
        left, top = max(0, int(x + width / 2 - reach)), max(0, int(y + height / 2 - reach))
        right = min(rgb.shape[1], int(x + width / 2 + reach) + 1)
        below = min(rgb.shape[0], int(y + height / 2 + reach) + 1)
        piece = rgb[top:below, left:right]
        motion[:, 2] += scale * np.array([left, top])
        score, mask = self._poses.look(_shrunk(piece, motion))
        share = cv2.warpAffine(mask, motion, (right - left, below - top), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        person = replace(person, score=score, corner=(left, top), share=share)
        return replace(person, share=_completed(piece, person)) if score >= SURE else person

    def _look(self, rgb: "np.ndarray", left: int, top: int, width: int, height: int) -> list[Person]:
        import cv2
        import numpy as np

        small = cv2.resize(rgb[top : top + height, left : left + width], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        planes = (small[:, :, ::-1].astype(np.float32) - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
        answers = self._session.run(None, {self._input: np.ascontiguousarray(planes.transpose(2, 0, 1)[None])})
        by_shape = {answer.shape[1:]: answer[0] for answer in answers}
        scale = np.array([width / SIDE, height / SIDE] * 2)
        found = []
        for stride in STRIDES:
            cells = SIDE // stride
            scores = by_shape[(cells * cells, 80)]
            kinds, best = scores.argmax(1), np.flatnonzero(scores.max(1) >= LIKELY)
            spread = by_shape[(cells * cells, 4 * DISTANCES)][best].reshape(-1, 4, DISTANCES)
            chances = np.exp(spread - spread.max(-1, keepdims=True))
            reach = (chances / chances.sum(-1, keepdims=True) * np.arange(DISTANCES)).sum(-1) * stride
            for at, (before, above, after, below) in zip(best, reach, strict=True):
                x, y = (at % cells + 0.5) * stride, (at // cells + 0.5) * stride
                box = np.array([x - before, y - above, before + after, above + below]) * scale
                placed = (float(box[0]) + left, float(box[1]) + top, float(box[2]), float(box[3]))
                found.append(Person(placed, float(scores[at, kinds[at]]), bool(kinds[at] == PERSON)))
        return found


def _shrunk(piece: "np.ndarray", motion: "np.ndarray") -> "np.ndarray":
    """The square that ``motion`` shows, smoothed where it shrinks; black beside the picture."""
    import cv2

    scale = float(motion[0, 0])
    if scale < 1:
        size = (max(1, round(piece.shape[1] * scale)), max(1, round(piece.shape[0] * scale)))
        piece = cv2.resize(piece, size, interpolation=cv2.INTER_AREA)
        motion = motion.copy()
        motion[:, :2] = [[1, 0], [0, 1]]
    square: np.ndarray = cv2.warpAffine(piece, motion, (POSE_SIDE, POSE_SIDE), flags=cv2.INTER_LINEAR)
    return square


def _completed(piece: "np.ndarray", person: Person) -> "np.ndarray":
    """The mask with what BlazePose left out though it is of the same colors: a dark sleeve, a leg (GrabCut,
    doi:10.1145/1015706.1015720). ``piece`` is the picture under the mask; nothing beyond the box is added."""
    import cv2
    import numpy as np

    share = person.share
    assert share is not None
    height, width = share.shape
    factor = min(1.0, COMPLETED_SIDE / max(height, width))
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    small = cv2.resize(share, size, interpolation=cv2.INTER_AREA)
    x, y, across, down = (each * factor for each in person.box)
    x, y = x - person.corner[0] * factor, y - person.corner[1] * factor
    edge = 0.03 * max(across, down)
    near = cv2.dilate((small > PART).astype(np.uint8), np.ones((NEAR, NEAR), np.uint8)) > 0
    boxed = np.zeros(small.shape, bool)
    boxed[max(0, round(y - edge)) : round(y + down + edge), max(0, round(x - edge)) : round(x + across + edge)] = True
    trimap = np.where(boxed & near, cv2.GC_PR_BGD, cv2.GC_BGD).astype(np.uint8)
    trimap[small > PART] = cv2.GC_PR_FGD
    trimap[small > WHOLE] = cv2.GC_FGD
    if not (small > WHOLE).any() or not (trimap == cv2.GC_BGD).any():
        return share
    cv2.setRNGSeed(0)
    colors, others = np.zeros((1, 65)), np.zeros((1, 65))
    bgr = np.ascontiguousarray(cv2.resize(piece, size, interpolation=cv2.INTER_AREA)[:, :, ::-1])
    cv2.grabCut(bgr, trimap, (0, 0, 1, 1), colors, others, 3, cv2.GC_INIT_WITH_MASK)
    added = ((trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)).astype(np.float32)
    whole: np.ndarray = cv2.resize(added, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.maximum(share, whole))


def _squares(width: int, height: int) -> list[tuple[int, int, int]]:
    """Left, top and side of squares that overlap by half; of the shorter side, then half of it where that is large."""
    squares = []
    shorter = min(width, height)
    for side in (shorter, shorter // 2):
        if side >= SIDE * 3 // 4 or (side == shorter and width != height):
            across, down = (max(1, -(-2 * (length - side) // side) + 1) for length in (width, height))
            for row in range(down):
                for column in range(across):
                    left = round(column * (width - side) / max(1, across - 1))
                    top = round(row * (height - side) / max(1, down - 1))
                    squares.append((left, top, side))
    return squares


def _cut(person: Person, left: int, top: int, side: int, width: int, height: int) -> bool:
    """Whether the square's edge, and not the picture's, cuts the person: another square sees them whole."""
    x, y, across, down = person.box
    rim = side / 50
    return (
        (x < left + rim and left > 0)
        or (y < top + rim and top > 0)
        or (x + across > left + side - rim and left + side < width)
        or (y + down > top + side - rim and top + side < height)
    )


def _distinct(people: list[Person]) -> list[Person]:
    """Each once: a surer box stands for those that overlap it much, be it a cat's, and a person's for its parts."""
    kept: list[Person] = []
    for person in sorted(people, key=lambda each: -each.score):
        if not any(_one(person, other) for other in kept):
            kept.append(person)
    return kept


def _one(less: Person, surer: Person) -> bool:
    one, other = less.box, surer.box
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(0.0, across) * max(0.0, down)
    areas = one[2] * one[3], other[2] * other[3]
    return common / (areas[0] + areas[1] - common) >= SAME or (
        less.human and surer.human and common / min(areas) >= WITHIN
    )


@engine(name="people", weights=("nanodet", "person-pose", "efficientnet-lite0"))
def load_people(files: dict[str, Path], device: Device, threads: int) -> Any:
    kinds: Embedding = load_embedding(files, device, threads)
    return People(open_session(files["nanodet"], device, threads), _Poses(files["person-pose"], threads), kinds)
