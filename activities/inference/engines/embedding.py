"""The engine that describes pictures by vectors: equal scenes give near vectors, whatever their size or compression."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import nn

SIDE, CLASSES_SIDE = 160, 224
"""Of the squares for vectors, where it is enough, and for classes."""
BATCH = 8
"""Faster than 1 and than 32 on a CPU: the feature maps still fit its caches."""
BYTES = 120_000_000


class Embedding:
    """``embed`` turns pictures into unit vectors; their dot product is the cosine likeness, 1 = alike."""

    label = "EfficientNet-lite0"
    bytes = BYTES

    def __init__(self, network: "nn.Module", head: "nn.Module", place: str) -> None:
        self._network = network
        self._head = head
        self._place = place

    def embed(self, pictures: "list[np.ndarray]") -> "np.ndarray":
        """RGB uint8 arrays (H x W x 3, any size; they are squeezed to a square of SIDE) -> float32, n x 1280."""
        import torch

        with torch.inference_mode():
            vectors: np.ndarray = torch.nn.functional.normalize(self._features(pictures, SIDE)).cpu().numpy()
        return vectors

    def classify(self, pictures: "list[np.ndarray]") -> "np.ndarray":
        """The same pictures -> float32, n x 1000: how likely each of ImageNet's classes is. 0 to 397 are animals."""
        import torch

        with torch.inference_mode():
            features = self._features(pictures, CLASSES_SIDE)
            chances: np.ndarray = self._head(features).softmax(1).cpu().numpy()
        return chances

    def _features(self, pictures: "list[np.ndarray]", side: int) -> "torch.Tensor":
        import cv2
        import numpy as np
        import torch

        rows = []
        for start in range(0, len(pictures), BATCH):
            small = [
                cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
                for picture in pictures[start : start + BATCH]
            ]
            x = torch.from_numpy(np.stack(small)).to(self._place).permute(0, 3, 1, 2)
            rows.append(self._network((x.float() - 127) / 128))
        return torch.cat(rows)


@engine(name="embedding", weights=("efficientnet-lite0",))
def load_embedding(files: dict[str, Path], device: Device, threads: int) -> Any:
    """EfficientNet-lite0 with its batch norms folded into the convolutions, in the layout that is fastest on a CPU."""
    import torch

    from .efficientnet_lite import FEATURES, EfficientNetLite, fold_norms

    torch.set_num_threads(threads)
    network = EfficientNetLite()
    state = torch.load(files["efficientnet-lite0"], map_location="cpu", weights_only=True)
    network.load_state_dict({key: value for key, value in state.items() if not key.startswith("_fc.")})
    folded = fold_norms(network.eval()).to(device.kind).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    head = torch.nn.Linear(FEATURES, 1000)
    head.load_state_dict({"weight": state["_fc.weight"], "bias": state["_fc.bias"]})
    return Embedding(folded, head.eval().to(device.kind), device.kind)
