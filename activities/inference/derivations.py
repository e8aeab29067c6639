"""What is made of published weights once, before they are cached, because it makes them faster or readable."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto


def single_precision(source: Path, folder: Path) -> Path:
    """An ONNX network of fp16 with fp32 weights and no casts: faster on processors, which have no fp16 kernels."""
    import onnx

    network = onnx.load(source)
    _widen(network)
    _drop_casts(network.graph)
    onnx.checker.check_model(network)
    target = folder / "single.onnx"
    onnx.save(network, target)
    return target


def _widen(network: "ModelProto") -> None:
    import numpy as np
    from onnx import AttributeProto, TensorProto, numpy_helper

    def widened(tensor: TensorProto) -> TensorProto:
        return numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name)

    for tensor in network.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT16:
            tensor.CopyFrom(widened(tensor))
    for node in network.graph.node:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.TENSOR and attribute.t.data_type == TensorProto.FLOAT16:
                attribute.t.CopyFrom(widened(attribute.t))
    del network.graph.value_info[:]


def _drop_casts(graph: "GraphProto") -> None:
    """Take out every cast: what read its result reads its source, and a source of an output is renamed to it."""
    outputs = {output.name for output in graph.output}
    alias: dict[str, str] = {}
    for node in [node for node in graph.node if node.op_type == "Cast"]:
        source, result = alias.get(node.input[0], node.input[0]), node.output[0]
        if result in outputs:
            _rename(graph, source, result)
            alias[source] = result
        else:
            alias[result] = source
        graph.node.remove(node)
    for node in graph.node:
        for place, value in enumerate(node.input):
            while value in alias:
                value = alias[value]
            node.input[place] = value


def _rename(graph: "GraphProto", old: str, new: str) -> None:
    for node in graph.node:
        for place, value in enumerate(node.output):
            if value == old:
                node.output[place] = new


def tfjs_maxim_256(source: Path, folder: Path) -> Path:
    """MAXIM as ONNX for pictures of 256 x 256, NHWC: any multiple of 64 would do, and memory grows with the square."""
    from .tfjs.convert import convert_file

    return convert_file(source, folder / "maxim.onnx", (1, 256, 256, 3))


def tfjs_nanodet(source: Path, folder: Path) -> Path:
    """NanoDet as ONNX for pictures of 416 x 416, NCHW, the size that it was published for."""
    from .tfjs.convert import convert_file

    return convert_file(source, folder / "nanodet.onnx", (1, 3, 416, 416))


def keras_layers(source: Path, folder: Path) -> Path:
    """A Keras 3 weights file as safetensors: every layer's ``.weight`` (out, in, height, width) and ``.bias``."""
    import h5py
    import numpy as np
    from safetensors.numpy import save_file

    tensors: dict[str, np.ndarray] = {}

    def visit(path: str, item: object) -> None:
        if isinstance(item, h5py.Group) and "0" in item and path.endswith("/vars"):
            name = path.removesuffix("/vars").replace("/", ".")
            tensors[f"{name}.weight"] = np.ascontiguousarray(item["0"][:].transpose(3, 2, 0, 1))
            tensors[f"{name}.bias"] = item["1"][:]

    with h5py.File(source) as file:
        file.visititems(visit)
    target = folder / "layers.safetensors"
    save_file(tensors, target)
    return target


def truetype(source: Path, folder: Path) -> Path:
    """A font of the web (WOFF2) unpacked, so that opening it at one more size costs nothing."""
    from fontTools.ttLib import TTFont

    font = TTFont(source, recalcTimestamp=False)
    font.flavor = None
    target = folder / "font.ttf"
    font.save(target)
    return target


DERIVATIONS: dict[str, Callable[[Path, Path], Path]] = {
    "single_precision": single_precision,
    "tfjs_maxim_256": tfjs_maxim_256,
    "tfjs_nanodet": tfjs_nanodet,
    "keras_layers": keras_layers,
    "truetype": truetype,
}
