"""The catalogue as graphs of pipelines see it: ports of tools, and what a tool would refuse."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from models.graphs.ports import GraphPort, ToolShape

from .tools.base import Catalogue, Port, Tool


class GraphTools:
    """``models.graphs.ports.Tools`` over the catalogue; ``disabled`` ids were switched off by the operator."""

    def __init__(self, catalogue: Catalogue, disabled: frozenset[str]) -> None:
        self._catalogue = catalogue
        self._disabled = disabled

    def shape(self, tool_id: str) -> ToolShape | None:
        """The tool's ports; None if there is no such tool, or it is switched off."""
        tool = self._catalogue.get(tool_id)
        return None if tool is None or tool_id in self._disabled else shape_of(tool)

    def problems(self, tool_id: str, parameters: Mapping[str, object]) -> Sequence[tuple[str, str]]:
        """``(path below parameters, message)`` of every parameter that the tool would refuse."""
        tool = self._catalogue.get(tool_id)
        assert tool is not None
        try:
            tool.params.model_validate(parameters)
        except ValidationError as invalid:
            return [(".".join(str(part) for part in each["loc"]), each["msg"]) for each in invalid.errors()]
        return []


def shape_of(tool: Tool) -> ToolShape:
    """A declaration as a node."""
    return ToolShape(
        tool.id,
        tuple(_input(port) for port in tool.inputs),
        tuple(_port(port) for port in tool.outputs),
        tool.one_of,
        frozenset(tool.params.model_fields),
    )


def _port(port: Port) -> GraphPort:
    return GraphPort(port.name, frozenset(str(kind) for kind in port.kinds), port.many, port.required)


def _input(port: Port) -> GraphPort:
    """A text is read from a document, too."""
    plain = _port(port)
    return replace(plain, kinds=plain.kinds | {"document"}) if "text" in plain.kinds else plain
