"""What passes between a worker and its slot: one JSON document a line over a socket pair, never pickles."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from activities.inference.checkpoints import CheckpointFiles
from activities.inference.inpainting import InpaintingFile

MAX_MESSAGE = 8 * 1024 * 1024
"""Bytes of one message; a plan of 10,000 chunks or the data of a report fits."""

Stage = Literal["run", "plan", "chunk", "join"]


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class SlotConfig(Message):
    """What a slot is told when it starts. Bytes and paths of the worker's machine."""

    threads: int
    device: str
    engine_cache: int
    weights: str
    niceness: int = 0
    extra_tools: list[str] = []
    host: str = ""
    """The Unix socket of the host of shared engines; empty: the slot loads its own."""
    producer: str = ""
    """Who generates, for the labels of what is generated; ``sign``: whether pictures show it, too."""
    sign: bool = True
    refuse_from: float = 1.0
    """Score of moderation from which a picture is refused, where a task is moderated."""
    moderation: Literal["off", "generated", "all"] = "off"
    refused_words: list[str] = []
    """Lines of the operator beside our own words (``wording.py``)."""


class TaskFile(Message):
    port: str
    path: str
    name: str
    mime_type: str
    sha256: str


class SlotTask(Message):
    """One stage of one tool. ``chunk`` is a chunk's description, ``pieces`` the chunks' files for a join."""

    tool_id: str
    stage: Stage
    parameters: dict[str, Any]
    files: list[TaskFile]
    texts: dict[str, str]
    scratch: str
    language: str
    engines: list[str]
    chunk: dict[str, Any] = {}
    pieces: list[str] = []
    writer: str = ""
    """The label of the text providers that the worker asks for the slot; empty: there are none."""
    job_id: str = ""
    painter: CheckpointFiles | None = None
    """The checkpoint that this call may use."""
    filler: InpaintingFile | None = None
    """The inpainting network that this call may use."""
    moderated: bool = False


class SlotOutput(Message):
    name: str
    path: str
    mime_type: str
    metadata: dict[str, Any]


class SlotReply(Message):
    """What the worker says to an ``ask``: any number of pieces of text, then the whole with its facts, or an error."""

    kind: Literal["piece", "written", "error"]
    text: str = ""
    written: dict[str, Any] = {}
    error: dict[str, Any] = {}


class SlotAnswer(Message):
    """What the slot says: any number of ``progress``, ``text`` and ``ask``, then one of the others.

    ``text`` carries a piece for who waits in ``message``; ``ask`` a request for a text provider. ``rss`` is in bytes.
    """

    kind: Literal["ready", "progress", "text", "ask", "result", "plan", "chunk", "error"]
    fraction: float = 0.0
    preview: str = ""
    """Of ``progress``: what is there of a picture, as a JPEG in base64, a few kilobytes."""
    step: str = ""
    message: str = ""
    outputs: list[SlotOutput] = []
    engine: str = ""
    data: dict[str, Any] = {}
    credits: int | None = None
    plan: list[dict[str, Any]] = []
    path: str = ""
    error: dict[str, Any] = {}
    request: dict[str, Any] = {}
    rss: int = 0
    engine_bytes: int = 0
