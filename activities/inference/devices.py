"""Says on what engines run: the first CUDA card if there is one and it is wanted, else the processor."""

from dataclasses import dataclass
from typing import Literal

import psutil


@dataclass(frozen=True)
class Device:
    """``kind`` is what torch and onnxruntime call it, ``name`` is for people, ``memory`` is all it has, in bytes."""

    kind: Literal["cpu", "cuda"]
    name: str
    memory: int


def pick(setting: str) -> Device:
    """The device for ``setting`` ("auto", "cpu" or "cuda"); ``RuntimeError`` if "cuda" is asked for and absent."""
    card = None if setting == "cpu" else _card()
    if card is None and setting == "cuda":
        raise RuntimeError("DEVICE=cuda, but torch sees no CUDA card; install its CUDA build or set DEVICE=auto")
    return card or Device("cpu", "CPU", psutil.virtual_memory().total)


def _card() -> Device | None:
    import torch

    if not torch.cuda.is_available():
        return None
    properties = torch.cuda.get_device_properties(0)
    return Device("cuda", properties.name, properties.total_memory)
