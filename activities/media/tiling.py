"""Cuts a picture that is too big for a network into overlapping tiles, and lays the results together without a seam."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the picture."""


@dataclass(frozen=True)
class Tile:
    """``shown``: what the network sees. ``kept``: the part of its result that is used. ``soft``: pixels at the left and
    the top of ``kept`` over which it fades into what lies there already (0, 0 at the picture's own edge)."""

    shown: Box
    kept: Box
    soft: tuple[int, int]


def tiles(width: int, height: int, step: int, context: int, fade: int = 0) -> Iterator[Tile]:
    """Tiles of ``step`` pixels, row by row; each is shown with ``context`` pixels more and kept with ``fade`` more."""
    for top in range(0, height, step):
        for left in range(0, width, step):
            box = (left, top, min(left + step, width), min(top + step, height))
            soft = (2 * fade if left else 0, 2 * fade if top else 0)
            yield Tile(_grown(box, context, width, height), _grown(box, fade, width, height), soft)


def count(width: int, height: int, step: int) -> int:
    """How many tiles there will be."""
    return -(-width // step) * -(-height // step)


def fade_mask(width: int, height: int, soft: tuple[int, int]) -> "np.ndarray":
    """Weights 0..1 (height x width, float32) that rise from the left and from the top over ``soft`` pixels."""
    across, down = (_ramp(size, length) for size, length in zip((width, height), soft, strict=True))
    weights: np.ndarray = down[:, None] * across[None, :]
    return weights


def _ramp(size: int, length: int) -> "np.ndarray":
    import numpy as np

    weights = np.ones(size, np.float32)
    length = min(length, size)
    weights[:length] = (np.arange(length) + 0.5) / max(1, length)
    return weights


def _grown(box: Box, margin: int, width: int, height: int) -> Box:
    left, top, right, bottom = box
    return max(0, left - margin), max(0, top - margin), min(width, right + margin), min(height, bottom + margin)
