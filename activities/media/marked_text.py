"""Finds words that stay on a video, by reading some of its pictures, and the signs of generated content among them."""

from collections.abc import Sequence
from typing import Any

from .footage import Footage, pictures
from .labels import says_generated
from .overlays import Box, Overlay

SIDE = 1280
LOOKS, FEW_LOOKS = 4, 2
"""Pictures that are read for words that stay, and for labels alone."""
STAYS = 0.5
"""Share of the pictures that were read in which words must stand to be called a mark."""
SAME = 0.4
"""Overlap (intersection over union) from which two boxes are the same words."""


class Words:
    """What an engine ``ocr`` read in some pictures of a video; boxes in the video's pixels."""

    def __init__(self, footage: Footage, reader: Any, threads: int, looks: int = LOOKS) -> None:
        self._footage = footage
        scale = min(1.0, SIDE / max(footage.width, footage.height))
        size = (max(16, round(footage.width * scale)), max(16, round(footage.height * scale)))
        rate = min(float(footage.rate), looks / max(0.1, footage.duration))
        self.looks = 0
        self._lines: list[tuple[int, str, Box]] = []
        for frame in pictures(footage, size, threads, rate=f"{rate:.6f}"):
            for line in reader.find(frame):
                left, top, width, height = (length / scale for length in line.box)
                box = (int(left), int(top), max(1, round(width)), max(1, round(height)))
                self._lines.append((self.looks, line.text, box))
            self.looks += 1

    def marks(self) -> list[Overlay]:
        """Words that stand at the same place in half of the pictures; all of their boxes is filled."""
        found: list[Overlay] = []
        for _, _, box in self._lines:
            here = {look for look, _, other in self._lines if overlap(box, other) >= SAME}
            if len(here) >= max(2, STAYS * self.looks) and all(overlap(box, each.box) < SAME for each in found):
                found.append(whole(self._footage, box))
        return found

    def labels(self) -> list[Box]:
        """Where a sign says that the content was generated."""
        return [box for _, text, box in self._lines if says_generated(text)]


def whole(footage: Footage, box: Box) -> Overlay:
    """A mark that fills its box, cut to the frame."""
    import numpy as np

    left, top = min(max(0, box[0]), footage.width - 1), min(max(0, box[1]), footage.height - 1)
    width, height = min(box[2], footage.width - left), min(box[3], footage.height - top)
    return Overlay((left, top, width, height), np.ones((height, width), bool))


def without(overlays: Sequence[Overlay], kept: Sequence[Box]) -> list[Overlay]:
    """The marks that touch none of the boxes to keep."""
    return [each for each in overlays if not any(_shared(each.box, box) for box in kept)]


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    shared = _shared(one, other)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def _shared(one: Box, other: Box) -> int:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0, across) * max(0, down)
