"""What an engine that paints is asked and what it answers, whatever its checkpoint is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

Tell = Callable[[float], None]
"""Gets the share that is done, 0..1, between any two steps; what it raises ends the painting there."""
Show = Callable[["np.ndarray"], None]
"""Gets what is there of a picture between two steps: uint8 RGB, H x W x 3, small."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One picture that is wanted, ``width`` x ``height`` pixels. Arrays are uint8.

    ``image`` (H x W x 3): begin from it instead of noise; ``strength`` is 0 to keep it, 1 to keep nothing.
    ``mask`` (H x W, of ``image``): paint only where it is not 0; the rest comes back as it was.
    ``guide`` (H x W x 3): lines, depth or a pose that a ControlNet follows; read only where the checkpoint has one.
    ``steps`` and ``guidance`` (how closely the words are followed): 0 is what the checkpoint's owner set.
    """

    prompt: str
    width: int
    height: int
    negative: str = ""
    seed: int = 0
    steps: int = 0
    guidance: float = 0.0
    image: "np.ndarray | None" = None
    mask: "np.ndarray | None" = None
    strength: float = 0.6
    guide: "np.ndarray | None" = None


class Painter(Protocol):
    """Paints. ``label`` names it to users; ``guided`` says whether it reads ``Scene.guide``."""

    @property
    def label(self) -> str: ...

    @property
    def guided(self) -> bool: ...

    def paint(self, scene: Scene, tell: Tell) -> "np.ndarray":
        """The picture: uint8, height x width x 3; the same for the same scene. Raises ``CheckpointUnusable``."""
        ...
