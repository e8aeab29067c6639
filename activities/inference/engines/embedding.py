"""The engine that describes pictures by vectors: equal scenes give near vectors, whatever their size or compression."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

SIDE = 160
BATCH = 8
"""Faster than 1 and than 32 on a CPU: the feature maps still fit its caches."""
BYTES = 120_000_000


class Embedding:
    """``embed`` turns pictures into unit vectors; their dot product is the cosine likeness, 1 = alike."""

    label = "EfficientNet-lite0"
    bytes = BYTES

    def __init__(self, network: "nn.Module", place: str) -> None:
        self._network = network
        self._place = place

    def embed(self, pictures: "list[np.ndarray]") -> "np.ndarray":
        """RGB uint8 arrays (H x W x 3, any size; they are squeezed to a square of SIDE) -> float32, n x 1280."""
        import cv2
        import numpy as np
        import torch

        rows = []
        with torch.inference_mode():
            for start in range(0, len(pictures), BATCH):
                small = [
                    cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
                    for picture in pictures[start : start + BATCH]
                ]
                x = torch.from_numpy(np.stack(small)).to(self._place).permute(0, 3, 1, 2)
                vectors = self._network((x.float() - 127) / 128)
                rows.append(torch.nn.functional.normalize(vectors).cpu().numpy())
        return np.concatenate(rows)


@engine(name="embedding", weights=("efficientnet-lite0",))
def load(files: dict[str, Path], device: Device, threads: int) -> Any:
    """EfficientNet-lite0 with its batch norms folded into the convolutions, in the layout that is fastest on a CPU."""
    import torch

    from .efficientnet_lite import EfficientNetLite, fold_norms

    torch.set_num_threads(threads)
    network = EfficientNetLite()
    state = torch.load(files["efficientnet-lite0"], map_location="cpu", weights_only=True)
    network.load_state_dict({key: value for key, value in state.items() if not key.startswith("_fc.")})
    folded = fold_norms(network.eval()).to(device.kind).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Embedding(folded, device.kind)
