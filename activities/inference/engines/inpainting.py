"""The engine of an operator's own inpainting network: LaMa or MI-GAN, from an ONNX or a TorchScript file.

What a file must take and give is checked when it is loaded, on a picture of our own: a network that was exported in
another way would fill holes with rubbish, and nobody would know why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from models.errors import CheckpointUnusable

from ..devices import Device
from ..onnx_sessions import open_session
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np

Run = Callable[["np.ndarray", "np.ndarray"], "np.ndarray"]
"""``run(image, mask)``: 1 x 3 x H x W and 1 x 1 x H x W, and gives 1 x 3 x H x W."""

UNIT = 8
"""Sides are multiples of it where a network takes any."""
MOST = 1 << 20
"""Pixels that a network of any size is given: it was trained on far less, and takes a second for a quarter of it."""
TRIAL = (128, 136)
"""Height and width of the picture for the check, if any will do."""
FAITHFUL = 16.0
"""Mean of levels by which a network may change what is not the hole."""
ENDINGS = (".onnx", ".pt", ".pts", ".ts", ".jit")


@dataclass(frozen=True)
class Protocol:
    """How a kind of network is asked. ``kept`` and ``open_``: what its mask says of what stays, and of the hole.

    ``whole``: bytes in and out instead of 0..1; ``side``: of the square that it wants if its file does not say.
    """

    whole: bool
    kept: int
    open_: int
    side: int = 0


PROTOCOLS = {
    "lama": Protocol(whole=False, kept=0, open_=1),
    "migan": Protocol(whole=True, kept=255, open_=0, side=512),
}


@dataclass(frozen=True)
class _Opened:
    """A file that was opened. ``sides``: the only height and width that it takes; zeros: any."""

    run: Run
    sides: tuple[int, int] = (0, 0)


class InpaintingNetwork:
    """Fills holes. Not for two threads at once on a card; ``scale``: what white is in what the network gives."""

    def __init__(self, path: Path, kind: str, opened: _Opened) -> None:
        self.label = path.stem
        self.bytes = 3 * path.stat().st_size
        self._name = path.name
        self._kind = kind
        self._protocol = PROTOCOLS[kind]
        self._run = opened.run
        self._sides = opened.sides if all(opened.sides) else (self._protocol.side,) * 2
        self._scale = 255.0 if self._protocol.whole else 1.0
        self._check()

    def fill(self, rgb: "np.ndarray", hole: "np.ndarray") -> "np.ndarray":
        """RGB (uint8, H x W x 3) with ``hole`` (bool, H x W) filled; what lies in the hole is not looked at.

        Raises ``CheckpointUnusable`` for a network that breaks on it.
        """
        import cv2
        import numpy as np

        height, width = hole.shape
        inner, outer = self._fitting(height, width)
        small = cv2.resize(rgb, inner[::-1], interpolation=cv2.INTER_AREA if inner[0] < height else cv2.INTER_CUBIC)
        open_ = cv2.resize(hole.astype(np.float32), inner[::-1], interpolation=cv2.INTER_AREA) > 0
        beyond = ((0, outer[0] - inner[0]), (0, outer[1] - inner[1]))
        small, open_ = np.pad(small, (*beyond, (0, 0)), "symmetric"), np.pad(open_, beyond, "symmetric")
        made = self._asked(small, open_)[: inner[0], : inner[1]]
        if inner != (height, width):
            made = cv2.resize(made, (width, height), interpolation=cv2.INTER_CUBIC)
        filled: np.ndarray = np.where(hole[:, :, None], made, rgb)
        return filled

    def _fitting(self, height: int, width: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """Height and width of the picture as the network sees it, and with what is added to suit it."""
        if all(self._sides):
            scale = min(self._sides[0] / height, self._sides[1] / width)
            inner = max(1, int(height * scale + 1e-6)), max(1, int(width * scale + 1e-6))
            return inner, self._sides
        scale = min(1.0, (MOST / (height * width)) ** 0.5)
        inner = max(1, round(height * scale)), max(1, round(width * scale))
        return inner, (-(-inner[0] // UNIT) * UNIT, -(-inner[1] // UNIT) * UNIT)

    def _asked(self, rgb: "np.ndarray", hole: "np.ndarray") -> "np.ndarray":
        """The network's answer as uint8."""
        import numpy as np

        made = self._answer(rgb, hole)[0].transpose(1, 2, 0).astype(np.float32) * (255 / self._scale)
        if not np.isfinite(made).all():
            raise self._unusable("it gives numbers that are none")
        levels: np.ndarray = np.rint(np.clip(made, 0, 255)).astype(np.uint8)
        return levels

    def _answer(self, rgb: "np.ndarray", hole: "np.ndarray") -> "np.ndarray":
        import numpy as np

        protocol = self._protocol
        seen = np.where(hole[:, :, None], np.uint8(0), rgb).transpose(2, 0, 1)[None]
        mask = np.where(hole, protocol.open_, protocol.kept)[None, None]
        if protocol.whole:
            image, mask = np.ascontiguousarray(seen), mask.astype(np.uint8)
        else:
            image, mask = seen.astype(np.float32) / 255, mask.astype(np.float32)
        made = _guarded(self._name, lambda: self._run(image, mask))
        if made.shape != image.shape:
            raise self._unusable(f"it gives {list(made.shape)} for a picture of {list(image.shape)}")
        answer: np.ndarray = made
        return answer

    def _check(self) -> None:
        """Have it fill a hole in a smooth picture: the rest must come back, and in a range that can be told."""
        import numpy as np

        height, width = self._sides if all(self._sides) else TRIAL
        down, across = np.mgrid[:height, :width].astype(np.float32)
        shades = [100 + 100 * down / height, 100 + 100 * across / width, 200 - 100 * down / height]
        rgb = np.dstack(shades).astype(np.uint8)
        hole = np.zeros((height, width), bool)
        hole[height // 3 : height // 2, width // 3 : width // 2] = True
        made = self._answer(rgb, hole)
        kept = made[0].transpose(1, 2, 0)[~hole].astype(np.float32)
        if not self._protocol.whole and np.median(kept) > 2:
            self._scale = 255.0  # as LaMa was exported to ONNX by some
        change = float(np.abs(np.clip(kept * (255 / self._scale), 0, 255) - rgb[~hole]).mean())
        if not change <= FAITHFUL:
            raise self._unusable(
                f"as {self._kind} it does not give back what is around a hole ({change:.0f} levels off)"
            )

    def _unusable(self, reason: str) -> CheckpointUnusable:
        return CheckpointUnusable(checkpoint=self._name, reason=reason)


def _guarded(name: str, call: Callable[[], Any]) -> Any:
    """What torch and onnxruntime raise for a file that is none of theirs or does not fit, as ``CheckpointUnusable``."""
    from onnxruntime.capi import onnxruntime_pybind11_state as onnx

    broken = (onnx.Fail, onnx.InvalidArgument, onnx.InvalidProtobuf, onnx.InvalidGraph, onnx.RuntimeException)
    try:
        return call()
    except (*broken, onnx.NotImplemented, onnx.NoSuchFile, OSError, RuntimeError, TypeError, ValueError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise CheckpointUnusable(checkpoint=name, reason=lines[0][:200]) from error


def _open_onnx(path: Path, protocol: Protocol, device: Device, threads: int) -> _Opened:
    """Inputs are told apart by their channels."""
    session = open_session(path, device, threads)
    given = session.get_inputs()
    by_channels = {each.shape[1]: each for each in given if len(each.shape) == 4}
    if len(given) != 2 or set(by_channels) != {1, 3}:
        shapes = ", ".join(f"{each.name} {each.shape}" for each in given)
        raise ValueError(f"it takes {shapes}; wanted are a picture 1 x 3 x H x W and a mask 1 x 1 x H x W")
    image, mask = by_channels[3], by_channels[1]
    wanted = "tensor(uint8)" if protocol.whole else "tensor(float)"
    if {image.type, mask.type} != {wanted}:
        raise ValueError(f"it takes {image.type} and {mask.type}; its kind wants {wanted}")
    sides = tuple(side if isinstance(side, int) else 0 for side in image.shape[2:])
    name = session.get_outputs()[0].name

    def run(picture: "np.ndarray", hole: "np.ndarray") -> "np.ndarray":
        return cast("np.ndarray", session.run([name], {image.name: picture, mask.name: hole})[0])

    return _Opened(run, cast(tuple[int, int], sides))


def _open_torchscript(path: Path, device: Device, threads: int) -> _Opened:
    import torch

    torch.set_num_threads(threads)
    network = cast(Any, torch.jit).load(path, map_location=device.kind).eval()

    def run(picture: "np.ndarray", hole: "np.ndarray") -> "np.ndarray":
        with torch.inference_mode():
            made = network(torch.from_numpy(picture).to(device.kind), torch.from_numpy(hole).to(device.kind))
        if not isinstance(made, torch.Tensor):
            raise TypeError(f"it gives {type(made).__name__} instead of a picture")
        return made.cpu().numpy()

    return _Opened(run)


@engine(name="inpainting", weights=())
def load_inpainting(files: dict[str, Path], device: Device, threads: int) -> Any:
    """``files``: one file by its kind, ``lama`` or ``migan``; raises ``CheckpointUnusable``."""
    ((kind, path),) = files.items()
    if path.suffix not in ENDINGS:
        raise CheckpointUnusable(checkpoint=path.name, reason=f"its name must end in {', '.join(ENDINGS)}")
    if path.suffix == ".onnx":
        opened = _guarded(path.name, lambda: _open_onnx(path, PROTOCOLS[kind], device, threads))
    else:
        opened = _guarded(path.name, lambda: _open_torchscript(path, device, threads))
    return InpaintingNetwork(path, kind, opened)
