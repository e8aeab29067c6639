"""Ports of nodes, what they carry, and which fit together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

KINDS = ("image", "video", "audio", "archive", "text", "document", "number", "boolean", "json")
ANY = frozenset(KINDS)
PARAMETER = "parameters."
"""Before a parameter's name: a port that every tool has, by which an edge sets the parameter."""


@dataclass(frozen=True)
class GraphPort:
    """``many`` carries a list; ``several`` takes more than one edge, whose values become a list."""

    name: str
    kinds: frozenset[str]
    many: bool = False
    required: bool = True
    several: bool = False


@dataclass(frozen=True)
class ToolShape:
    """What a graph must know of a tool. ``one_of``: input ports of which exactly one is given."""

    id: str
    inputs: tuple[GraphPort, ...]
    outputs: tuple[GraphPort, ...]
    one_of: tuple[str, ...] = ()
    parameters: frozenset[str] = frozenset()


class Tools(Protocol):
    """The catalogue as validation sees it."""

    def shape(self, tool_id: str) -> ToolShape | None:
        """The tool's ports; None if there is no such tool, or it was switched off."""
        ...

    def problems(self, tool_id: str, parameters: Mapping[str, object]) -> Sequence[tuple[str, str]]:
        """``(path below parameters, message)`` of every parameter that the tool would refuse."""
        ...


def fits(source: GraphPort, target: GraphPort) -> str | None:
    """None if what ``source`` gives may go to ``target``, else the code of what is wrong.

    A single value goes to a list port as a list of one. A list goes to a single port only through a map.
    """
    if not source.kinds & target.kinds:
        return "type_mismatch"
    if source.many and not (target.many or target.several):
        return "list_needs_map" if target.kinds != ANY else None
    return None
