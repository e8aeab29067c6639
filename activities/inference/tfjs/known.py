"""Computes with numpy the operations whose inputs are known: shapes, mostly, once the size of the input is fixed."""

from collections.abc import Callable

import numpy as np

from .graph import Node

DTYPES = {"DT_FLOAT": np.float32, "DT_INT32": np.int32, "DT_INT64": np.int64, "DT_BOOL": np.bool_}

Compute = Callable[..., np.ndarray]

ELEMENTWISE: dict[str, Compute] = {
    "Abs": np.abs,
    "Add": np.add,
    "AddV2": np.add,
    "Exp": np.exp,
    "Floor": np.floor,
    "FloorDiv": np.floor_divide,
    "FloorMod": np.mod,
    "Greater": np.greater,
    "GreaterEqual": np.greater_equal,
    "Less": np.less,
    "LessEqual": np.less_equal,
    "LogicalAnd": np.logical_and,
    "Maximum": np.maximum,
    "Minimum": np.minimum,
    "Mul": np.multiply,
    "Neg": np.negative,
    "NotEqual": np.not_equal,
    "RealDiv": np.divide,
    "Reciprocal": np.reciprocal,
    "SelectV2": np.where,
    "Sign": np.sign,
    "Square": np.square,
    "Sub": np.subtract,
    "Tanh": np.tanh,
}


def compute(node: Node, values: list[np.ndarray]) -> np.ndarray:
    """The result of ``node``; ``NotImplementedError`` for an operation that no network of ours has."""
    if node.op in ELEMENTWISE:
        with np.errstate(divide="ignore", invalid="ignore"):  # both branches of a select are computed
            return np.asarray(ELEMENTWISE[node.op](*values))
    if node.op not in SHAPED:
        raise NotImplementedError(f"{node.op} of constants ({node.name})")
    return np.asarray(SHAPED[node.op](node, *values))


def strided(node: Node, begin: np.ndarray, end: np.ndarray, step: np.ndarray) -> tuple[slice | int, ...]:
    """The Python index that a StridedSlice means; ``NotImplementedError`` for an ellipsis or a new axis."""
    bits = {
        key: node.attributes.get(f"{key}_mask", 0) for key in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    if bits["ellipsis"] or bits["new_axis"]:
        raise NotImplementedError(f"StridedSlice with an ellipsis or a new axis ({node.name})")

    def index(axis: int) -> slice | int:
        if bits["shrink_axis"] >> axis & 1:
            return int(begin[axis])
        first = None if bits["begin"] >> axis & 1 else int(begin[axis])
        last = None if bits["end"] >> axis & 1 else int(end[axis])
        return slice(first, last, int(step[axis]))

    return tuple(index(axis) for axis in range(len(begin)))


def _sparse(node: Node, places: np.ndarray, shape: np.ndarray, values: np.ndarray, rest: np.ndarray) -> np.ndarray:
    dense = np.full(shape, rest)
    dense[tuple(places.T) if places.ndim == 2 else places] = values
    return dense


SHAPED: dict[str, Compute] = {
    "BroadcastTo": lambda node, x, shape: np.broadcast_to(x, shape),
    "Cast": lambda node, x: x.astype(DTYPES[node.attributes["DstT"]]),
    "ConcatV2": lambda node, *parts: np.concatenate(parts[:-1], int(parts[-1])),
    "Einsum": lambda node, *parts: np.einsum(node.attributes["equation"], *parts),
    "ExpandDims": lambda node, x, axis: np.expand_dims(x, int(axis)),
    "GatherV2": lambda node, x, places, axis: np.take(x, places, int(axis)),
    "Pack": lambda node, *parts: np.stack(parts, node.attributes.get("axis", 0)),
    "Range": lambda node, first, last, step: np.arange(int(first), int(last), int(step)).astype(first.dtype),
    "Reshape": lambda node, x, shape: x.reshape(shape),
    "SparseToDense": _sparse,
    "Squeeze": lambda node, x: np.squeeze(x, tuple(node.attributes["squeeze_dims"]) or None),
    "StridedSlice": lambda node, x, begin, end, step: x[strided(node, begin, end, step)],
    "Sum": lambda node, x, axes: x.sum(tuple(axes.flat), keepdims=node.attributes.get("keep_dims", False)),
    "Transpose": lambda node, x, order: x.transpose(order),
}
