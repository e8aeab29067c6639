"""EfficientNet-lite0 (arXiv:1905.11946, Apache-2.0) up to its last feature map, whose mean says what a picture shows.

Written out here because the loader published beside the weights is no longer kept. Module names are those of its
state dict.
"""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

FEATURES = 1280
EPSILON = 1e-3
# Repeats, kernel, stride, expansion, output channels; from efficientnet_lite_builder.py of TensorFlow's TPU models.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class _SamePadding(nn.Conv2d):
    """TensorFlow's "same" padding: the odd pixel goes to the right and the bottom."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        stride, kernel = self.stride[0], self.kernel_size[0]
        rows, columns = (max(0, (-(-side // stride) - 1) * stride + kernel - side) for side in x.shape[2:])
        if rows % 2 == columns % 2 == 0:  # the convolution pads for itself, which is quicker
            return F.conv2d(x, self.weight, self.bias, self.stride, (rows // 2, columns // 2), groups=self.groups)
        x = F.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
        return super().forward(x)


class _Block(nn.Module):
    def __init__(self, before: int, after: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = before * expansion
        self.expands = expansion != 1
        self.residual = stride == 1 and before == after
        if self.expands:
            self._expand_conv = _SamePadding(before, wide, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(wide, EPSILON)
        self._depthwise_conv = _SamePadding(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = nn.BatchNorm2d(wide, EPSILON)
        self._project_conv = _SamePadding(wide, after, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(after, EPSILON)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        wide = F.relu6(self._bn0(self._expand_conv(x)), inplace=True) if self.expands else x
        change: torch.Tensor = self._bn2(
            self._project_conv(F.relu6(self._bn1(self._depthwise_conv(wide)), inplace=True))
        )
        return x + change if self.residual else change


class EfficientNetLite(nn.Module):
    """N x 3 x 224 x 224, ``(rgb - 127) / 128`` -> N x 1280."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = _SamePadding(3, 32, 3, 2, bias=False)
        self._bn0 = nn.BatchNorm2d(32, EPSILON)
        blocks, width = [], 32
        for repeats, kernel, stride, expansion, channels in STAGES:
            for number in range(repeats):
                blocks.append(_Block(width, channels, kernel, 1 if number else stride, expansion))
                width = channels
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = _SamePadding(width, FEATURES, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(FEATURES, EPSILON)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu6(self._bn0(self._conv_stem(x)), inplace=True)
        for block in self._blocks:
            x = block(x)
        features: torch.Tensor = F.relu6(self._bn1(self._conv_head(x)))
        return features.mean((2, 3))


def fold_norms(network: EfficientNetLite) -> EfficientNetLite:
    """Fold each batch norm into the convolution before it (same results, a quarter less time). Changes ``network``."""
    pairs: list[tuple[nn.Module, str, str]] = [(network, "_conv_stem", "_bn0"), (network, "_conv_head", "_bn1")]
    for block in network._blocks:
        pairs += [(block, "_expand_conv", "_bn0")] if block.expands else []
        pairs += [(block, "_depthwise_conv", "_bn1"), (block, "_project_conv", "_bn2")]
    for owner, convolution, norm in pairs:
        setattr(owner, convolution, fuse_conv_bn_eval(getattr(owner, convolution), getattr(owner, norm)))
        setattr(owner, norm, nn.Identity())
    return network
