"""The engine that runs any pipeline of diffusers: from words, from a picture, in a part of one, after a guide."""

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from activities.painting.scene import Scene, Show, Tell
from models.errors import CheckpointUnusable

from ..devices import Device
from ..diffusion.loading import load_pipeline, named, part_bytes, parts, place
from ..diffusion.previews import told_steps
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

LATENT_UNIT = 8
"""Sides in latents are multiples of it, which suits every network that halves them three times."""
NATIVE = 1024
"""Side in pixels for which a network was trained that does not say."""


class Diffusion:
    """A checkpoint that paints. Not for two threads at once."""

    def __init__(self, name: str, pipeline: Any, device: Device) -> None:
        self.label = f"{type(pipeline).__name__} {name}"
        self.guided = "controlnet" in pipeline.components
        self.bytes = sum(part_bytes(part) for part in parts(pipeline).values())
        self._name = name
        self._base = pipeline
        self._device = device
        self._schedule = pipeline.scheduler
        self._asked: dict[str, Any] = {}
        self._adapted: list[tuple[Path, float]] = []

    def adapt(self, adapters: list[tuple[Path, float]]) -> None:
        """Lay these LoRA files over the networks, with their weights, and no others; raises ``CheckpointUnusable``."""
        from safetensors.torch import load_file

        if adapters == self._adapted:
            return
        with named(self._name):
            if self._adapted:
                self._base.unload_lora_weights()
            self._adapted = []
            names = [f"adapter-{number}" for number in range(len(adapters))]
            for name, (path, _) in zip(names, adapters, strict=True):
                self._base.load_lora_weights(load_file(path), adapter_name=name)
            if adapters:
                self._base.set_adapters(names, [weight for _, weight in adapters])
        self._adapted = list(adapters)

    def paint(self, scene: Scene, tell: Tell, scheduler: str = "", show: Show | None = None) -> "np.ndarray":
        """As ``Painter.paint``; ``scheduler`` is a class of diffusers, or empty for the checkpoint's own; ``show`` gets
        a few previews."""
        import numpy as np
        import torch

        pipeline = self._pipeline(scene)
        pipeline.scheduler = self._scheduled(scheduler)
        arguments = self._arguments(pipeline, scene)
        arguments["generator"] = torch.Generator("cpu").manual_seed(scene.seed)
        arguments["callback_on_step_end"] = told_steps(tell, show, scene.steps)
        known = inspect.signature(pipeline.__call__).parameters
        with torch.inference_mode(), named(self._name):
            made = pipeline(**{name: value for name, value in arguments.items() if name in known}).images[0]
        return _finished(np.nan_to_num(np.asarray(made)), scene)

    def _pipeline(self, scene: Scene) -> Any:
        """The checkpoint's networks behind the pipeline for this kind of scene."""
        import diffusers

        guided = self.guided and scene.guide is not None
        task: Any = diffusers.AutoPipelineForText2Image
        if scene.image is not None:
            inside = scene.mask is not None
            task = diffusers.AutoPipelineForInpainting if inside else diffusers.AutoPipelineForImage2Image
        key = f"{task.__name__} {guided}"
        if key not in self._asked:
            without = {"controlnet": None} if self.guided and not guided else {}
            with named(self._name):
                pipeline = task.from_pipe(self._base, **without)
            pipeline.set_progress_bar_config(disable=True)
            place(pipeline, self._device)
            self._asked[key] = pipeline
        return self._asked[key]

    def _scheduled(self, name: str) -> Any:
        """A fresh scheduler with the checkpoint's settings: used ones remember."""
        import diffusers

        kind: Any = getattr(diffusers, name, None) if name else type(self._schedule)
        known: Any = diffusers.SchedulerMixin
        if not (inspect.isclass(kind) and issubclass(kind, known)):
            raise CheckpointUnusable(checkpoint=self._name, reason=f"diffusers has no scheduler {name}")
        with named(self._name):
            return cast(Any, kind).from_config(self._schedule.config)

    def _arguments(self, pipeline: Any, scene: Scene) -> dict[str, Any]:
        """What pipelines of any kind are asked; each takes what it knows."""
        width, height = self._size(pipeline, scene)
        guide = None if scene.guide is None else _resized(scene.guide, width, height)
        first = guide if scene.image is None else _resized(scene.image, width, height)
        return {
            "prompt": scene.prompt,
            "negative_prompt": scene.negative or None,
            "width": width,
            "height": height,
            "num_inference_steps": scene.steps,
            "guidance_scale": scene.guidance,
            "image": first,
            "control_image": guide,
            "mask_image": None if scene.mask is None else _resized(scene.mask, width, height),
            "strength": scene.strength,
            "output_type": "np",
        }

    def _size(self, pipeline: Any, scene: Scene) -> tuple[int, int]:
        """Sides in the scene's proportions at which the network is at home, in pixels."""
        factor = int(getattr(pipeline, "vae_scale_factor", 8))
        unit = factor * LATENT_UNIT
        latent = getattr(pipeline, "default_sample_size", None) or _sample_size(pipeline)
        native = int(latent) * factor if isinstance(latent, int) else NATIVE
        scale = native / (scene.width * scene.height) ** 0.5
        return max(unit, round(scene.width * scale / unit) * unit), max(unit, round(scene.height * scale / unit) * unit)


def _sample_size(pipeline: Any) -> Any:
    network = getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)
    return getattr(network.config, "sample_size", None) if network is not None else None


def _resized(pixels: "np.ndarray", width: int, height: int) -> "Image.Image":
    from PIL import Image

    return Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS)


def _finished(made: "np.ndarray", scene: Scene) -> "np.ndarray":
    """uint8 in the scene's size; outside a mask the scene's own picture."""
    import cv2
    import numpy as np

    pixels: np.ndarray = np.rint(np.clip(made, 0, 1) * 255).astype(np.uint8)
    if pixels.shape[:2] != (scene.height, scene.width):
        shrink = pixels.shape[0] * pixels.shape[1] > scene.height * scene.width
        pixels = cv2.resize(
            pixels, (scene.width, scene.height), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_CUBIC
        )
    if scene.image is None or scene.mask is None:
        return pixels
    cover = scene.mask.astype(np.float32)[:, :, None] / 255
    result: np.ndarray = np.rint(scene.image + cover * (pixels.astype(np.float32) - scene.image)).astype(np.uint8)
    return result


@engine(name="diffusion", weights=())
def load_diffusion(files: dict[str, Path], device: Device, threads: int) -> Any:
    """``files``: the folder ``checkpoint``, and ``controlnet`` where there is one; raises ``CheckpointUnusable``."""
    folder = files["checkpoint"]
    return Diffusion(folder.name, load_pipeline(folder, files.get("controlnet"), device, threads), device)
