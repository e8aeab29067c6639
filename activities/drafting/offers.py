"""What a draft may be made of: every template, and every tool by itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from models.errors import NotFound
from models.graphs.graph import Edge, Graph, Node
from models.graphs.templates import Template, templates

from ..graph_tools import shape_of
from ..tools.base import Catalogue, Tool

OfferKind = Literal["template", "tool"]


@dataclass(frozen=True)
class Offer:
    """A template or a tool with what it says of itself; ``zh`` and ``en`` hold its title, then sentences about it."""

    kind: OfferKind
    id: str
    zh: tuple[str, ...]
    en: tuple[str, ...]


def offers(catalogue: Catalogue) -> list[Offer]:
    """All of them; tools that are left out of the catalogue are left out here."""
    ready = [_of_template(each, catalogue) for each in templates().values()]
    return ready + [_of_tool(tool) for tool in catalogue.all() if not tool.hidden]


def graph_of(kind: OfferKind, name: str, catalogue: Catalogue) -> Graph:
    """Its drawing; a tool's has an input for each port that must be given. Raises ``NotFound``."""
    if kind == "template":
        found = templates().get(name)
        if found is not None:
            return found.graph
    tool = catalogue.get(name)
    if tool is None:
        raise NotFound(what=kind)
    return tool_graph(tool)


def tool_graph(tool: Tool) -> Graph:
    """One step between what it needs and what it makes."""
    shape = shape_of(tool)
    wanted = [port for port in tool.inputs if port.required]
    wanted += [port for port in tool.inputs if tool.one_of and port.name == tool.one_of[0]]
    nodes, edges = [], []
    for at, port in enumerate(wanted):
        kind = str(port.kinds[0])
        given = {"name": port.name, "kind": kind, "many": port.many}
        nodes.append(Node(id=f"in-{port.name}", type="input", parameters=given, position={"x": 0, "y": 160 * at}))
        edges.append(Edge(source=f"in-{port.name}", target="tool", to_port=port.name))
    nodes.append(Node(id="tool", type="tool", tool=tool.id, position={"x": 280, "y": 0}))
    for at, made in enumerate(shape.outputs):
        shown = {"name": made.name}
        nodes.append(Node(id=f"out-{made.name}", type="output", parameters=shown, position={"x": 560, "y": 160 * at}))
        edges.append(Edge(source="tool", from_port=made.name, target=f"out-{made.name}"))
    return Graph(nodes=nodes, edges=edges)


def _of_template(template: Template, catalogue: Catalogue) -> Offer:
    used = [tool for tool in map(catalogue.get, template.tools) if tool is not None]
    return Offer(
        "template",
        template.id,
        (template.title.zh, template.description.zh, _listed((tool.title.zh for tool in used), "、")),
        (template.title.en, template.description.en, _listed((tool.title.en for tool in used), ", ")),
    )


def _of_tool(tool: Tool) -> Offer:
    return Offer("tool", tool.id, (tool.title.zh, tool.description.zh), (tool.title.en, tool.description.en))


def _listed(names: Iterable[str], between: str) -> str:
    return between.join(names)
