"""Writes TensorFlow's operations as ONNX nodes. Pictures stay NHWC; only true convolutions are turned and back."""

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from .graph import Node
from .known import DTYPES, strided

HALVED = 1024
"""Weights of this many values and more are stored as fp16; they are widened once, when the network is loaded."""

SAME_NAME = {
    "Abs",
    "Add",
    "Exp",
    "Floor",
    "Greater",
    "Less",
    "Mul",
    "Neg",
    "Reciprocal",
    "Sigmoid",
    "Sign",
    "Sub",
    "Tanh",
}
RENAMED = {
    "AddV2": "Add",
    "GreaterEqual": "GreaterOrEqual",
    "LessEqual": "LessOrEqual",
    "LogicalAnd": "And",
    "Maximum": "Max",
    "Minimum": "Min",
    "RealDiv": "Div",
    "SelectV2": "Where",
}
PICTURE_FIRST, CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)


class Writer:
    """Collects the nodes and constants of an ONNX graph. ``known`` holds the values that are constants."""

    def __init__(self, known: dict[str, np.ndarray]) -> None:
        self.known = known
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self._written: set[str] = set()
        self._count = 0

    def fresh(self) -> str:
        """A name that no value has."""
        self._count += 1
        return f"t{self._count}"

    def put(self, op: str, *inputs: str, to: str = "", **attributes: Any) -> str:
        """Append a node and return the name of its result."""
        result = to or self.fresh()
        self.nodes.append(helper.make_node(op, list(inputs), [result], **attributes))
        return result

    def constant(self, value: Any, name: str = "") -> str:
        """The name under which ``value`` can be read; big weights are stored in half their bytes."""
        array, name = np.ascontiguousarray(value).reshape(np.shape(value)), name or self.fresh()
        if array.dtype == np.float32 and array.size >= HALVED:
            limit = np.finfo(np.float16).max
            half = self.constant(np.clip(array, -limit, limit).astype(np.float16))
            self.nodes.append(helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT))
            return name
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def integers(self, value: str) -> str:
        """A known value as the int64 that ONNX wants of shapes and axes."""
        return self.constant(np.atleast_1d(self.known[value]).astype(np.int64))

    def operand(self, value: str, thin: bool = False) -> str:
        """The ONNX name of a value. ``thin``: its reader broadcasts, so axes that only repeat shrink to one."""
        if value not in self.known:
            return value
        array = self.known[value]
        if thin and array.size >= HALVED:
            return self.constant(_thinned(array))
        if value not in self._written:
            self._written.add(value)
            self.constant(array, value)
        return value


def _thinned(array: np.ndarray) -> np.ndarray:
    """JAX writes broadcasts out, on both operands; what was repeated need not be stored again."""
    for axis in range(array.ndim):
        first = array.take([0], axis)
        if (array == first).all():
            array = first
    return array


def write(node: Node, writer: Writer) -> None:
    """Append what ``node`` means; ``NotImplementedError`` for an operation that no network of ours has."""
    simple = node.op if node.op in SAME_NAME else RENAMED.get(node.op)
    if simple:
        writer.put(simple, *(writer.operand(value, thin=True) for value in node.inputs), to=node.name)
    elif node.op in WRITERS:
        WRITERS[node.op](node, writer)
    else:
        raise NotImplementedError(f"{node.op} ({node.name})")


def _square(node: Node, writer: Writer) -> None:
    writer.put("Mul", node.inputs[0], node.inputs[0], to=node.name)


def _rsqrt(node: Node, writer: Writer) -> None:
    writer.put("Reciprocal", writer.put("Sqrt", node.inputs[0]), to=node.name)


def _not_equal(node: Node, writer: Writer) -> None:
    left, right = (writer.operand(value, thin=True) for value in node.inputs)
    writer.put("Not", writer.put("Equal", left, right), to=node.name)


def _leaky(node: Node, writer: Writer) -> None:
    writer.put("LeakyRelu", node.inputs[0], to=node.name, alpha=float(node.attributes["alpha"]))


def _identity(node: Node, writer: Writer) -> None:
    writer.put("Identity", node.inputs[0], to=node.name)


def _cast(node: Node, writer: Writer) -> None:
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(DTYPES[node.attributes["DstT"]]))
    writer.nodes.append(helper.make_node("Cast", [node.inputs[0]], [node.name], to=kind))


def _sum(node: Node, writer: Writer) -> None:
    keep = int(node.attributes.get("keep_dims", False))
    writer.put("ReduceSum", node.inputs[0], writer.integers(node.inputs[1]), to=node.name, keepdims=keep)


def _with_integers(op: str) -> Callable[[Node, Writer], None]:
    def written(node: Node, writer: Writer) -> None:
        writer.put(op, writer.operand(node.inputs[0]), writer.integers(node.inputs[1]), to=node.name)

    return written


def _transpose(node: Node, writer: Writer) -> None:
    writer.put("Transpose", node.inputs[0], to=node.name, perm=[int(axis) for axis in writer.known[node.inputs[1]]])


def _concat(node: Node, writer: Writer) -> None:
    *parts, axis = node.inputs
    writer.put("Concat", *map(writer.operand, parts), to=node.name, axis=int(writer.known[axis]))


def _gather(node: Node, writer: Writer) -> None:
    source, places, axis = node.inputs
    inputs = writer.operand(source), writer.operand(places)
    writer.put("Gather", *inputs, to=node.name, axis=int(writer.known[axis]))


