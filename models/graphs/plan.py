"""A graph as a run needs it: steps and links with every port named, resolved once, when the run is opened."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from .graph import Edge, Graph, Node
from .nodes import NODE_TYPES
from .ports import GraphPort, Tools


class Planned(BaseModel):
    """Frozen; fields are only ever added, with defaults, since histories hold old ones."""

    model_config = ConfigDict(frozen=True)


class Link(Planned):
    """From a port of one step to a port of another."""

    source: str
    port: str
    target: str
    to: str


class Step(Planned):
    """A node. ``required``: input ports of which each that has links needs a live one.

    ``attempts`` and ``wait`` (seconds before the second one) are the node's retry; ``nested`` is its own graph.
    """

    id: str
    type: str
    required: tuple[str, ...] = ()
    on_error: str = "stop"
    attempts: int = 1
    wait: float = 5
    concurrency: int = 1
    skip_failed: bool = False
    most: int = 1
    nested: "Plan | None" = None

    @property
    def weight(self) -> int:
        """How many steps a run through it takes at most, by which histories are kept short."""
        return 1 + (self.most * self.nested.weight if self.nested else 0)


class Plan(Planned):
    """Steps and the links between them."""

    steps: tuple[Step, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def weight(self) -> int:
        return sum(step.weight for step in self.steps)


def plan(graph: Graph, tools: Tools) -> Plan:
    """The plan of a graph that ``validate`` finds nothing wrong with. Input nodes are given, not run: no steps."""
    ports = {node.id: NODE_TYPES[node.type].ports(node, tools) for node in graph.nodes}
    return Plan(
        steps=tuple(_step(node, ports[node.id][0], tools) for node in graph.nodes if node.type != "input"),
        links=tuple(_link(edge, ports) for edge in graph.edges),
    )


def nodes_of(graph: Graph, prefix: str = "") -> Iterator[tuple[str, Node, Graph]]:
    """``(path, node, the graph it lies in)`` of every node, in nested graphs too; a path is ``outer/inner``."""
    for node in graph.nodes:
        yield f"{prefix}{node.id}", node, graph
        if node.graph is not None:
            yield from nodes_of(node.graph, f"{prefix}{node.id}/")


def _step(node: Node, inputs: tuple[GraphPort, ...], tools: Tools) -> Step:
    parameters = node.parameters
    return Step(
        id=node.id,
        type=node.type,
        required=tuple(port.name for port in inputs if port.required),
        on_error=node.on_error,
        attempts=node.retry.attempts,
        wait=node.retry.wait,
        concurrency=int(parameters.get("concurrency", 4)),
        skip_failed=parameters.get("on_error") == "skip",
        most=int(parameters.get("most", 10)) if node.type == "loop" else 1,
        nested=None if node.graph is None else plan(node.graph, tools),
    )


def _link(edge: Edge, ports: dict[str, tuple[tuple[GraphPort, ...], tuple[GraphPort, ...]]]) -> Link:
    return Link(
        source=edge.source,
        port=edge.from_port or only(ports[edge.source][1]),
        target=edge.target,
        to=edge.to_port or only(ports[edge.target][0]),
    )


def only(ports: tuple[GraphPort, ...]) -> str:
    """The port that an edge means which names none: the only required one, or the only one."""
    return ([port for port in ports if port.required] or list(ports))[0].name
