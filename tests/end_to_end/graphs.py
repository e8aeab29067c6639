"""Graphs of the tests, drawn in few words."""

from typing import Any

Node = dict[str, Any]


def graph(*nodes: Node, edges: list[str]) -> dict[str, Any]:
    """Edges are written ``from.port > to.port``; a port may be left out."""
    return {"nodes": list(nodes), "edges": [_edge(each) for each in edges]}


def given(name: str, kind: str = "text", **more: Any) -> Node:
    """An input node, its id its name."""
    return {"id": name, "type": "input", "parameters": {"name": name, "kind": kind, **more}}


def result(name: str) -> Node:
    """An output node, its id its name."""
    return {"id": name, "type": "output", "parameters": {"name": name}}


def echo(name: str, seconds: float = 0.0, **more: Any) -> Node:
    """A tool of 3 credits that gives its text back as a document."""
    parameters = {"seconds": seconds, **more.pop("parameters", {})}
    return {"id": name, "type": "tool", "tool": "sample-echo", "parameters": parameters, **more}


def node(name: str, node_type: str, nested: dict[str, Any] | None = None, **parameters: Any) -> Node:
    """A node of the flow."""
    return {"id": name, "type": node_type, "parameters": parameters, **({"graph": nested} if nested else {})}


def _edge(words: str) -> dict[str, str]:
    source, _, target = words.partition(">")
    edge: dict[str, str] = {}
    for side, text in (("from", source), ("to", target)):
        name, _, port = text.strip().partition(".")
        edge[side] = name
        if port:
            edge[f"{side}_port"] = port
    return edge
