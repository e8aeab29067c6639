"""The slot's own process: imports the engines, runs one task after another, and owns nothing that matters."""

import os
import socket
import sys
import traceback
from dataclasses import asdict
from io import BufferedReader
from pathlib import Path
from typing import Any

import psutil

from activities.inference.inpainting import NetworkFiller
from activities.inference.painter import CheckpointPainter
from activities.media.filling import Network
from activities.painting.scene import Painter
from activities.tools import discover
from activities.tools.base import Catalogue, InputFile, Inputs, catalogue
from activities.writing.engine import Request, Tell, Writer, Written
from models.errors import DomainError, ToolFailed

from .finishing import Finishing
from .isolation import confine
from .moderating import Moderator
from .protocol import SlotAnswer, SlotConfig, SlotReply, SlotTask

PROGRESS_STEP = 0.005


class Channel:
    """The child's end of the line."""

    def __init__(self, descriptor: int) -> None:
        self.socket = socket.socket(fileno=descriptor)
        self.lines: BufferedReader = self.socket.makefile("rb")

    def read(self) -> bytes:
        return self.lines.readline()

    def say(self, answer: SlotAnswer) -> None:
        self.socket.sendall(answer.model_dump_json().encode() + b"\n")


class SlotContext:
    """The ``ToolContext`` of a running task."""

    def __init__(
        self,
        channel: Channel,
        cache: Any,
        task: SlotTask,
        threads: int,
        finishing: Finishing,
        catalogue: Catalogue = catalogue,
    ) -> None:
        self.catalogue = catalogue
        self.scratch = Path(task.scratch)
        self.threads = threads
        self.language = task.language
        self._channel = channel
        self._cache = cache
        self._declared = set(task.engines)
        self._said = (-1.0, "", "")
        self._task = task
        self._finishing = finishing
        self.writer: Writer | None = finishing.listening(RemoteWriter(channel, task.writer)) if task.writer else None
        self.painter: Painter | None = CheckpointPainter(task.painter, cache.get, self._show) if task.painter else None
        self.filler: Network | None = NetworkFiller(task.filler, cache.get) if task.filler else None

    def engine(self, name: str) -> Any:
        """The warm engine; ``KeyError`` if the declaration did not list it."""
        if name not in self._declared:
            raise KeyError(f"the tool did not declare the engine {name}")
        return self._cache.get(name)

    def tell(self, text: str) -> None:
        """A piece of a text; the worker gathers them."""
        self._channel.say(SlotAnswer(kind="text", message=text))

    def progress(self, fraction: float, step: str, message: str = "") -> None:
        """Told to the worker when it is news."""
        fraction = min(1.0, max(0.0, fraction))
        if step != self._said[1] or fraction - self._said[0] >= PROGRESS_STEP:
            self._said = (fraction, step, message)
            self._channel.say(SlotAnswer(kind="progress", fraction=fraction, step=step, message=message))

    def _show(self, pixels: Any) -> None:
        """What is there of a picture, beside the progress that was told last."""
        preview = self._finishing.preview(pixels, self._task)
        fraction, step, message = self._said
        if preview:
            said = {"fraction": max(0.0, fraction), "step": step, "message": message}
            self._channel.say(SlotAnswer(kind="progress", preview=preview, **said))


class RemoteWriter:
    """The text providers as a tool sees them: the worker asks for us, since a slot has no network and no key."""

    def __init__(self, channel: Channel, label: str) -> None:
        self.label = label
        self._channel = channel

    def write(self, request: Request, tell: Tell) -> Written:
        """As ``Writer.write``; raises ``ProviderFailed``."""
        self._channel.say(SlotAnswer(kind="ask", request=asdict(request)))
        while line := self._channel.read():
            reply = SlotReply.model_validate_json(line)
            if reply.kind == "written":
                return Written(**reply.written)
            if reply.kind == "error":
                raise DomainError.from_wire(reply.error)
            tell(reply.text)
        raise SystemExit(0)  # the worker is gone


class Performer:
    """Performs tasks by warm engines, one after another."""

    def __init__(self, config: SlotConfig, channel: Channel) -> None:
        self._channel = channel
        self._threads = config.threads
        self._tools = discover(config.extra_tools)
        self._cache = _engines(config)
        self._moderator = Moderator(self._cache, config)
        self._finishing = Finishing(config, self._moderator)

    def answer(self, task: SlotTask) -> SlotAnswer:
        """The last word on a task: its result or its error."""
        try:
            answer = self._perform(task)
        except DomainError as error:
            answer = SlotAnswer(kind="error", error=error.wire())
        except Exception as error:  # noqa: BLE001 - a tool's bug ends its task, named and logged, and not the slot
            traceback.print_exc()
            answer = SlotAnswer(kind="error", error=ToolFailed(reason=type(error).__name__).wire())
        return answer.model_copy(update={"rss": _memory(), "engine_bytes": self._cache.bytes})

    def _perform(self, task: SlotTask) -> SlotAnswer:
        declared = self._tools.get(task.tool_id)
        assert declared is not None
        self._moderator.inputs(task)
        context = SlotContext(self._channel, self._cache, task, self._threads, self._finishing, self._tools)
        inputs, params = _inputs(task), declared.params.model_validate(task.parameters)
        if declared.run is not None:
            return self._finishing.answer(declared.run(context, inputs, params), task)
        chunking = declared.chunking
        assert chunking is not None
        if task.stage == "plan":
            return SlotAnswer(kind="plan", plan=chunking.plan(context, inputs, params))
        if task.stage == "chunk":
            return SlotAnswer(kind="chunk", path=str(chunking.chunk(context, inputs, params, task.chunk)))
        joined = chunking.join(context, inputs, params, [Path(piece) for piece in task.pieces])
        return self._finishing.answer(joined, task)


def main() -> None:
    """Read the configuration, say ready, then serve tasks until the line is closed."""
    channel = Channel(int(sys.argv[1]))
    config = SlotConfig.model_validate_json(channel.read())
    confine(config.niceness)
    os.dup2(2, 1)  # what libraries print belongs to the log
    performer = Performer(config, channel)
    channel.say(SlotAnswer(kind="ready", rss=_memory()))
    while line := channel.read():
        channel.say(performer.answer(SlotTask.model_validate_json(line)))


def _engines(config: SlotConfig) -> Any:
    from activities.inference.cache import EngineCache
    from activities.inference.devices import pick
    from activities.inference.shared import SharedEngines
    from activities.inference.weights import Weights

    weights, shared = Weights(Path(config.weights)), SharedEngines(config.host) if config.host else None
    return EngineCache(weights, pick(config.device), config.threads, config.engine_cache, shared)


def _inputs(task: SlotTask) -> Inputs:
    files: dict[str, list[InputFile]] = {}
    for each in task.files:
        files.setdefault(each.port, []).append(InputFile(Path(each.path), each.name, each.mime_type, each.sha256))
    return Inputs(files=files, texts=task.texts)


def _memory() -> int:
    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    main()