def _slice(node: Node, writer: Writer) -> None:
    source, *bounds = node.inputs
    index = strided(node, *(writer.known[bound] for bound in bounds))
    slices = [part for part in index if isinstance(part, slice)]
    if len(slices) < len(index) or any(part.step < 1 for part in slices):
        raise NotImplementedError(f"StridedSlice that drops an axis or runs backwards ({node.name})")
    far = np.iinfo(np.int64).max
    first = [part.start or 0 for part in slices]
    last = [far if part.stop is None else part.stop for part in slices]
    numbers = [first, last, list(range(len(slices))), [part.step for part in slices]]
    writer.put("Slice", source, *(writer.constant(np.array(row, np.int64)) for row in numbers), to=node.name)


def _split(node: Node, writer: Writer) -> None:
    source, sizes, axis = node.inputs
    results = [node.name, *(f"{node.name}:{place}" for place in range(1, node.attributes["num_split"]))]
    inputs = [source, writer.integers(sizes)]
    writer.nodes.append(helper.make_node("Split", inputs, results, axis=int(writer.known[axis])))


def _pad(node: Node, writer: Writer) -> None:
    source, widths, *filling = node.inputs
    pads = writer.constant(writer.known[widths].T.ravel().astype(np.int64))
    writer.put("Pad", source, pads, *map(writer.operand, filling), to=node.name)


def _einsum(node: Node, writer: Writer) -> None:
    """A product over the last axis is a matrix product, which has much the better kernels."""
    equation, inputs = node.attributes["equation"], [writer.operand(value) for value in node.inputs]
    terms, result = equation.split("->")
    left, right = terms.split(",")
    if len(right) == 2 and left[-1] == right[0] and result == left[:-1] + right[1] and right[1] not in left:
        writer.put("MatMul", *inputs, to=node.name)
    else:
        writer.put("Einsum", *inputs, to=node.name, equation=equation)


def _turned(node: Node, writer: Writer, source: str, op: str, *weights: str, **attributes: Any) -> None:
    """An ONNX operation on pictures NCHW, between the transpositions from and to NHWC."""
    if node.attributes.get("data_format", "NHWC") != "NHWC":
        raise NotImplementedError(f"{node.op} of {node.attributes['data_format']} ({node.name})")
    planes = writer.put("Transpose", source, perm=PICTURE_FIRST)
    result = writer.put(op, planes, *weights, **attributes)
    writer.put("Transpose", result, to=node.name, perm=CHANNELS_LAST)


def _padding(node: Node) -> str:
    return {"SAME": "SAME_UPPER", "VALID": "VALID"}[node.attributes["padding"]]


def _convolution(node: Node, writer: Writer) -> None:
    source, kernel = node.inputs
    weights, strides = writer.known[kernel], node.attributes["strides"][1:3]
    if weights.shape[:2] == (1, 1) and strides == [1, 1]:
        writer.put("MatMul", source, writer.constant(weights[0, 0]), to=node.name)
        return
    dilations = node.attributes.get("dilations", [1, 1, 1, 1])[1:3]
    filters = writer.constant(weights.transpose(3, 2, 0, 1))
    attributes = {"strides": strides, "dilations": dilations, "auto_pad": _padding(node)}
    _turned(node, writer, source, "Conv", filters, **attributes)


def _transposed_convolution(node: Node, writer: Writer) -> None:
    _, kernel, source = node.inputs
    strides = node.attributes["strides"][1:3]
    if _padding(node) != "VALID" or list(writer.known[kernel].shape[:2]) != strides:
        raise NotImplementedError(f"Conv2DBackpropInput whose steps overlap ({node.name})")
    filters = writer.constant(writer.known[kernel].transpose(3, 2, 0, 1))
    _turned(node, writer, source, "ConvTranspose", filters, strides=strides)


def _max_pool(node: Node, writer: Writer) -> None:
    window, strides = node.attributes["ksize"][1:3], node.attributes["strides"][1:3]
    _turned(node, writer, node.inputs[0], "MaxPool", kernel_shape=window, strides=strides, auto_pad=_padding(node))


def _resize(node: Node, writer: Writer) -> None:
    if not node.attributes.get("half_pixel_centers"):
        raise NotImplementedError(f"ResizeBilinear that does not count from pixels' middles ({node.name})")
    source, size = node.inputs
    shape = [writer.put("Shape", source, start=start, end=end) for start, end in ((0, 1), (3, 4))]
    sides = writer.put("Concat", shape[0], shape[1], writer.integers(size), axis=0)
    how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    _turned(node, writer, source, "Resize", "", "", sides, **how)


WRITERS: dict[str, Callable[[Node, Writer], None]] = {
    "BroadcastTo": _with_integers("Expand"),
    "Cast": _cast,
    "ConcatV2": _concat,
    "Conv2D": _convolution,
    "Conv2DBackpropInput": _transposed_convolution,
    "Einsum": _einsum,
    "ExpandDims": _with_integers("Unsqueeze"),
    "GatherV2": _gather,
    "Identity": _identity,
    "LeakyRelu": _leaky,
    "MaxPool": _max_pool,
    "NotEqual": _not_equal,
    "Pad": _pad,
    "PadV2": _pad,
    "ResizeBilinear": _resize,
    "Reshape": _with_integers("Reshape"),
    "Rsqrt": _rsqrt,
    "SplitV": _split,
    "Square": _square,
    "StridedSlice": _slice,
    "Sum": _sum,
    "Transpose": _transpose,
}
