"""Turns a TensorFlow.js graph into ONNX for one size of input, so that its arithmetic with shapes can be done now."""

from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, save

from .graph import Graph, Node, read_graph
from .known import compute
from .operators import Writer, write

OPSET, IR_VERSION = 17, 9

Shape = tuple[int, ...]


def to_onnx(graph: Graph, shape: Shape) -> ModelProto:
    """The network for one float32 input of ``shape``, laid out as the graph has it (pictures: N x H x W x C).

    Raises ``NotImplementedError`` for an operation that is not translated.
    """
    known: dict[str, np.ndarray] = {}
    writer = Writer(known)
    inputs: list[str] = []
    for node in graph.nodes:
        if node.op == "Placeholder":
            inputs.append(node.name)
        elif node.op == "Const":
            known[node.name] = graph.weights[node.name]
        elif node.op == "Shape" and node.inputs[0] in inputs:
            known[node.name] = np.array(shape, np.int32)
        else:
            _place(node, writer)
    return _model(graph, writer, inputs, shape)


def _place(node: Node, writer: Writer) -> None:
    if all(value in writer.known for value in node.inputs):
        writer.known[node.name] = compute(node, [writer.known[value] for value in node.inputs])
    else:
        write(node, writer)


def _model(graph: Graph, writer: Writer, inputs: list[str], shape: Shape) -> ModelProto:
    for name, value in graph.outputs.items():
        if name != value:
            writer.put("Identity", writer.operand(value), to=name)
    taken = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs]
    ranks = graph.ranks.items()
    given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * rank) for name, rank in ranks]
    drawn = helper.make_graph(writer.nodes, "tfjs", taken, given, writer.constants)
    model = helper.make_model(drawn, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    checker.check_model(model)
    return model


def convert_file(source: Path, target: Path, shape: Shape) -> Path:
    """Convert the file ``source`` (``model.json`` and its shards in one) to ``target``, which is returned."""
    save(to_onnx(read_graph(source.read_bytes()), shape), target)
    return target
