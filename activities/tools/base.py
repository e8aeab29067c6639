"""What a tool is: a declaration and one function. Importing this, or any tool, loads no engine and no image library.

A tool declares ports, typed parameters, a price and the engines it needs; its function gets a ``ToolContext`` and
local files, writes its outputs into the scratch folder and returns a ``ToolResult``. It never sees a database, a
bucket, a job or another tool but its declaration. Long work declares ``plan``, ``chunk`` and ``join`` instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from activities.media.filling import Network
from activities.painting.scene import Painter
from activities.writing.engine import Writer


class Kind(StrEnum):
    """What a port carries."""

    image = "image"
    video = "video"
    audio = "audio"
    archive = "archive"
    text = "text"
    document = "document"


class Pool(StrEnum):
    """Which worker group runs a tool."""

    media = "media"
    inference = "inference"
    training = "training"


@dataclass(frozen=True)
class Text:
    """Words for users in both languages."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True)
class Port:
    """An input or output. ``kinds`` it accepts; ``many`` takes a list of 1 to ``most`` files."""

    name: str
    kinds: tuple[Kind, ...]
    title: Text
    required: bool = True
    many: bool = False
    most: int = 10_000


class ToolParams(BaseModel):
    """Base of every tool's parameters: unknown fields are refused; each has a default, bounds and a description."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Measure:
    """What the header probe knows of one input, and all that a price may depend on. Pixels, seconds, bytes."""

    kind: Kind
    mime_type: str
    size: int
    width: int = 0
    height: int = 0
    duration: float = 0.0
    entries: int = 1
    characters: int = 0

    @property
    def megapixels(self) -> float:
        return self.width * self.height / 1e6


Measures = dict[str, list[Measure]]


PAINTING = "painting"
"""Label of the line of a price that is left out where no checkpoint is set."""


@dataclass(frozen=True)
class Price:
    """Credits (at least 1 after summing) with the lines that explain them: ``(label, credits)``."""

    lines: tuple[tuple[str, int], ...]

    @property
    def credits(self) -> int:
        return sum(credits for _, credits in self.lines)


@dataclass(frozen=True)
class InputFile:
    """One input on the local disk, read-only. ``name`` is the user's own file name: for display only, never a path."""

    path: Path
    name: str
    mime_type: str
    sha256: str


