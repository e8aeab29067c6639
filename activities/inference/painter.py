"""The checkpoint of the settings as a tool sees it: the engine of its folder, with its owner's habits."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from activities.painting.scene import Scene, Show, Tell

from .checkpoints import CheckpointFiles

if TYPE_CHECKING:
    import numpy as np

GetEngine = Callable[[str, dict[str, Path]], Any]


class CheckpointPainter:
    """A ``Painter``. The engine is loaded by the first painting; ``show`` sees what is there meanwhile."""

    def __init__(self, files: CheckpointFiles, get: GetEngine, show: Show | None = None) -> None:
        self.label = files.name
        self.guided = files.controlnet is not None
        self._files = files
        self._get = get
        self._show = show

    def paint(self, scene: Scene, tell: Tell) -> "np.ndarray":
        """As ``Painter.paint``."""
        files = {"checkpoint": self._files.folder}
        if self._files.controlnet is not None:
            files["controlnet"] = self._files.controlnet
        engine = self._get("diffusion", files)
        engine.adapt(self._files.adapters)
        steps, guidance = scene.steps or self._files.steps, scene.guidance or self._files.guidance
        wanted = replace(scene, steps=steps, guidance=guidance)
        painted: np.ndarray = engine.paint(wanted, tell, self._files.scheduler, self._show)
        return painted
