"""Looks at the pictures that go into a tool and come out of it, where the operator wants that, and refuses some."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from activities.tools.base import Output
from models.errors import ContentRefused, CorruptFile, DecompressionBomb, UnsupportedType

from .protocol import SlotTask


class Moderator:
    """``limit`` is the score (0..1) of the engine ``moderation`` from which a picture is refused."""

    def __init__(self, engines: Any, limit: float) -> None:
        self._engines = engines
        self._limit = limit
        self._engine: Any = None

    def inputs(self, task: SlotTask) -> None:
        """Raise ``ContentRefused`` for a picture that the user brought; once a task, before any of its work."""
        if task.moderated and task.stage in ("run", "plan"):
            for file in task.files:
                self._look(Path(file.path), file.mime_type, file.name)

    def outputs(self, task: SlotTask, outputs: Sequence[Output]) -> None:
        """Raise ``ContentRefused`` for a picture that was made."""
        if task.moderated:
            for output in outputs:
                self._look(output.path, output.mime_type, output.name)

    def _look(self, path: Path, mime_type: str, name: str) -> None:
        """A file that is no picture, or a broken one, is for the tool to judge."""
        from activities.media.colors import WHITE, opaque
        from activities.media.images import read_image

        if not mime_type.startswith("image/"):
            return
        try:
            picture = read_image(path)
        except (UnsupportedType, CorruptFile, DecompressionBomb):
            return
        if self._engine is None:  # small, and kept apart: asked for after each painting, it would push out the painter
            self._engine = self._engines.get("moderation")
        if self._engine.score(opaque(picture, WHITE)) >= self._limit:
            raise ContentRefused(file=name)
