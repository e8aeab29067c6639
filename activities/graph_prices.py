"""What a run of a graph would cost at most, before anything of it exists: tools are priced by what may reach them.

Files that a run is given are known by their headers. What a step will make is guessed: a picture as large as the
largest that went in, a video as long as the longest. Where a guess falls short, the run asks before it pays more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from math import ceil

from pydantic import ValidationError

from models.graphs.giving import named
from models.graphs.graph import Edge, Graph, Node
from models.graphs.nodes import NODE_TYPES
from models.graphs.plan import only
from models.graphs.ports import PARAMETER

from .graph_tools import GraphTools
from .tools.base import Catalogue, Kind, Measure, Measures, Tool, ToolParams
from .tools.parsing import Configuration, charge

USUAL: dict[Kind, Measure] = {
    Kind.image: Measure(Kind.image, "image/jpeg", 1 << 20, width=1280, height=960),
    Kind.video: Measure(Kind.video, "video/mp4", 20 << 20, width=1920, height=1080, duration=60),
    Kind.audio: Measure(Kind.audio, "audio/mpeg", 1 << 20, duration=60),
    Kind.archive: Measure(Kind.archive, "application/zip", 10 << 20, entries=10),
    Kind.text: Measure(Kind.text, "text/plain", 1500, characters=500),
    Kind.document: Measure(Kind.document, "text/plain", 1500, characters=500),
}
"""What a file is taken for of which nothing is known."""

USUAL_COUNT = 5
"""Items of a list of which nothing is known."""


@dataclass(frozen=True)
class Guess:
    """What may come out of a port: the measures of its files, a list of them with as many entries as it may have."""

    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True)
class Line:
    """A step's part: ``times`` it may run, ``credits`` at most for all of them."""

    step: str
    tool_id: str
    times: int
    credits: int


class Prices:
    """Prices graphs over the catalogue as the operator has configured it."""

    def __init__(
        self, catalogue: Catalogue, tools: GraphTools, offered: Mapping[str, Configuration], otherwise: Configuration
    ) -> None:
        self._catalogue = catalogue
        self._tools = tools
        self._offered = offered
        self._otherwise = otherwise

    def of(self, graph: Graph, given: Mapping[str, Guess], without: frozenset[str] = frozenset()) -> list[Line]:
        """A line for every tool. ``given`` by the names of the inputs; steps ``without`` need not be made again."""
        lines: list[Line] = []
        self._walk(graph, given, "", 1, lines, without)
        return lines

    def _walk(
        self,
        graph: Graph,
        given: Mapping[str, Guess],
        prefix: str,
        times: int,
        lines: list[Line],
        without: frozenset[str] = frozenset(),
    ) -> dict[str, Guess]:
        """Adds lines and returns what may come out of the graph, by the names of its outputs."""
        names = named(graph, "input") | named(graph, "output")
        made: dict[tuple[str, str], Guess] = {}
        outputs: dict[str, Guess] = {}
        nodes, arriving = {node.id: node for node in graph.nodes}, defaultdict[str, list[Edge]](list)
        for edge in graph.edges:
            arriving[edge.target].append(edge)
        for node in ordered(graph):
            brought = self._brought(node, arriving[node.id], nodes, made)
            path = f"{prefix}{node.id}"
            if node.type == "input":
                ports = {"value": given.get(names[node.id], _usual(node))}
            elif node.type == "tool":
                ports = self._tool(node, brought, path, 0 if node.id in without else times, lines)
            elif node.graph is not None:
                ports = self._nested(node, node.graph, brought, path, 0 if node.id in without else times, lines)
            else:
                ports = {
                    port.name: _merged(brought.values()) for port in NODE_TYPES[node.type].ports(node, self._tools)[1]
                }
            if node.type == "output":
                outputs[names[node.id]] = _merged(brought.values())
            made.update({(node.id, port): guess for port, guess in ports.items()})
        return outputs

    def _brought(
        self, node: Node, arriving: list[Edge], nodes: Mapping[str, Node], made: Mapping[tuple[str, str], Guess]
    ) -> dict[str, Guess]:
        found: dict[str, list[Guess]] = {}
        for edge in arriving:
            source = nodes[edge.source]
            port = edge.from_port or only(NODE_TYPES[source.type].ports(source, self._tools)[1])
            to = edge.to_port or only(NODE_TYPES[node.type].ports(node, self._tools)[0])
            found.setdefault(to, []).append(made.get((edge.source, port), Guess()))
        return {port: _merged(guesses) for port, guesses in found.items()}

    def _tool(
        self, node: Node, brought: Mapping[str, Guess], path: str, times: int, lines: list[Line]
    ) -> dict[str, Guess]:
        tool = self._catalogue.get(node.tool or "")
        assert tool is not None
        params = _params(tool, node, {name for name in brought if name.startswith(PARAMETER)})
        measures = _measures(tool, node, brought)
        if times:
            credits = charge(tool, measures, params, self._offered.get(tool.id, self._otherwise)).credits
            lines.append(Line(path, tool.id, times, credits * times))
        return {port.name: _made(port.kinds, port.many, measures, params) for port in tool.outputs}

    def _nested(
        self, node: Node, graph: Graph, brought: Mapping[str, Guess], path: str, times: int, lines: list[Line]
    ) -> dict[str, Guess]:
        if node.type == "pipeline":
            return self._walk(graph, brought, f"{path}/", times, lines)
        items = _merged(brought.values()).measures
        rounds = int(node.parameters.get("most", 10)) if node.type == "loop" else len(items) or USUAL_COUNT
        item = Guess((max(items, key=_size),)) if items else Guess()
        inside = {name: item for name in named(graph, "input").values() if name != "index"}
        outputs = self._walk(graph, inside, f"{path}/", times * rounds, lines)
        result = _merged(outputs.values())
        return {"items": Guess(result.measures * rounds), "value": result, "errors": Guess()}


