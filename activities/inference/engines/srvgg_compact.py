"""Compact (SRVGGNetCompact, Real-ESRGAN, BSD-3-Clause): plain convolutions that enlarge x4 and clean noise."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

from .ncnn import Layer

SCALE = 4


class Compact(nn.Module):
    """RGB in 0..1, N x 3 x H x W -> N x 3 x sH x sW."""

    def __init__(self, scale: int, channels: int = 64, hidden: int = 16) -> None:
        super().__init__()
        self.scale = scale
        widths = [3] + [channels] * (hidden + 1)
        body: list[nn.Module] = []
        for before, after in pairwise(widths):
            body += [nn.Conv2d(before, after, 3, 1, 1), nn.PReLU(after)]
        self.body = nn.Sequential(*body, nn.Conv2d(channels, 3 * scale**2, 3, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        detail = F.pixel_shuffle(self.body(x), self.scale)
        return detail + F.interpolate(x, scale_factor=self.scale, mode="nearest")


def from_layers(layers: list[Layer], scale: int) -> Compact:
    """The network with the weights of an ncnn file, whose layers stand in the order of ``body``.

    ``scale`` 2 averages the pixels that 4 would make, within the last convolution, which saves memory and some time.
    """
    state = {}
    for index, layer in enumerate(layers):
        state[f"body.{index}.weight"] = torch.from_numpy(layer.weight)
        if layer.bias is not None:
            state[f"body.{index}.bias"] = torch.from_numpy(layer.bias)
    last = f"body.{len(layers) - 1}"
    for part in (f"{last}.weight", f"{last}.bias"):
        state[part] = _averaged(state[part], scale)
    network = Compact(scale)
    network.load_state_dict(state)
    return network.eval()


def _averaged(rows: torch.Tensor, scale: int) -> torch.Tensor:
    """Rows that make SCALE x SCALE pixels of each color, averaged into those that make ``scale`` x ``scale``."""
    part = SCALE // scale
    pixels = rows.reshape(3, scale, part, scale, part, *rows.shape[1:])
    return pixels.mean((2, 4)).reshape(3 * scale**2, *rows.shape[1:])