@dataclass(frozen=True)
class Inputs:
    """The inputs of a run by port. A text port carries ``str``."""

    files: dict[str, list[InputFile]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def one(self, port: str) -> InputFile:
        """The single file of a required port; ``KeyError`` if it was not given (the catalogue has checked it)."""
        return self.files[port][0]

    def optional(self, port: str) -> InputFile | None:
        found = self.files.get(port)
        return found[0] if found else None

    def all(self, port: str) -> list[InputFile]:
        return self.files.get(port, [])


@dataclass(frozen=True)
class Output:
    """One result file. ``name`` is the output port; ``metadata`` is JSON shown to the user.

    ``generated``: an engine made the content up (from words, from noise), and did not only edit what was given; such
    a file gets a label, and pictures a visible sign (``activities/media/labels.py``).
    """

    name: str
    path: Path
    mime_type: str
    metadata: dict[str, Any] = field(default_factory=dict)
    generated: bool = False


@dataclass(frozen=True)
class ToolResult:
    """What a tool made. ``engine`` names engine and weights; ``credits`` lowers the price and never raises it."""

    outputs: Sequence[Output]
    engine: str
    data: dict[str, Any] = field(default_factory=dict)
    credits: int | None = None


class ToolContext(Protocol):
    """All that a tool may use of the world."""

    scratch: Path
    """An empty folder of this attempt; outputs are written here and nowhere else."""
    threads: int
    """How many threads the work may use."""
    language: str
    catalogue: "Catalogue"
    """What else there is."""

    def engine(self, name: str) -> Any:
        """The warm engine ``name``, which the declaration's ``engines`` must have listed."""

    @property
    def writer(self) -> Writer | None:
        """The text provider that the settings name; None where there is none and a tool writes by its own means."""

    @property
    def painter(self) -> Painter | None:
        """The checkpoint that the settings name, if ``paints`` asked for it; None: draw by your own means, say so."""
        ...

    @property
    def filler(self) -> Network | None:
        """The inpainting network that the settings name, for tools that declare ``fills``; None where there is none."""

    def tell(self, text: str) -> None:
        """Show a piece of a text as it is written to who waits for the job. Cheap; pieces are gathered."""
        ...

    def progress(self, fraction: float, step: str, message: str = "") -> None:
        """Report 0..1 of the work, the step's stable name and a word for humans. Call at every step; it is cheap."""
        ...


RunFunction = Callable[[ToolContext, Inputs, Any], ToolResult]


@dataclass(frozen=True)
class Chunking:
    """Long work in pieces. Each piece is kept as it ends, so that a worker's death costs one piece.

    ``plan(context, inputs, params) -> list`` of JSON-able chunk descriptions; ``chunk(context, inputs, params,
    description) -> Path`` of one file in the scratch folder; ``join(context, inputs, params, paths) -> ToolResult``
    with the chunks' files in the plan's order.
    """

    plan: Callable[[ToolContext, Inputs, Any], list[dict[str, Any]]]
    chunk: Callable[[ToolContext, Inputs, Any, dict[str, Any]], Path]
    join: Callable[[ToolContext, Inputs, Any, list[Path]], ToolResult]


def no_engines(params: Any) -> tuple[str, ...]:
    return ()


Paints = Literal["never", "may", "must"]
"""Whether a call uses the checkpoint of the settings: where there is one (may), or not at all without one (must)."""


def never_paints(given: frozenset[str], params: Any) -> Paints:
    return "never"


def accept_all(measures: Measures, params: Any) -> None:
    return None


@dataclass(frozen=True)
class Tool:
    """A declared tool. ``price(measures, params)`` is pure; ``check(measures, params)`` raises a ``DomainError`` for
    what can be known to fail before it is paid; ``engines(params)`` names what must be fetched and warm; ``fills`` and
    ``paints(given, params)``, by the given ports' names, say whether ``context.filler`` and ``.painter`` are wanted."""

    id: str
    version: str
    category: str
    pool: Pool
    title: Text
    description: Text
    params: type[ToolParams]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    price: Callable[[Measures, Any], Price]
    run: RunFunction | None = None
    chunking: Chunking | None = None
    engines: Callable[[Any], tuple[str, ...]] = no_engines
    check: Callable[[Measures, Any], None] = accept_all
    paints: Callable[[frozenset[str], Any], Paints] = never_paints
    fills: bool = False
    timeout: float = 600.0
    """Seconds one activity of the tool may take (start to close)."""
    examples: tuple[dict[str, Any], ...] = ()
    one_of: tuple[str, ...] = ()
    """Input ports of which exactly one must be given (picture or video); none of them is ``required``."""
    hidden: bool = False
    """A tool of the tests and benchmarks, or one behind a call of its own: not shown unless asked for by id."""


def picture_port(tool: Tool) -> str:
    """The input port by which a picture takes the place of a checkpoint; "image" where there is none."""
    return next((port.name for port in tool.inputs if Kind.image in port.kinds), "image")


class Catalogue:
    """The tools by id. A second tool under an id, or one without a body, raises ``ValueError`` and changes nothing."""

    def __init__(self) -> None:
        self._tools: dict[str, Tool] = {}

    def register(self, declared: Tool) -> Tool:
        if declared.id in self._tools:
            raise ValueError(f"two tools are called {declared.id}")
        if (declared.run is None) == (declared.chunking is None):
            raise ValueError(f"{declared.id} must have either one function or plan, chunk and join")
        self._tools[declared.id] = declared
        return declared

    def get(self, tool_id: str) -> Tool | None:
        return self._tools.get(tool_id)

    def all(self) -> list[Tool]:
        return [self._tools[key] for key in sorted(self._tools)]


catalogue = Catalogue()


def tool(**declaration: Any) -> Callable[[RunFunction], RunFunction]:
    """Declare the decorated function as a tool; the keywords are the fields of ``Tool`` except ``run``."""

    def register(run: RunFunction) -> RunFunction:
        catalogue.register(Tool(run=run, **declaration))
        return run

    return register


def chunked_tool(chunking: Chunking, **declaration: Any) -> Tool:
    """Declare a tool that works as plan, chunks and join; the other keywords are the fields of ``Tool``."""
    return catalogue.register(Tool(chunking=chunking, **declaration))
