"""Follows what is found in some pictures of a video through those between, so that none shows it uncovered.

Detectors look at every few pictures and wherever the scene changes. Between two looks a box moves straight; before the
first and after the last look that saw it, it stays for as long as nobody has looked again, and a look that misses it
once or twice does not lose it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels."""

THUMB = (48, 27)
CHANGE = 10.0
"""Mean grey levels between the thumbnails of two pictures, from which the scene is another."""
PATIENCE = 3
"""Looks that may miss something in the middle of its path."""
NEAR = 0.6
"""By how much of its own size a thing moves from one look to the next, at most."""


@dataclass
class _Path:
    """Where one thing was seen: numbers of pictures, ascending, and its boxes there."""

    kind: str
    pictures: list[int] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Trail:
    """A thing and its box in each picture from ``first`` on."""

    kind: str
    first: int
    boxes: list[Box]


Find = Callable[["np.ndarray"], list[tuple[str, Box]]]
"""What is in a picture (uint8, H x W x 3): kinds and boxes."""


def follow(pictures: "Iterable[np.ndarray]", find: Find, every: int) -> list[Trail]:
    """Trails of all that ``find`` sees; it is asked at least once in ``every`` pictures."""
    looks: list[int] = []
    paths: list[_Path] = []
    count = 0
    held: np.ndarray | None = None
    thumb: np.ndarray | None = None
    for number, picture in enumerate(pictures):
        now = _thumb(picture)
        cut = thumb is not None and _differs(now, thumb)
        if cut and held is not None and looks[-1] != number - 1:
            _look(paths, looks, number - 1, find(held))
        if number % every == 0 or cut:
            _look(paths, looks, number, find(picture), fresh=cut)
        held, thumb, count = picture, now, number + 1
    if held is not None and looks[-1] != count - 1:
        _look(paths, looks, count - 1, find(held))
    return [_trail(path, looks, count) for path in paths]


def _thumb(picture: "np.ndarray") -> "np.ndarray":
    import cv2
    import numpy as np

    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), THUMB, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.int16)


def _differs(one: "np.ndarray", other: "np.ndarray") -> bool:
    import numpy as np

    return bool(np.abs(one - other).mean() >= CHANGE)


def _look(paths: list[_Path], looks: list[int], number: int, found: list[tuple[str, Box]], fresh: bool = False) -> None:
    """Add what a look found to the paths that it continues, and begin others; after a cut nothing is continued."""
    looks.append(number)
    now = len(looks) - 1
    open_ = [] if fresh else [path for path in paths if now - path.looks[-1] <= PATIENCE]
    for kind, box in found:
        near = [
            (_distance(path.boxes[-1], box) / (now - path.looks[-1]), at)
            for at, path in enumerate(open_)
            if path.kind == kind
        ]
        distance, at = min(near, default=(inf, -1))
        path = open_.pop(at) if distance <= NEAR else _Path(kind)
        if not path.looks:
            paths.append(path)
        path.pictures.append(number)
        path.boxes.append(box)
        path.looks.append(now)


def _distance(one: Box, other: Box) -> float:
    """Between the middles, by the mean of both sizes; infinite for boxes of very different size."""
    size = (one[2] + one[3] + other[2] + other[3]) / 4
    across = one[0] + one[2] / 2 - other[0] - other[2] / 2
    down = one[1] + one[3] / 2 - other[1] - other[3] / 2
    ratio = (one[2] + one[3]) / (other[2] + other[3])
    return (across**2 + down**2) ** 0.5 / size if 0.5 < ratio < 2 else inf


def _trail(path: _Path, looks: list[int], count: int) -> Trail:
    """Boxes in every picture from after the look before the first sight to before the look after the last."""
    import numpy as np

    first = looks[path.looks[0] - 1] + 1 if path.looks[0] else 0
    last = looks[path.looks[-1] + 1] - 1 if path.looks[-1] + 1 < len(looks) else count - 1
    numbers = np.arange(first, last + 1)
    sides = [np.interp(numbers, path.pictures, side) for side in zip(*path.boxes, strict=True)]
    return Trail(
        path.kind, first, [(float(x), float(y), float(w), float(h)) for x, y, w, h in zip(*sides, strict=True)]
    )
