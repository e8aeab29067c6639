"""Reads networks in ncnn's own format, because the best small upscalers are published in it and in nothing else.

A network is a text file (``.param``: one layer a line) and a file of weights (``.bin``: layer after layer, no index).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

HALF_PRECISION = 0x01306B47  # the tag before weights stored as fp16; ncnn: src/modelbin.cpp


@dataclass(frozen=True)
class Layer:
    """One layer that has weights: ``kind`` and ``name`` as in the param file, arrays as float32."""

    kind: str
    name: str
    weight: "np.ndarray"
    bias: "np.ndarray | None" = None


class _Reader:
    """Takes arrays off the weights' file in order."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    def plain(self, count: int) -> "np.ndarray":
        import numpy as np

        values = np.frombuffer(self.data, np.float32, count, self.offset)
        self.offset += 4 * count
        return values.copy()

    def tagged(self, count: int) -> "np.ndarray":
        """An array after a 4-byte tag; fp16 ones are padded to a multiple of four bytes."""
        import numpy as np

        tag = int.from_bytes(self.data[self.offset : self.offset + 4], "little")
        self.offset += 4
        if tag == 0:
            return self.plain(count)
        if tag != HALF_PRECISION:
            raise ValueError(f"unknown ncnn storage {tag:#x} at byte {self.offset - 4}")
        values = np.frombuffer(self.data, np.float16, count, self.offset)
        self.offset += (2 * count + 3) // 4 * 4
        return values.astype(np.float32)


def read_network(param: Path, weights: Path) -> list[Layer]:
    """The layers that have weights, in the file's order; ``ValueError`` if the two files do not fit together."""
    reader = _Reader(weights.read_bytes())
    layers = []
    for line in param.read_text().splitlines()[2:]:
        words = line.split()
        if len(words) >= 4 and (layer := _layer(words, reader)) is not None:
            layers.append(layer)
    if reader.offset != len(reader.data):
        raise ValueError(f"{weights.name} has {len(reader.data)} bytes and {param.name} describes {reader.offset}")
    return layers


def _layer(words: list[str], reader: _Reader) -> Layer | None:
    kind, name, sources, sinks = words[0], words[1], int(words[2]), int(words[3])
    settings = dict(word.split("=") for word in words[4 + sources + sinks :])
    if kind == "Convolution":
        channels, kernel, count = int(settings["0"]), int(settings["1"]), int(settings["6"])
        weight = reader.tagged(count).reshape(channels, -1, kernel, kernel)
        return Layer(kind, name, weight, reader.plain(channels) if int(settings.get("5", 0)) else None)
    if kind == "PReLU":
        return Layer(kind, name, reader.plain(int(settings["0"])))
    if kind == "MemoryData":
        count = 1
        for axis in ("0", "1", "2"):
            count *= int(settings.get(axis, 0)) or 1
        return Layer(kind, name, reader.plain(count))
    return None
