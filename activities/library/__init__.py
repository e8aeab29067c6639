"""The model library: every look, voice and style that the tools have, by an id that ``model`` takes.

A preset is a tool with some of its parameters fixed; it is made of the tool's declaration and of ``presets.toml``, so
that it can name nothing that the tool does not have. ``/api/models`` shows it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, get_args

from models.errors import InvalidInput, NotFound, wrong

from ..tools.base import Catalogue, Tool

FILE = Path(__file__).parent / "presets.toml"
AUTO = "auto"


@dataclass(frozen=True)
class Preset:
    """``parameters`` are those that it fixes; ``varied`` the names of those by which it differs from its siblings."""

    id: str
    tool: Tool
    parameters: Mapping[str, Any]
    varied: tuple[str, ...]

    @property
    def values(self) -> list[str]:
        """What makes it another one, in order."""
        return [str(self.parameters[name]) for name in self.varied]


class Library:
    """Presets of a catalogue, by id."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._known = {preset.id: preset for preset in _presets(catalogue)}

    def all(self) -> list[Preset]:
        """In the order of ``presets.toml``."""
        return list(self._known.values())

    def get(self, model_id: str) -> Preset:
        """Raises ``NotFound``."""
        if model_id not in self._known:
            raise NotFound(what="model")
        return self._known[model_id]

    def applied(self, model_id: str | None, tool_id: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """The parameters of a call that names a model: those that it fixes, and the caller's own beside them.

        Raises ``InvalidInput`` for a model of another tool, or one that a parameter contradicts; ``NotFound``.
        """
        if model_id is None:
            return parameters
        preset = self.get(model_id)
        if preset.tool.id != tool_id:
            zh, en = f"此模型属于 {preset.tool.id}", f"this model is one of {preset.tool.id}"
            raise InvalidInput(errors=[wrong("model", zh, en)])
        against = [name for name, value in preset.parameters.items() if parameters.get(name, value) != value]
        if against:
            raise InvalidInput(
                errors=[
                    wrong(f"parameters.{name}", f"与模型 {model_id} 不符", f"contradicts the model {model_id}")
                    for name in against
                ]
            )
        return {**preset.parameters, **parameters}


def _presets(catalogue: Catalogue) -> Iterator[Preset]:
    for block in _blocks():
        tool = catalogue.get(block["tool"])
        if tool is None:
            raise ValueError(f"presets.toml names {block['tool']}, which is no tool")
        fixed, names = block.get("fixed", {}), tuple(block["vary"])
        choices = [block["vary"][name] or _choices(tool, name) for name in names]
        for values in product(*choices):
            parameters = {**fixed, **dict(zip(names, values, strict=True))}
            told = "-".join(str(each) for each in [*fixed.values(), *values])
            yield Preset(f"{tool.id}/{told}", tool, parameters, names)


@cache
def _blocks() -> list[dict[str, Any]]:
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = read["preset"]
    return found


def _choices(tool: Tool, name: str) -> list[Any]:
    """What a parameter may be, but for ``auto``; raises ``ValueError`` for one without choices."""
    field = tool.params.model_fields.get(name)
    found = [] if field is None else [each for each in get_args(field.annotation) if each != AUTO]
    if not found:
        raise ValueError(f"presets.toml varies {name} of {tool.id}, which has no choices")
    return found
