"""Opens ONNX networks the one way that suits slots: few threads, no spinning, no arena that keeps gigabytes."""

from pathlib import Path
from typing import TYPE_CHECKING

from .devices import Device

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_session(path: Path, device: Device, threads: int) -> "InferenceSession":
    """A session on ``device`` with ``threads`` threads; on the processor where onnxruntime knows no CUDA."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # ISNet would keep 1.2 GB between runs; costs it a fifth of its speed
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other slots want the core, too
    wanted = ["CUDAExecutionProvider"] if device.kind == "cuda" else []
    there = [name for name in wanted if name in onnxruntime.get_available_providers()]
    return onnxruntime.InferenceSession(path, options, providers=[*there, "CPUExecutionProvider"])
