"""SPAN (Swift Parameter-free Attention Network, arXiv:2311.12770, Apache-2.0): a small upscaler that keeps texture."""

import torch
from torch import nn
from torch.nn import functional as F

from .ncnn import Layer

BLOCKS = 6


class _Block(nn.Module):
    """Three convolutions; what they changed most passes best (attention without parameters)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.c1_r = nn.Conv2d(channels, channels, 3, 1, 1)
        self.c2_r = nn.Conv2d(channels, channels, 3, 1, 1)
        self.c3_r = nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        first = F.silu(self.c1_r(x))
        change = self.c3_r(F.silu(self.c2_r(first)))
        return (change + x) * (torch.sigmoid(change) - 0.5), first


class Span(nn.Module):
    """RGB in 0..1, N x 3 x H x W -> N x 3 x sH x sW."""

    mean: torch.Tensor

    def __init__(self, channels: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.conv_1 = nn.Conv2d(3, channels, 3, 1, 1)
        for number in range(1, BLOCKS + 1):
            self.add_module(f"block_{number}", _Block(channels))
        self.conv_2 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.conv_cat = nn.Conv2d(channels * 4, channels, 1)
        self.upsampler = nn.Conv2d(channels, 3 * scale**2, 3, 1, 1)
        self.register_buffer("mean", torch.zeros(1, 3, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = self.conv_1((x - self.mean) * 255)
        results = [features]
        for number in range(1, BLOCKS + 1):
            last, inner = getattr(self, f"block_{number}")(results[-1])
            results.append(last)
        together = self.conv_cat(torch.cat([features, self.conv_2(results[-1]), results[1], inner], 1))
        return F.pixel_shuffle(self.upsampler(together), self.scale)


def from_layers(layers: list[Layer], scale: int) -> Span:
    """The network with the weights of an ncnn file exported from ONNX (layer names hold the modules' names)."""
    state = {}
    for layer in layers:
        if layer.kind == "MemoryData":
            state["mean"] = torch.from_numpy(layer.weight).reshape(1, 3, 1, 1)
            continue
        name = ".".join(part for part in layer.name.split("/") if part not in {"", "eval_conv", "Conv"})
        name = name.replace("upsampler.upsampler.0", "upsampler")
        state[f"{name}.weight"] = torch.from_numpy(layer.weight)
        if layer.bias is not None:
            state[f"{name}.bias"] = torch.from_numpy(layer.bias)
    network = Span(channels=state["conv_1.bias"].shape[0], scale=scale)
    network.load_state_dict({"mean": torch.zeros(1, 3, 1, 1)} | state)
    return network.eval()
