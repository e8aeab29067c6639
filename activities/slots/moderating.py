"""Looks at the pictures, videos and words that go into a tool and come out of it, where the operator wants that, and
refuses some."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from activities.tools.base import Output
from activities.writing.engine import Request, Tell, Writer, Written
from models.errors import ContentRefused, CorruptFile, DecompressionBomb, InvalidInput, UnsupportedType

from .protocol import SlotConfig, SlotTask
from .wording import Wording

TAIL = 200
"""Characters of what a text provider has written so far that are read again with each new piece."""


class Moderator:
    """Refuses by the score of the engine ``moderation``, and by words."""

    def __init__(self, engines: Any, config: SlotConfig) -> None:
        self._engines = engines
        self._config = config
        self._engine: Any = None
        self._wording: Wording | None = None

    def inputs(self, task: SlotTask) -> None:
        """Raise ``ContentRefused`` for what the user brought; once a task, before any of its work."""
        if not task.moderated or task.stage not in ("run", "plan"):
            return
        for port, text in task.texts.items():
            self.words(text, port)
        for name, value in task.parameters.items():
            for text in _strings(value):
                self.words(text, name)
        for file in task.files:
            self._look(Path(file.path), file.mime_type, file.name)

    def outputs(self, task: SlotTask, outputs: Sequence[Output]) -> None:
        """Raise ``ContentRefused`` for what was made."""
        if task.moderated:
            for output in outputs:
                self._look(output.path, output.mime_type, output.name)

    def passes(self, pixels: Any, task: SlotTask) -> bool:
        """Whether pixels (uint8 RGB, H x W x 3) may be shown."""
        return not task.moderated or self._score(pixels) < self._config.refuse_from

    def words(self, text: str, name: str) -> None:
        """Raise ``ContentRefused`` for a text that holds a refused word; ``name`` is what the user knows it by."""
        if self._wording is None:
            self._wording = Wording(self._config.refused_words)
        found = self._wording.find(text)
        if found is not None:
            raise ContentRefused(file=name, category=found.category)

    def listening(self, writer: Writer) -> Writer:
        """The text provider, its questions and answers read before they are passed on, unless nothing is."""
        return writer if self._config.moderation == "off" else _ModeratedWriter(writer, self)

    def _look(self, path: Path, mime_type: str, name: str) -> None:
        """A file that is broken, or of another kind, is for the tool to judge."""
        from activities.media.glimpses import glimpses

        try:
            for pixels in glimpses(path, mime_type):
                if self._score(pixels) >= self._config.refuse_from:
                    raise ContentRefused(file=name, category="picture")
            self.words(_document(path, mime_type), name)
        except (UnsupportedType, CorruptFile, DecompressionBomb, InvalidInput):
            return

    def _score(self, pixels: Any) -> float:
        if self._engine is None:  # small, and kept apart: asked for after each painting, it would push out the painter
            self._engine = self._engines.get("moderation")
        return float(self._engine.score(pixels))


class _ModeratedWriter:
    """A ``Writer`` before which words are read."""

    def __init__(self, writer: Writer, moderator: Moderator) -> None:
        self.label = writer.label
        self._writer = writer
        self._moderator = moderator

    def write(self, request: Request, tell: Tell) -> Written:
        """As ``Writer.write``; raises ``ContentRefused`` before a refused word is told to anybody."""
        for message in request.messages:
            if message.role == "user":
                self._moderator.words(message.content, "text")
        tail = ""

        def told(piece: str) -> None:
            nonlocal tail
            tail = (tail + piece)[-TAIL - len(piece) :]
            self._moderator.words(tail, self.label)
            tell(piece)

        written = self._writer.write(request, told)
        self._moderator.words(written.text, self.label)
        return written


def _document(path: Path, mime_type: str) -> str:
    """The words of a file, empty if it is none of words."""
    from activities.writing.documents import READABLE, read_document

    return read_document(path, mime_type, "file", lambda share: None) if mime_type in READABLE else ""


def _strings(value: Any) -> Iterator[str]:
    """All strings of a parameter, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
