"""The engine that sees where a draftsman would draw a line."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

WORKING_PIXELS = 400_000
"""Larger pictures are looked at in this size: lines are a matter of shapes, and a megapixel takes a processor 8 s."""
MEAN = (104.00699, 116.66877, 122.67892)
"""Of blue, green, red, over the photographs that VGG was trained on."""


class Lines:
    """``find`` says how surely there is a line."""

    label = "HED"
    bytes = 260_000_000

    def __init__(self, network: "nn.Module", place: str) -> None:
        self._network = network
        self._place = place

    def find(self, rgb: "np.ndarray") -> "np.ndarray":
        """uint8, H x W x 3 -> float32 0..1, h x w of at most WORKING_PIXELS: for the caller to enlarge."""
        import cv2
        import numpy as np
        import torch

        height, width = rgb.shape[:2]
        factor = min(1.0, (WORKING_PIXELS / (height * width)) ** 0.5)
        size = (max(16, round(width * factor)), max(16, round(height * factor)))
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        planes = (small[:, :, ::-1].astype(np.float32) - np.array(MEAN, np.float32)).transpose(2, 0, 1)
        with torch.inference_mode():
            seen = self._network(torch.from_numpy(np.ascontiguousarray(planes))[None].to(self._place))
        lines: np.ndarray = seen[0, 0].cpu().numpy()
        return lines


@engine(name="lines", weights=("hed",))
def load_lines(files: dict[str, Path], device: Device, threads: int) -> Any:
    import torch
    from safetensors.torch import load_file

    from .hed import from_layers

    torch.set_num_threads(threads)
    return Lines(from_layers(load_file(files["hed"])).to(device.kind), device.kind)
