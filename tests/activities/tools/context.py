"""Runs a tool in this process with real engines, as a slot would: for the tests of tools."""

import json
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from activities.inference.cache import EngineCache
from activities.inference.devices import pick
from activities.inference.weights import Weights
from activities.media.filling import Network
from activities.painting.scene import Painter
from activities.tools import discover
from activities.tools.base import InputFile, Inputs, Tool, ToolParams, ToolResult
from activities.writing.engine import Writer
from models.settings import get_settings

REPOSITORY = Path(__file__).parents[3]
THREADS = 2
MOST_ENGINES = 2 << 30


@cache
def weights() -> Weights:
    """The developer's own cache of weights, so that tests fetch each file once in its life."""
    return Weights(REPOSITORY / get_settings().weights_folder)


@cache
def engines() -> EngineCache:
    """One cache for the whole session."""
    return EngineCache(weights(), pick("cpu"), THREADS, MOST_ENGINES)


@dataclass
class LocalContext:
    """A ``ToolContext`` that remembers the progress it was told."""

    scratch: Path
    declared: tuple[str, ...] = ()
    threads: int = THREADS
    language: str = "zh"
    writer: Writer | None = None
    painter: Painter | None = None
    filler: Network | None = None
    steps: list[tuple[float, str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def engine(self, name: str) -> Any:
        if name not in self.declared:
            raise KeyError(f"the tool did not declare the engine {name}")
        return engines().get(name)

    def tell(self, text: str) -> None:
        self.told.append(text)

    def progress(self, fraction: float, step: str, message: str = "") -> None:
        self.steps.append((fraction, step))


def file_of(path: Path, mime_type: str = "image/png") -> InputFile:
    """An input as the stager would hand it over."""
    return InputFile(path, path.name, mime_type, "0" * 64)


def find(tool_id: str) -> Tool:
    found = discover().get(tool_id)
    assert found is not None
    return found


def run_tool(
    tool_id: str,
    scratch: Path,
    files: dict[str, Path | list[Path]],
    texts: dict[str, str] | None = None,
    painter: Painter | None = None,
    filler: Network | None = None,
    **parameters: Any,
) -> ToolResult:
    """Call a tool on files and texts by port; outputs land in ``scratch``."""
    return run_with_context(tool_id, scratch, files, texts, painter, filler, **parameters)[0]


def run_with_context(
    tool_id: str,
    scratch: Path,
    files: dict[str, Path | list[Path]],
    texts: dict[str, str] | None = None,
    painter: Painter | None = None,
    filler: Network | None = None,
    **parameters: Any,
) -> tuple[ToolResult, LocalContext]:
    """As ``run_tool``, and the context with the progress that was reported."""
    tool = find(tool_id)
    params = tool.params.model_validate(parameters)
    scratch.mkdir(parents=True, exist_ok=True)
    context = LocalContext(scratch, tool.engines(params), painter=painter, filler=filler)
    ports = {
        port: [file_of(path) for path in (given if isinstance(given, list) else [given])]
        for port, given in files.items()
    }
    return perform(tool, context, Inputs(files=ports, texts=texts or {}), params), context


def perform(tool: Tool, context: LocalContext, inputs: Inputs, params: ToolParams) -> ToolResult:
    """Run a tool of one function; or plan, chunks and join, each chunk in a folder of its own as on a worker.

    A chunked tool's fractions begin anew with each stage; the context keeps those of the join.
    """
    if tool.run is not None:
        return tool.run(context, inputs, params)
    assert tool.chunking is not None
    stage = replace(context, scratch=context.scratch.with_name(f"{context.scratch.name}-plan"), steps=[])
    stage.scratch.mkdir()
    plan = json.loads(json.dumps(tool.chunking.plan(stage, inputs, params)))
    pieces = []
    for number, description in enumerate(plan):
        piece = replace(context, scratch=context.scratch.with_name(f"{context.scratch.name}-chunk{number}"), steps=[])
        piece.scratch.mkdir()
        pieces.append(tool.chunking.chunk(piece, inputs, params, description))
        assert piece.steps and piece.steps == sorted(piece.steps, key=lambda step: step[0])
        assert pieces[-1].parent == piece.scratch
    return tool.chunking.join(context, inputs, params, pieces)
