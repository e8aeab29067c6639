"""One file a tool. ``discover()`` imports them all; the file's name is the tool's id with underscores."""

import importlib
import pkgutil
from collections.abc import Iterable

from .base import Catalogue, catalogue

NOT_TOOLS = frozenset({"base", "parsing"})


def discover(extra: Iterable[str] = ()) -> Catalogue:
    """Import every tool of this package and the modules in ``extra`` (a private installation's own tools, by setting
    ``EXTRA_TOOLS``), and return the catalogue. Repeating it changes nothing."""
    for module in pkgutil.iter_modules(__path__):
        if module.name not in NOT_TOOLS:
            importlib.import_module(f"{__name__}.{module.name}")
    for name in extra:
        importlib.import_module(name)
    return catalogue
