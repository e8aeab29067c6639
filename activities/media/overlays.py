"""Finds what stands still on a video while everything else changes: logos, words of a channel, marks of any kind.

The median over time of the picture's gradient keeps the edges that are always there and loses those of what moves
(Dekel et al., "On the Effectiveness of Visible Watermarks", CVPR 2017). A scene that itself stands still hides a mark:
then nothing is found rather than too much.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .footage import Footage, pictures

if TYPE_CHECKING:
    import numpy as np

Box = tuple[int, int, int, int]
"""Left, top, width, height in pixels of the video."""
SIDE = 640
SAMPLES = 64
LEAST_SAMPLES = 8
EDGE, CONSTANT = 14.0, 0.62
"""Least gradient (0..255 a pixel) that is an edge; how much of its strength must be the same all the time."""
MOST_STILL = 0.12
"""Share of the frame that may be still edges; more is a scene that stands still."""
REACH = 0.018
"""Share of the frame's width over which edges belong together."""
LEAST, MOST = 0.0015, 0.2
"""Share of the frame that a mark takes."""
THICK = 0.1
"""Share of its box that a mark's edges cover."""
CALM = 0.35
"""A solid mark's change over the time, as a share of what is usual in the frame."""
FILLED = 0.3
"""Share of its box that a mark covers once its shapes are filled."""
BAR = 24
"""Lightness up to which a row or column is a black bar."""


@dataclass(frozen=True)
class Overlay:
    """A mark. ``box`` in pixels of the video; ``mask``: bool, its height x width, where its letters and shapes are."""

    box: Box
    mask: "np.ndarray"


def find_static(footage: Footage, threads: int) -> list[Overlay]:
    """What stands still on the whole of a video, the largest first; empty if the scene itself does not move."""
    import numpy as np

    scale = min(1.0, SIDE / max(footage.width, footage.height))
    size = (max(32, round(footage.width * scale)), max(32, round(footage.height * scale)))
    stack = np.stack(list(_samples(footage, size, threads)))
    if len(stack) < LEAST_SAMPLES:
        return []
    still = _still(stack)
    if still.mean() > MOST_STILL:
        return []
    found = [_enlarged(box, mask, footage, size) for box, mask in _parts(still)]
    return [overlay for overlay in found if overlay.mask.mean() >= FILLED]


def _samples(footage: Footage, size: tuple[int, int], threads: int) -> "Iterator[np.ndarray]":
    """About ``SAMPLES`` pictures, evenly spread over the time."""
    rate = min(float(footage.rate), SAMPLES / max(0.1, footage.duration))
    yield from pictures(footage, size, threads, rate=f"{rate:.6f}")


def _still(stack: "np.ndarray") -> "np.ndarray":
    """bool, H x W: the edges that are always the same in one of the colors, and what lies solid between them; without
    the rims of black bars. ``stack``: uint8, N x H x W x 3."""
    import numpy as np

    still = np.logical_or.reduce([_edges(stack[..., color]) for color in range(3)])
    bright = stack.max((0, 3))
    still[_rims(np.median(bright, 1) > BAR)] = False
    still[:, _rims(np.median(bright, 0) > BAR)] = False
    joined: np.ndarray = still | _calm(stack, still)
    return joined


def _edges(stack: "np.ndarray") -> "np.ndarray":
    """bool, H x W: where the gradient of one color is strong and the same at all times."""
    import cv2
    import numpy as np

    across, down = [], []
    for color in stack:
        smooth = cv2.GaussianBlur(color, (0, 0), 0.8).astype(np.float32)
        across.append(cv2.Scharr(smooth, cv2.CV_32F, 1, 0, scale=1 / 32).astype(np.float16))
        down.append(cv2.Scharr(smooth, cv2.CV_32F, 0, 1, scale=1 / 32).astype(np.float16))
    x, y = np.stack(across), np.stack(down)
    usual = np.hypot(np.median(x, 0).astype(np.float32), np.median(y, 0).astype(np.float32))
    strength = np.median(np.hypot(x.astype(np.float32), y.astype(np.float32)), 0)
    edges: np.ndarray = (usual >= EDGE / 4) & (usual >= CONSTANT * strength)
    return edges


def _calm(stack: "np.ndarray", still: "np.ndarray") -> "np.ndarray":
    """The insides of solid marks: they hardly change, and still edges are near."""
    import cv2
    import numpy as np

    spread = stack.astype(np.float32).std(0).max(2)
    reach = max(3, round(2 * REACH * still.shape[1]))
    near = cv2.dilate(still.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    calm = (spread < CALM * np.median(spread)) & (stack.max((0, 3)) > BAR)
    opened = cv2.morphologyEx(calm.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    solid: np.ndarray = (opened > 0) & near
    return solid


def _rims(shown: "np.ndarray") -> list[int]:
    """The rows (or columns) around which black bars end, and those at the frame's own rim."""
    import numpy as np

    borders = [0, len(shown) - 1, *(np.flatnonzero(np.diff(shown.astype(np.int8))) + 1).tolist()]
    return [at for border in borders for at in range(max(0, border - 3), min(len(shown), border + 3))]


def _parts(still: "np.ndarray") -> "list[tuple[Box, np.ndarray]]":
    """Edges that belong together as (box, mask) at the size of the samples, the largest first."""
    import cv2
    import numpy as np

    height, width = still.shape
    edges = cv2.morphologyEx(still.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    reach = max(3, round(REACH * width))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    together = cv2.dilate(edges, kernel)
    count, labels, _, _ = cv2.connectedComponentsWithStats(together)
    found = []
    for number in range(1, count):
        own = ((labels == number) & (edges > 0)).astype(np.uint8)
        rows, columns = np.flatnonzero(own.any(1)), np.flatnonzero(own.any(0))
        box = (int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
        share = box[2] * box[3] / (width * height)
        if LEAST <= share <= MOST and own.sum() >= THICK * box[2] * box[3]:
            found.append((box, own[box[1] : box[1] + box[3], box[0] : box[0] + box[2]]))
    return sorted(found, key=lambda part: -part[0][2] * part[0][3])


def _enlarged(box: Box, mask: "np.ndarray", footage: Footage, size: tuple[int, int]) -> Overlay:
    """In pixels of the video, the shapes filled and a little wider than seen."""
    import cv2
    import numpy as np

    factor = footage.width / size[0]
    left, top = int(box[0] * factor), int(box[1] * factor)
    right = min(footage.width, round((box[0] + box[2]) * factor))
    bottom = min(footage.height, round((box[1] + box[3]) * factor))
    closed = cv2.morphologyEx(np.pad(mask, 4), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))[4:-4, 4:-4]
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = cv2.drawContours(np.zeros_like(mask), outlines, -1, 1, cv2.FILLED)
    whole = cv2.resize(filled, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    return Overlay((left, top, right - left, bottom - top), whole > 0)
