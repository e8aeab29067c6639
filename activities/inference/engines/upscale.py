"""Engines that enlarge photographs: SPAN keeps texture, Compact cleans noise, RRDBNet is sharpest and wants a GPU."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..registry import engine
from .ncnn import Layer, read_network

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import nn


class Upscaler:
    """Enlarges a piece of a picture ``scale`` times.

    ``context``: how many pixels around a piece must be shown too for its edges to come out as within the whole
    picture; ``fade``: how many of them should be blended with the next piece. ``device``: "cpu" or "cuda".
    """

    def __init__(self, network: "nn.Module", label: str, scale: int, device: str, margins: tuple[int, int]) -> None:
        self.label = label
        self.scale = scale
        self.context, self.fade = margins
        self.device = device
        self.bytes = 4 * sum(part.numel() for part in network.parameters()) + 200_000_000
        self._network = network
        self._precision = next(network.parameters()).dtype

    def upscale(self, piece: "np.ndarray") -> "np.ndarray":
        """RGB uint8, H x W x 3 -> float32 in 0..255, sH x sW x 3."""
        result: np.ndarray = self.upscale_batch(piece[None])[0]
        return result

    def upscale_batch(self, pieces: "np.ndarray") -> "np.ndarray":
        """The same for N of them; ``MemoryError`` where the card has no room for so many."""
        import torch

        try:
            with torch.inference_mode():
                x = torch.tensor(pieces).to(self.device, self._precision).permute(0, 3, 1, 2) / 255
                y = self._network(x.contiguous(memory_format=torch.channels_last))
                bright: np.ndarray = y.float().clamp(0, 1).mul(255).permute(0, 2, 3, 1).cpu().numpy()
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            raise MemoryError(str(error)) from error
        return bright


Build = Callable[[list[Layer]], "nn.Module"]


def _load(
    files: dict[str, Path], device: Device, threads: int, label: str, margins: tuple[int, int], build: Build
) -> Upscaler:
    import torch

    torch.set_num_threads(threads)
    param, weights = (next(path for name, path in files.items() if name.endswith(end)) for end in ("param", "bin"))
    network = build(read_network(param, weights))
    network = network.to(device.kind, _precision(network, device.kind)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Upscaler(network, label, int(network.scale), device.kind, margins)


def _precision(network: "nn.Module", place: str) -> "torch.dtype":
    """Half floats for the one heavy network, where the device has them; the values inside SPAN pass their range."""
    import torch

    if sum(part.numel() for part in network.parameters()) < 10_000_000:
        return torch.float32
    if place == "cuda":
        return torch.float16
    return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32


# The contexts were measured: beyond them a change of the input moves the result by less than half a grey level (SPAN,
# Compact), or by what the soft edge between tiles hides (RRDBNet, whose true receptive field is the whole picture).


@engine(name="upscale-span-2", weights=("span-x2-param", "span-x2-bin"), batches="upscale")
def load_span_2(files: dict[str, Path], device: Device, threads: int) -> Any:
    from . import span

    return _load(files, device, threads, "SPAN x2", (14, 0), lambda layers: span.from_layers(layers, 2))


@engine(name="upscale-span-4", weights=("span-x4-param", "span-x4-bin"), batches="upscale")
def load_span_4(files: dict[str, Path], device: Device, threads: int) -> Any:
    from . import span

    return _load(files, device, threads, "SPAN x4", (14, 0), lambda layers: span.from_layers(layers, 4))


@engine(name="upscale-compact-2", weights=("compact-x4-param", "compact-x4-bin"), batches="upscale")
def load_compact_2(files: dict[str, Path], device: Device, threads: int) -> Any:
    from . import srvgg_compact

    label = "Real-ESRGAN Compact x2"
    return _load(files, device, threads, label, (16, 0), lambda layers: srvgg_compact.from_layers(layers, 2))


@engine(name="upscale-compact-4", weights=("compact-x4-param", "compact-x4-bin"), batches="upscale")
def load_compact_4(files: dict[str, Path], device: Device, threads: int) -> Any:
    from . import srvgg_compact

    label = "Real-ESRGAN Compact x4"
    return _load(files, device, threads, label, (16, 0), lambda layers: srvgg_compact.from_layers(layers, 4))


@engine(name="upscale-sharp", weights=("realesrgan-x4plus-param", "realesrgan-x4plus-bin"), batches="upscale")
def load_sharp(files: dict[str, Path], device: Device, threads: int) -> Any:
    from .rrdbnet import from_layers

    return _load(files, device, threads, "Real-ESRGAN x4plus", (32, 8), from_layers)
