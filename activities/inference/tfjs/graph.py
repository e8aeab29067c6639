"""Reads a TensorFlow.js graph model: the nodes of ``model.json`` in the order of their use, and its weights.

The format is that of tfjs-converter: a GraphDef in JSON whose constants lie, by name, in one run of bytes.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

STORED = {"float32": "<f4", "float16": "<f2", "int32": "<i4", "uint8": "u1", "uint16": "<u2", "bool": "?"}


@dataclass(frozen=True)
class Node:
    """An operation. ``inputs`` name values: a node's first output by its name, the next as ``name:1``."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Graph:
    """``nodes`` in an order in which each comes after its inputs; ``outputs``: names for users -> values.

    ``ranks``: how many axes each output has.
    """

    nodes: list[Node]
    weights: dict[str, np.ndarray]
    outputs: dict[str, str]
    ranks: dict[str, int]


def read_graph(raw: bytes) -> Graph:
    """``raw``: ``model.json`` and after it all its shards, in the order in which it lists them."""
    document, end = json.JSONDecoder().raw_decode(raw.decode("latin-1"))
    nodes = {entry["name"]: _node(entry) for entry in document["modelTopology"]["node"]}
    listed = [weight for group in document["weightsManifest"] for weight in group["weights"]]
    signature = {_value(key): entry for key, entry in document["signature"]["outputs"].items()}
    outputs = {key: _value(entry["name"]) for key, entry in signature.items()}
    ranks = {key: len(entry["tensorShape"].get("dim", [])) for key, entry in signature.items()}
    return Graph(_ordered(nodes, list(outputs.values())), dict(_weights(listed, raw, end)), outputs, ranks)


def _node(entry: dict[str, Any]) -> Node:
    inputs = tuple(_value(name) for name in entry.get("input", []) if not name.startswith("^"))
    attributes = {key: _attribute(value) for key, value in entry.get("attr", {}).items()}
    return Node(entry["name"], entry["op"], inputs, attributes)


def _value(name: str) -> str:
    return name.removesuffix(":0")


def _attribute(value: dict[str, Any]) -> Any:
    kind, content = next(iter(value.items()))
    match kind:
        case "s":
            return base64.b64decode(content).decode()
        case "i":
            return int(content)
        case "list":
            return [int(item) for item in content.get("i", [])]
    return content


def _ordered(nodes: dict[str, Node], wanted: list[str]) -> list[Node]:
    """The nodes that ``wanted`` rest on, depth first without recursion: such graphs are ten thousand nodes deep."""
    order: dict[str, Node] = {}
    stack = [(value, False) for value in reversed(wanted)]
    while stack:
        value, ready = stack.pop()
        node = nodes[value.split(":")[0]]
        if ready:
            order[node.name] = node
        elif node.name not in order:
            stack.append((value, True))
            stack.extend((name, False) for name in node.inputs)
    return list(order.values())


def _weights(listed: list[dict[str, Any]], raw: bytes, start: int) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays by name; a quantised one is widened to the type that it stands for."""
    for weight in listed:
        quantized = weight.get("quantization", {})
        stored = np.dtype(STORED[quantized.get("dtype", weight["dtype"])])
        flat = np.frombuffer(raw, stored, prod(weight["shape"]), start)
        start += flat.nbytes
        if "scale" in quantized:
            flat = flat * np.float32(quantized["scale"]) + np.float32(quantized["min"])
        yield weight["name"], flat.astype(STORED[weight["dtype"]]).reshape(weight["shape"])
