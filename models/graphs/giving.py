"""What the inputs of a graph give when it begins, and under which names it is asked for what it makes."""

from typing import Any

from .graph import Graph


def named(graph: Graph, kind: str) -> dict[str, str]:
    """Names of the nodes of type ``kind`` (input or output), by id."""
    return {node.id: str(node.parameters.get("name", "")) for node in graph.nodes if node.type == kind}


def given(graph: Graph, item: Any, number: int) -> dict[str, dict[str, Any]]:
    """``item`` and ``index`` by these names; fields of an item that is an object by theirs; and a graph's only other
    input gets the item, whatever its name. What is not there is the node's default, or nothing."""
    names = named(graph, "input")
    others = [node for node, name in names.items() if name not in {"item", "index"}]
    found: dict[str, dict[str, Any]] = {}
    for node in graph.nodes:
        if node.type != "input":
            continue
        name = names[node.id]
        if name == "index":
            value: Any = number
        elif isinstance(item, dict) and name in item:
            value = item[name]
        elif name == "item" or (others == [node.id] and "item" not in names.values() and not isinstance(item, dict)):
            value = item
        else:
            value = node.parameters.get("default")
        found[node.id] = {} if value is None else {"value": value}
    return found
