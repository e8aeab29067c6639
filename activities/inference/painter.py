"""The checkpoint of the settings as a tool sees it: the engine of its folder, with its owner's habits."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from activities.painting.scene import Scene, Tell

from .checkpoints import CheckpointFiles

if TYPE_CHECKING:
    import numpy as np

GetEngine = Callable[[str, dict[str, Path]], Any]


class CheckpointPainter:
    """A ``Painter``. The engine is loaded by the first painting."""

    def __init__(self, files: CheckpointFiles, get: GetEngine) -> None:
        self.label = files.name
        self.guided = files.controlnet is not None
        self._files = files
        self._get = get

    def paint(self, scene: Scene, tell: Tell) -> "np.ndarray":
        """As ``Painter.paint``."""
        files = {"checkpoint": self._files.folder}
        if self._files.controlnet is not None:
            files["controlnet"] = self._files.controlnet
        engine = self._get("diffusion", files)
        engine.adapt(self._files.adapters)
        steps, guidance = scene.steps or self._files.steps, scene.guidance or self._files.guidance
        painted: np.ndarray = engine.paint(replace(scene, steps=steps, guidance=guidance), tell, self._files.scheduler)
        return painted
