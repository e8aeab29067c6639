"""What detectors find in a picture, as tools see it: whoever found it."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np


class Line(Protocol):
    """A line of text. ``quad``: float32, 4 x 2 (x, y in pixels), clockwise from its upper left; ``score`` 0..1."""

    @property
    def quad(self) -> "np.ndarray": ...

    @property
    def text(self) -> str: ...

    @property
    def score(self) -> float: ...

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width, height in pixels."""
        ...


class Somebody(Protocol):
    """``box`` in pixels; ``corner`` (left, top) and ``share`` (float32 0..1, h x w): which pixels are the person's."""

    @property
    def box(self) -> tuple[float, float, float, float]: ...

    @property
    def score(self) -> float: ...

    @property
    def corner(self) -> tuple[int, int]: ...

    @property
    def share(self) -> "np.ndarray | None": ...
