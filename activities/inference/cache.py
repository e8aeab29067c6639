"""Keeps engines warm inside one slot, and lets go of those unused for longest when they hold too much memory."""

import gc
import sys
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .devices import Device
from .registry import discover_engines
from .shared import SharedEngines
from .weights import Weights

NOTHING: Mapping[str, Path] = MappingProxyType({})


class EngineCache:
    """Loaded engines by name. ``capacity`` is in bytes; the engine asked for last stays even if it alone is larger."""

    def __init__(
        self, weights: Weights, device: Device, threads: int, capacity: int, shared: SharedEngines | None = None
    ) -> None:
        self._shared = shared
        self._weights = weights
        self._device = device
        self._threads = threads
        self._capacity = capacity
        self._warm: OrderedDict[str, Any] = OrderedDict()

    @property
    def bytes(self) -> int:
        """Memory that the warm engines say they hold."""
        return sum(int(each.bytes) for each in self._warm.values())

    @property
    def names(self) -> list[str]:
        """Warm engines, the one unused for longest first."""
        return list(self._warm)

    def get(self, name: str, files: Mapping[str, Path] = NOTHING) -> Any:
        """The warm engine, loaded first if need be; ``KeyError`` if there is no such engine, ``WeightsUnavailable``.

        ``files`` beside its weights make another engine: a checkpoint, a controlnet.
        """
        key = " ".join([name, *(f"{role}={path}" for role, path in sorted(files.items()))])
        if key not in self._warm:
            self._warm[key] = self._load(name, files)
        self._warm.move_to_end(key)
        self._shrink()
        return self._warm[key]

    def _load(self, name: str, files: Mapping[str, Path]) -> Any:
        """From its weights, or as a line to the host that holds it for all slots."""
        declared = discover_engines()[name]
        if self._shared is not None and declared.batches:
            return self._shared.get(name, declared.batches)
        weights = {each: self._weights.ensure(each) for each in declared.weights}
        return declared.load(weights | dict(files), self._device, self._threads)

    def _shrink(self) -> None:
        before = len(self._warm)
        while len(self._warm) > 1 and self.bytes > self._capacity:
            self._warm.popitem(last=False)
        if len(self._warm) < before:
            gc.collect()
            self._return_card_memory()

    def _return_card_memory(self) -> None:
        """Give the freed blocks back to the driver, since other slots share the card."""
        torch = sys.modules.get("torch")
        if torch is not None and self._device.kind == "cuda":
            torch.cuda.empty_cache()
