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

NETWORKS = frozenset({"efficientnet_lite", "hed", "rrdbnet", "span", "srvgg_compact", "ncnn"})

Load = Callable[[dict[str, Path], Device, int], Any]
"""``load(files, device, threads)``: the files by the names of the weights. Returns an object with ``label`` (shown to
users: engine and weights) and ``bytes`` (memory it holds)."""


@dataclass(frozen=True)
class Engine:
    """A declared engine."""

    name: str
    weights: tuple[str, ...]
    load: Load
    batches: str = ""
    """A method that takes one array and returns one, and has a twin ``…_batch`` for a stack of them: beside a card it
    runs in the host of the engines, together with the calls of other jobs."""


_declared: dict[str, Engine] = {}


def engine(*, name: str, weights: tuple[str, ...], batches: str = "") -> Callable[[Load], Load]:
    """Declare the decorated function as the loader of engine ``name``; ``ValueError`` if that name is taken."""

    def register(load: Load) -> Load:
        if name in _declared:
            raise ValueError(f"two engines are called {name}")
        _declared[name] = Engine(name, weights, load, batches)
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
