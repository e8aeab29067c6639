"""RRDBNet (ESRGAN, arXiv:1809.00219; weights of Real-ESRGAN, BSD-3-Clause): the sharpest upscaler, made for GPUs."""

import torch
from torch import nn
from torch.nn import functional as F

from .ncnn import Layer

RESIDUAL = 0.2


class _DenseBlock(nn.Module):
    """Five convolutions, each fed with all results before it."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(features, growth, 3, 1, 1)
        self.conv2 = nn.Conv2d(features + growth, growth, 3, 1, 1)
        self.conv3 = nn.Conv2d(features + 2 * growth, growth, 3, 1, 1)
        self.conv4 = nn.Conv2d(features + 3 * growth, growth, 3, 1, 1)
        self.conv5 = nn.Conv2d(features + 4 * growth, features, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        known = [x]
        for convolution in (self.conv1, self.conv2, self.conv3, self.conv4):
            known.append(F.leaky_relu(convolution(torch.cat(known, 1)), 0.2, inplace=True))
        change: torch.Tensor = self.conv5(torch.cat(known, 1))
        return x + RESIDUAL * change


class _Trio(nn.Module):
    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (_DenseBlock(features, growth) for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        change: torch.Tensor = self.rdb3(self.rdb2(self.rdb1(x)))
        return x + RESIDUAL * change


class RRDBNet(nn.Module):
    """RGB in 0..1, N x 3 x H x W -> N x 3 x 4H x 4W."""

    scale = 4

    def __init__(self, features: int = 64, growth: int = 32, blocks: int = 23) -> None:
        super().__init__()
        self.conv_first = nn.Conv2d(3, features, 3, 1, 1)
        self.body = nn.Sequential(*(_Trio(features, growth) for _ in range(blocks)))
        self.conv_body = nn.Conv2d(features, features, 3, 1, 1)
        self.conv_up1 = nn.Conv2d(features, features, 3, 1, 1)
        self.conv_up2 = nn.Conv2d(features, features, 3, 1, 1)
        self.conv_hr = nn.Conv2d(features, features, 3, 1, 1)
        self.conv_last = nn.Conv2d(features, 3, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = self.conv_first(x)
        features = first + self.conv_body(self.body(first))
        for grow in (self.conv_up1, self.conv_up2):
            features = F.leaky_relu(grow(F.interpolate(features, scale_factor=2, mode="nearest")), 0.2)
        result: torch.Tensor = self.conv_last(F.leaky_relu(self.conv_hr(features), 0.2))
        return result


def from_layers(layers: list[Layer]) -> RRDBNet:
    """The network with the weights of an ncnn file, whose layers stand in the order of the modules here."""
    network = RRDBNet()
    names = [name.removesuffix(".weight") for name in network.state_dict() if name.endswith(".weight")]
    state = {}
    for name, layer in zip(names, layers, strict=True):
        assert layer.bias is not None, "every convolution of this network has a bias"
        state[f"{name}.weight"] = torch.from_numpy(layer.weight)
        state[f"{name}.bias"] = torch.from_numpy(layer.bias)
    network.load_state_dict(state)
    return network.eval()
