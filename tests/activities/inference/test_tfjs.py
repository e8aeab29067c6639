"""A TensorFlow.js graph becomes an ONNX network that computes what numpy says it should."""

import base64
import json
from typing import Any

import numpy as np
import onnxruntime
import pytest

from activities.inference.tfjs.convert import to_onnx
from activities.inference.tfjs.graph import read_graph

SHAPE = (1, 4, 6, 3)
PICTURE = np.random.default_rng(1).uniform(0.1, 1, SHAPE).astype(np.float32)


def string(text: str) -> dict[str, str]:
    return {"s": base64.b64encode(text.encode()).decode()}


def numbers(*values: int) -> dict[str, Any]:
    return {"list": {"i": [str(value) for value in values]}}


def graph_of(op: str, constants: list[Any], picture_at: int = 0, **attributes: Any) -> bytes:
    """A model of one operation on a picture ``x``; ``constants`` are its other inputs, in order."""
    arrays = [np.asarray(constant) for constant in constants]
    arrays = [array.astype(np.float32 if array.dtype.kind == "f" else np.int32) for array in arrays]
    names = [f"c{place}" for place in range(len(arrays))]
    inputs = [*names[:picture_at], "x", *names[picture_at:]]
    nodes: list[dict[str, Any]] = [{"name": name, "op": "Const"} for name in names]
    nodes += [{"name": "y", "op": op, "input": inputs, "attr": attributes}, {"name": "x", "op": "Placeholder"}]
    weights = [{"name": n, "shape": list(a.shape), "dtype": a.dtype.name} for n, a in zip(names, arrays, strict=True)]
    outputs = {"y": {"name": "y:0", "tensorShape": {"dim": [{"size": "-1"}] * 4}}}
    document = {
        "modelTopology": {"node": nodes},
        "weightsManifest": [{"paths": ["shard"], "weights": weights}],
        "signature": {"outputs": outputs},
    }
    return json.dumps(document).encode() + b"".join(array.tobytes() for array in arrays)


def result_of(raw: bytes) -> np.ndarray:
    network = to_onnx(read_graph(raw), SHAPE).SerializeToString()
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    result: np.ndarray = session.run(None, {"x": PICTURE})[0]
    return result


KERNEL = np.random.default_rng(2).normal(size=(2, 2, 3, 5)).astype(np.float32)
STEPS: dict[str, Any] = {"strides": numbers(1, 2, 2, 1), "padding": string("VALID")}
BLOCKS = PICTURE.reshape(1, 2, 2, 3, 2, 3)
MATRIX = KERNEL[0, 0]

CASES = {
    "square": (graph_of("Square", []), PICTURE**2),
    "rsqrt": (graph_of("Rsqrt", []), PICTURE**-0.5),
    "maximum": (graph_of("Maximum", [0.5]), np.maximum(PICTURE, 0.5)),
    "division": (graph_of("RealDiv", [2.0], picture_at=1), 2 / PICTURE),
    "sum": (graph_of("Sum", [[1, 2]], keep_dims={"b": True}), PICTURE.sum((1, 2), keepdims=True)),
    "transpose": (graph_of("Transpose", [[0, 2, 1, 3]]), PICTURE.transpose(0, 2, 1, 3)),
    "reshape": (graph_of("Reshape", [[1, 2, 12, 3]]), PICTURE.reshape(1, 2, 12, 3)),
    "slice": (graph_of("StridedSlice", [[0, 1], [1, 4], [1, 2]], end_mask={"i": "1"}), PICTURE[:, 1:4:2]),
    "pad": (graph_of("Pad", [[[0, 0], [1, 2], [0, 1], [0, 0]]]), np.pad(PICTURE, ((0, 0), (1, 2), (0, 1), (0, 0)))),
    "gather": (graph_of("GatherV2", [[3, 0], 1]), PICTURE[:, [3, 0]]),
    "product": (graph_of("Einsum", [MATRIX], equation=string("abcg,gf->abcf")), PICTURE @ MATRIX),
    "other product": (
        graph_of("Einsum", [np.ones((6, 2), np.float32)], equation=string("abgd,gf->abfd")),
        PICTURE.sum(2, keepdims=True).repeat(2, 2),
    ),
    "convolution": (graph_of("Conv2D", [KERNEL], **STEPS), np.einsum("nhiwjc,ijco->nhwo", BLOCKS, KERNEL)),
    "point convolution": (
        graph_of("Conv2D", [MATRIX[None, None]], strides=numbers(1, 1, 1, 1), padding=string("SAME")),
        PICTURE @ MATRIX,
    ),
    "transposed convolution": (
        graph_of("Conv2DBackpropInput", [[1, 8, 12, 5], KERNEL.swapaxes(2, 3)], picture_at=2, **STEPS),
        np.einsum("nhwc,ijco->nhiwjo", PICTURE, KERNEL).reshape(1, 8, 12, 5),
    ),
    "pool": (graph_of("MaxPool", [], ksize=numbers(1, 2, 2, 1), **STEPS), BLOCKS.max((2, 4))),
    "resize": (
        graph_of("ResizeBilinear", [[2, 3]], half_pixel_centers={"b": True}),
        BLOCKS.mean((2, 4)),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_operation_means_what_numpy_means(case: str) -> None:
    raw, expected = CASES[case]
    np.testing.assert_allclose(result_of(raw), expected, rtol=1e-5, atol=1e-5)


def test_weights_of_bytes_are_widened() -> None:
    document, _, _ = graph_of("AddV2", [0.0]).rpartition(bytes(4))
    quantized = {"dtype": "uint8", "scale": 0.5, "min": -1.0}
    model = json.loads(document)
    model["weightsManifest"][0]["weights"][0]["quantization"] = quantized
    np.testing.assert_allclose(result_of(json.dumps(model).encode() + b"\x06"), PICTURE + 2)


def test_arithmetic_with_the_size_is_done_beforehand() -> None:
    model = json.loads(graph_of("Reshape", []))
    model["modelTopology"]["node"] += [{"name": "s", "op": "Shape", "input": ["x"]}]
    model["modelTopology"]["node"][0]["input"] = ["x", "s"]
    network = to_onnx(read_graph(json.dumps(model).encode()), SHAPE)
    assert [node.op_type for node in network.graph.node] == ["Reshape"]


def test_an_unknown_operation_is_named() -> None:
    with pytest.raises(NotImplementedError, match=r"Bessel \(y\)"):
        to_onnx(read_graph(graph_of("Bessel", [])), SHAPE)
