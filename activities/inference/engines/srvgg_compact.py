"""Compact (SRVGGNetCompact, Real-ESRGAN, BSD-3-Clause): plain convolutions that enlarge x4 and clean noise."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

from .ncnn import Layer

SCALE = 4


class Compact(nn.Module):
    """RGB in 0..1, N x 3 x H x W -> N x 3 x 4H x 4W."""

    scale = SCALE

    def __init__(self, channels: int = 64, hidden: int = 16) -> None:
        super().__init__()
        widths = [3] + [channels] * (hidden + 1)
        body: list[nn.Module] = []
        for before, after in pairwise(widths):
            body += [nn.Conv2d(before, after, 3, 1, 1), nn.PReLU(after)]
        self.body = nn.Sequential(*body, nn.Conv2d(channels, 3 * SCALE**2, 3, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        detail = F.pixel_shuffle(self.body(x), SCALE)
        return detail + F.interpolate(x, scale_factor=SCALE, mode="nearest")


def from_layers(layers: list[Layer]) -> Compact:
    """The network with the weights of an ncnn file, whose layers stand in the order of ``body``."""
    state = {}
    for index, layer in enumerate(layers):
        state[f"body.{index}.weight"] = torch.from_numpy(layer.weight)
        if layer.bias is not None:
            state[f"body.{index}.bias"] = torch.from_numpy(layer.bias)
    network = Compact()
    network.load_state_dict(state)
    return network.eval()
