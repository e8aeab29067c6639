"""Knows every engine by name, and which weights it wants. Importing an engine's module loads nothing heavy.

A new engine is a function in a file of ``engines/`` under ``@engine``. The networks that the functions build are files
of that folder, too; they import torch at their top and are therefore named in ``NETWORKS``.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import engines
from .devices import Device

NETWORKS = frozenset({"efficientnet_lite", "rrdbnet", "span", "srvgg_compact", "ncnn"})

Load = Callable[[dict[str, Path], Device, int], Any]
"""``load(files, device, threads)``: the files by the names of the weights. Returns an object with ``label`` (shown to
users: engine and weights) and ``bytes`` (memory it holds)."""


@dataclass(frozen=True)
class Engine:
    """A declared engine."""

    name: str
    weights: tuple[str, ...]
    load: Load


_declared: dict[str, Engine] = {}


def engine(*, name: str, weights: tuple[str, ...]) -> Callable[[Load], Load]:
    """Declare the decorated function as the loader of engine ``name``; ``ValueError`` if that name is taken."""

    def register(load: Load) -> Load:
        if name in _declared:
            raise ValueError(f"two engines are called {name}")
        _declared[name] = Engine(name, weights, load)
        return load

    return register


def discover_engines() -> dict[str, Engine]:
    """Import every file of ``engines/`` and return what they declare. Repeating it changes nothing."""
    for module in pkgutil.iter_modules(engines.__path__):
        if module.name not in NETWORKS:
            importlib.import_module(f"{engines.__name__}.{module.name}")
    return dict(_declared)


def weights_of(name: str) -> tuple[str, ...]:
    """Names of the weights that engine ``name`` wants; ``KeyError`` if there is no such engine."""
    return discover_engines()[name].weights