def ordered(graph: Graph) -> list[Node]:
    """The nodes of a graph without cycles, each after those that it is linked from."""
    nodes = {node.id: node for node in graph.nodes}
    before: dict[str, set[str]] = {name: set() for name in nodes}
    for edge in graph.edges:
        before[edge.target].add(edge.source)
    return [nodes[name] for name in TopologicalSorter(before).static_order()]


def _usual(node: Node) -> Guess:
    kind = node.parameters.get("kind", "image")
    if kind not in {str(each) for each in Kind}:
        return Guess()
    return Guess((USUAL[Kind(kind)],) * (USUAL_COUNT if node.parameters.get("many") else 1))


def _merged(guesses: Iterable[Guess]) -> Guess:
    return Guess(tuple(measure for guess in guesses for measure in guess.measures))


def _params(tool: Tool, node: Node, linked: set[str]) -> ToolParams:
    """As the node has them; those that links will set are taken as they are by default."""
    try:
        return tool.params.model_validate(node.parameters)
    except ValidationError:
        return tool.params.model_construct(**node.parameters)


def _measures(tool: Tool, node: Node, brought: Mapping[str, Guess]) -> Measures:
    measures: Measures = {}
    for port in tool.inputs:
        constant = node.inputs.get(port.name)
        if port.name in brought:
            fitting = [_as(measure, port.kinds) for measure in brought[port.name].measures]
            found = fitting or [USUAL[port.kinds[0]]]
            measures[port.name] = found if port.many else [max(found, key=_size)]
        elif isinstance(constant, str) and Kind.text in port.kinds:
            measures[port.name] = [Measure(Kind.text, "text/plain", len(constant.encode()), characters=len(constant))]
        elif constant is not None:
            measures[port.name] = [USUAL[port.kinds[0]]]
    return measures


def _as(measure: Measure, kinds: Sequence[Kind]) -> Measure:
    """What arrives at a port of ``kinds``: a document is read where a text is wanted."""
    if measure.kind in kinds:
        return measure
    return replace(USUAL[kinds[0]], characters=max(measure.characters, USUAL[kinds[0]].characters))


def _made(kinds: Sequence[Kind], many: bool, measures: Measures, params: ToolParams) -> Guess:
    """What a tool may make of what it was given: the like of its largest input, enlarged as it was asked to."""
    given = [measure for found in measures.values() for measure in found if measure.kind in kinds]
    like = max(given, key=_size) if given else USUAL[kinds[0]]
    scale = getattr(params, "scale", 1)
    if isinstance(scale, int | float) and scale > 1:
        like = replace(like, width=ceil(like.width * scale), height=ceil(like.height * scale))
    if not many:
        return Guess((like,))
    count = getattr(params, "count", None)
    return Guess((like,) * (count if isinstance(count, int) and count > 0 else max(USUAL_COUNT, len(given))))


def _size(measure: Measure) -> float:
    return (measure.megapixels + 0.01) * max(1.0, measure.duration) + measure.characters * 1e-6 + measure.entries * 1e-9
