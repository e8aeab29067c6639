"""Small changes to a drawing, as an editor makes them: one operation each, all of a request or none."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import InvalidInput, wrong
from ..errors.fields import field_message_zh
from .graph import MOST_EDGES, MOST_NODES, Edge, Graph, Node, NodeId

MOST_OPERATIONS = 500


class Operation(BaseModel):
    """``op`` tells them apart."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AddNode(Operation):
    """A node with an id that none has yet."""

    op: Literal["add_node"]
    node: Node


class UpdateNode(Operation):
    """``changes`` replace the node's keys of these names; null takes a key away. A node keeps its id."""

    op: Literal["update_node"]
    id: NodeId
    changes: dict[str, Any]


class RemoveNode(Operation):
    """The node and every edge at it."""

    op: Literal["remove_node"]
    id: NodeId


class MoveNode(Operation):
    """Where the editor shows it."""

    op: Literal["move_node"]
    id: NodeId
    position: dict[str, float]


class AddEdge(Operation):
    """Between two nodes that are there."""

    op: Literal["add_edge"]
    edge: Edge


class RemoveEdge(Operation):
    """The edge with exactly these ends; ports that it does not name are not to be named."""

    op: Literal["remove_edge"]
    edge: Edge


AnyOperation = Annotated[AddNode | UpdateNode | RemoveNode | MoveNode | AddEdge | RemoveEdge, Field(discriminator="op")]
Operations = Annotated[list[AnyOperation], Field(min_length=1, max_length=MOST_OPERATIONS)]


def apply(graph: Graph, operations: Sequence[AnyOperation]) -> Graph:
    """The graph after all of them, in order; raises ``InvalidInput`` that names ``operations.N``, the first that fails.

    Mistakes of the drawing itself are no obstacle: an editor saves what is not finished.
    """
    drawing = _Drawing(graph)
    for number, operation in enumerate(operations):
        drawing.at = f"operations.{number}"
        STEPS[operation.op](drawing, operation)
    return Graph(nodes=drawing.nodes, edges=drawing.edges)


class _Drawing:
    """The graph while it is changed; ``at`` is the operation that errors name."""

    def __init__(self, graph: Graph) -> None:
        self.nodes = list(graph.nodes)
        self.edges = list(graph.edges)
        self.at = ""

    def add_node(self, operation: AddNode) -> None:
        if any(node.id == operation.node.id for node in self.nodes):
            raise self._wrong(
                "node.id", f"已有节点 {operation.node.id}", f"there is a node {operation.node.id} already"
            )
        if len(self.nodes) >= MOST_NODES:
            raise self._wrong("node", f"最多 {MOST_NODES} 个节点", f"a graph has {MOST_NODES} nodes at most")
        self.nodes.append(operation.node)

    def update_node(self, operation: UpdateNode) -> None:
        place = self._find("id", operation.id)
        if operation.changes.get("id", operation.id) != operation.id:
            raise self._wrong("changes.id", "节点编号不能更改", "a node keeps its id")
        old = self.nodes[place].model_dump(mode="json", by_alias=True, exclude_unset=True)
        merged = {key: value for key, value in {**old, **operation.changes}.items() if value is not None}
        try:
            self.nodes[place] = Node.model_validate(merged)
        except ValidationError as invalid:
            raise InvalidInput(errors=[self._field(each) for each in invalid.errors()]) from invalid

    def remove_node(self, operation: RemoveNode) -> None:
        self._find("id", operation.id)
        self.nodes = [node for node in self.nodes if node.id != operation.id]
        self.edges = [edge for edge in self.edges if operation.id not in (edge.source, edge.target)]

    def move_node(self, operation: MoveNode) -> None:
        place = self._find("id", operation.id)
        self.nodes[place] = self.nodes[place].model_copy(update={"position": operation.position})

    def add_edge(self, operation: AddEdge) -> None:
        edge = operation.edge
        self._find("edge.from", edge.source)
        self._find("edge.to", edge.target)
        if any(_ends(each) == _ends(edge) for each in self.edges):
            raise self._wrong("edge", "这条线已存在", "this edge is there already")
        if len(self.edges) >= MOST_EDGES:
            raise self._wrong("edge", f"最多 {MOST_EDGES} 条线", f"a graph has {MOST_EDGES} edges at most")
        self.edges.append(edge)

    def remove_edge(self, operation: RemoveEdge) -> None:
        left = [edge for edge in self.edges if _ends(edge) != _ends(operation.edge)]
        if len(left) == len(self.edges):
            raise self._wrong("edge", "没有这条线", "there is no such edge")
        self.edges = left

    def _find(self, path: str, node_id: str) -> int:
        for place, node in enumerate(self.nodes):
            if node.id == node_id:
                return place
        raise self._wrong(path, f"没有节点 {node_id}", f"there is no node {node_id}")

    def _wrong(self, path: str, zh: str, en: str) -> InvalidInput:
        return InvalidInput(errors=[wrong(f"{self.at}.{path}", zh, en)])

    def _field(self, error: Any) -> dict[str, str]:
        place = ".".join(str(part) for part in error["loc"])
        return wrong(f"{self.at}.changes.{place}", field_message_zh(error), error["msg"])


STEPS: dict[str, Callable[[_Drawing, Any], None]] = {
    "add_node": _Drawing.add_node,
    "update_node": _Drawing.update_node,
    "remove_node": _Drawing.remove_node,
    "move_node": _Drawing.move_node,
    "add_edge": _Drawing.add_edge,
    "remove_edge": _Drawing.remove_edge,
}


def _ends(edge: Edge) -> tuple[str, str | None, str, str | None]:
    return edge.source, edge.from_port, edge.target, edge.to_port
