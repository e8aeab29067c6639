"""Where the nodes of a drawing stand, for one that came without places."""

from graphlib import TopologicalSorter

from models.graphs.graph import Graph

ACROSS, DOWN = 280, 160
"""Pixels of the editor between neighbours."""


def placed(graph: Graph) -> Graph:
    """Each node a column right of those that it is linked from; graphs within it likewise. Cycles raise CycleError."""
    before: dict[str, set[str]] = {node.id: set() for node in graph.nodes}
    for edge in graph.edges:
        before[edge.target].add(edge.source)
    columns: dict[str, int] = {}
    for name in TopologicalSorter(before).static_order():
        columns[name] = max((columns[each] + 1 for each in before[name]), default=0)
    rows: dict[int, int] = {}
    nodes = []
    for node in graph.nodes:
        column = columns[node.id]
        row = rows[column] = rows.get(column, -1) + 1
        place = {"x": float(ACROSS * column), "y": float(DOWN * row)}
        inner = placed(node.graph) if node.graph is not None else None
        nodes.append(node.model_copy(update={"position": place, **({"graph": inner} if inner else {})}))
    return graph.model_copy(update={"nodes": nodes})
