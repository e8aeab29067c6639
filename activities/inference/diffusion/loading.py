"""Loads a pipeline from a folder onto a device: safetensors alone, no code of the folder, as much as a card holds."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from models.errors import CheckpointUnusable

from ..devices import Device

if TYPE_CHECKING:
    import torch

WORKING_MEMORY = 2 << 30
"""Bytes beside the weights that a card wants for a picture of a megapixel."""
SHARE_OF_CARD = 0.9


@contextmanager
def named(checkpoint: str) -> Iterator[None]:
    """What diffusers, transformers and safetensors raise for a broken folder, as ``CheckpointUnusable``."""
    from safetensors import SafetensorError

    broken = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError, SafetensorError)
    try:
        yield
    except broken as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise CheckpointUnusable(checkpoint=checkpoint, reason=lines[0][:200]) from error


def load_pipeline(folder: Path, controlnet: Path | None, device: Device, threads: int) -> Any:
    """The pipeline of ``folder``, quiet and without a safety checker of its own; raises ``CheckpointUnusable``."""
    import diffusers
    import torch
    from diffusers.utils import logging as speech

    torch.set_num_threads(threads)
    speech.set_verbosity_error()
    speech.disable_progress_bar()
    logging.getLogger("transformers").setLevel(logging.ERROR)
    options: dict[str, Any] = {"dtype": _precision(device), "use_safetensors": True, "local_files_only": True}
    with named(folder.name):
        index = _described(folder / "model_index.json")
        left_out = {name: None for name in ("safety_checker", "feature_extractor", "image_encoder") if name in index}
        pipeline: Any = cast(Any, diffusers.DiffusionPipeline).from_pretrained(folder, **options, **left_out)
        if controlnet is not None:
            kind = getattr(diffusers, _described(controlnet / "config.json")["_class_name"])
            guide = kind.from_pretrained(controlnet, **options)
            pipeline = diffusers.AutoPipelineForText2Image.from_pipe(pipeline, controlnet=guide)
        _refuse_what_never_fits(folder.name, pipeline, device)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _described(path: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return described


def place(pipeline: Any, device: Device) -> None:
    """Onto the device: all of it, or part by part as it is needed, or layer by layer, as the card's memory allows."""
    if device.kind == "cpu":
        return
    sizes = [part_bytes(part) for part in parts(pipeline).values()]
    room = SHARE_OF_CARD * device.memory - WORKING_MEMORY
    if sum(sizes) <= room:
        pipeline.to("cuda")
    elif max(sizes, default=0) <= room:
        pipeline.enable_model_cpu_offload()
    else:
        pipeline.enable_sequential_cpu_offload()


def parts(pipeline: Any) -> "dict[str, torch.nn.Module]":
    """The networks of a pipeline by name."""
    import torch

    return {name: part for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)}


def part_bytes(part: "torch.nn.Module") -> int:
    """Memory of a network's weights."""
    return sum(weight.numel() * weight.element_size() for weight in part.parameters())


def _precision(device: Device) -> "torch.dtype":
    """Single on a processor, which has no faster one; half on a card."""
    import torch

    if device.kind == "cpu":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _refuse_what_never_fits(name: str, pipeline: Any, device: Device) -> None:
    total = sum(part_bytes(part) for part in parts(pipeline).values())
    if device.kind == "cpu" and total > SHARE_OF_CARD * device.memory:
        raise CheckpointUnusable(checkpoint=name, reason=f"{total >> 20} MiB of weights do not fit into memory")
