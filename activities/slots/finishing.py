"""What every result goes through before it leaves the slot: moderation, and labels of what was generated, now or by
others before."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from activities.media import headers, labels, recording_labels
from activities.media.labels import LABELED, Label
from activities.tools.base import Output, ToolResult
from activities.writing.engine import Writer
from models.errors import CorruptFile, UnsupportedType

from .moderating import Moderator
from .protocol import SlotAnswer, SlotConfig, SlotOutput, SlotTask

if TYPE_CHECKING:
    import numpy as np

PREVIEW_NAME = "preview.jpg"
PREVIEW_BYTES = 16_384
PREVIEWS = ((256, 70), (256, 40), (192, 30), (128, 20))
"""Longer side in pixels and quality, tried in turn until one is small enough; noise at the last one is."""
NO_LIMIT = 1 << 40
"""Pixels: what a tool made is within the limits already."""


class Finishing:
    """Finishes results by the operator's settings."""

    def __init__(self, config: SlotConfig, moderator: Moderator) -> None:
        self._config = config
        self._moderator = moderator

    def answer(self, result: ToolResult, task: SlotTask) -> SlotAnswer:
        """The answer of a task that is done; raises ``ContentRefused``."""
        self._moderator.outputs(task, result.outputs)
        outputs = self._labeled(result.outputs, task)
        return SlotAnswer(
            kind="result",
            outputs=[
                SlotOutput(name=each.name, path=str(each.path), mime_type=each.mime_type, metadata=_measured(each))
                for each in outputs
            ],
            engine=result.engine,
            data=result.data,
            credits=result.credits,
        )

    def listening(self, writer: Writer) -> Writer:
        """The text provider behind moderation."""
        return self._moderator.listening(writer)

    def preview(self, pixels: "np.ndarray", task: SlotTask) -> str:
        """A picture that is still painted (uint8 RGB, H x W x 3) as a JPEG in base64, with sign and label as its result
        will have them, in at most ``PREVIEW_BYTES``; empty where moderation would refuse it."""
        from activities.media.images import Picture, write_image

        if not self._moderator.passes(pixels, task):
            return ""
        path = Path(task.scratch) / PREVIEW_NAME
        for side, quality in PREVIEWS:
            small = _shrunk(pixels, side)
            drawn = labels.signed(Picture(small), task.language).pixels if self._config.sign else small
            write_image(path, drawn, "jpeg", quality=quality)
            labels.add(path, Label(producer=self._config.producer, produce_id=task.job_id))
            if path.stat().st_size <= PREVIEW_BYTES:
                break
        made = base64.b64encode(path.read_bytes()).decode()
        path.unlink()
        return made

    def _labeled(self, outputs: Sequence[Output], task: SlotTask) -> list[Output]:
        """Generated outputs with a label of ours; the others with the one that an input came with, if there is one."""
        earlier = _first_label(task)
        labeled = []
        for number, output in enumerate(outputs, 1):
            if output.generated:
                labeled.append(
                    self._generated(output, f"{task.job_id or Path(task.scratch).name}-{number}", task.language)
                )
            elif earlier is not None and _carries(output.mime_type):
                labeled.append(_written(output, earlier))
            else:
                labeled.append(output)
        return labeled

    def _generated(self, output: Output, produce_id: str, language: str) -> Output:
        if self._config.sign and output.mime_type in LABELED:
            labels.sign(output.path, output.mime_type, language)
        return _written(output, Label(producer=self._config.producer, produce_id=produce_id))


def _shrunk(pixels: "np.ndarray", side: int) -> "np.ndarray":
    import cv2

    factor = min(1.0, side / max(pixels.shape[:2]))
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _measured(output: Output) -> dict[str, Any]:
    """What the header tells of an output, as of an upload: by it the next tool of a pipeline is priced at once."""
    order = {"path": str(output.path), "suffix": output.path.suffix, "max_pixels": NO_LIMIT}
    try:
        return {**headers.probe(order)["details"], **output.metadata}
    except (CorruptFile, UnsupportedType):
        return output.metadata


def _carries(mime_type: str) -> bool:
    return mime_type in LABELED or mime_type in recording_labels.SUFFIXES


def _first_label(task: SlotTask) -> Label | None:
    """Of the inputs, in their order."""
    found = (_read(Path(file.path), file.mime_type) for file in task.files if _carries(file.mime_type))
    return next((label for label in found if label is not None), None)


def _read(path: Path, mime_type: str) -> Label | None:
    return labels.read(path) if mime_type in LABELED else recording_labels.read(path)


def _written(output: Output, label: Label) -> Output:
    """With the label in its file, where files of its kind can carry one, and in what is told of it."""
    if output.mime_type in LABELED:
        labels.add(output.path, label)
    elif _carries(output.mime_type):
        recording_labels.add(output.path, label, output.mime_type)
    return replace(output, metadata=output.metadata | {"aigc": label.facts()})
