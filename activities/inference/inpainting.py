"""The inpainting network of the settings: where its file lies, and how a tool sees it. torch is not imported here."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from models.errors import CheckpointUnusable
from models.settings import Inpainting, InpaintingKind

from .weights import Weights

if TYPE_CHECKING:
    import numpy as np

ENGINE = "inpainting"
GetEngine = Callable[[str, dict[str, Path]], Any]


class InpaintingFile(BaseModel):
    """A network on this machine. ``kind`` says how it is asked (``engines/inpainting.py``)."""

    model_config = ConfigDict(frozen=True)

    name: str
    path: Path
    kind: InpaintingKind

    @property
    def files(self) -> dict[str, Path]:
        """What the engine is loaded from."""
        return {self.kind: self.path}


def fetch_network(setting: Inpainting, weights: Weights) -> InpaintingFile:
    """The file of the settings or of the manifest, fetched if need be (may block for long).

    Raises ``CheckpointUnusable`` where there is none, ``WeightsUnavailable`` for what a network did not bring.
    """
    listed = setting.source in weights.names()
    path = weights.ensure(setting.source) if listed else Path(setting.source).absolute()
    if not path.is_file():
        raise CheckpointUnusable(checkpoint=setting.name, reason=f"there is no file {setting.source}")
    return InpaintingFile(name=setting.name, path=path, kind=setting.kind)


class NetworkFiller:
    """A ``Network`` of ``activities/media/filling.py``. The engine is loaded by the first hole."""

    def __init__(self, file: InpaintingFile, get: GetEngine) -> None:
        self.label = file.name
        self._file = file
        self._get = get

    def fill(self, rgb: "np.ndarray", hole: "np.ndarray") -> "np.ndarray":
        """As ``Network.fill``; raises ``CheckpointUnusable``."""
        filled: np.ndarray = self._get(ENGINE, self._file.files).fill(rgb, hole)
        return filled
