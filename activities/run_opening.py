"""Opening runs of pipelines: validate, quote, hold, write. The one way, for callers of the API and for automations."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import DomainError, FileRejected, InvalidGraph, InvalidInput, NotFound, wrong
from models.graphs.giving import given
from models.graphs.graph import Graph, Node
from models.graphs.plan import plan
from models.graphs.validation import validate
from models.ids import new_id
from models.payloads.jobs import PriorityName
from models.repositories.files import Files
from models.repositories.run_steps import RunSteps
from models.repositories.runs import Runs
from models.repositories.sub_pipelines import expanded
from models.repositories.tools import Tools
from models.settings import Settings
from models.tables import File, Run

from .graph_prices import Guess, Line, Prices
from .graph_tools import GraphTools
from .ordering import decided, facts_of
from .tools.base import Catalogue, Kind, Measure

FILE_KINDS = frozenset({"image", "video", "audio", "archive", "document"})
PLAIN: Mapping[str, tuple[type, ...]] = {"text": (str,), "number": (int, float), "boolean": (bool,)}
DOCUMENTS = frozenset({"document", "text"})
MOST_ITEMS = 10_000


@dataclass(frozen=True)
class Wanted:
    """A run that is asked for. ``reused`` are steps of the run ``resumed_from`` that need not be made again."""

    graph: Graph
    inputs: Mapping[str, Any]
    budget: int | None = None
    priority: PriorityName = PriorityName.normal
    pipeline_id: str | None = None
    version: int | None = None
    resumed_from: str | None = None
    reused: frozenset[str] = frozenset()
    hold: str | None = None
    """Out of which the run's own is carved."""
    expanded: bool = False
    """Whether the drawings of sub-pipelines are in the graph already, as a batch or an earlier run found them."""


@dataclass(frozen=True)
class RunOpener:
    """For whom, in which language and under which request runs are opened."""

    catalogue: Catalogue
    settings: Settings
    account_id: str
    user_id: str | None
    language: str
    request_id: str | None = None

    async def quote(self, session: AsyncSession, wanted: Wanted) -> list[Line]:
        """What each step may cost; raises ``InvalidGraph`` or ``InvalidInput`` for what cannot be run."""
        tools, prices = await self._priced(session)
        graph = await self._whole(session, wanted)
        self._validate(graph, tools)
        _, guesses = await self._inputs(session, wanted, complete=False)
        return prices.of(graph, guesses, wanted.reused)

    async def open(self, session: AsyncSession, wanted: Wanted) -> Run:
        """A new run with its credits set aside; raises the caller's mistakes by name and leaves nothing behind."""
        tools, prices = await self._priced(session)
        graph = await self._whole(session, wanted)
        self._validate(graph, tools)
        values, guesses = await self._inputs(session, wanted)
        quoted = sum(line.credits for line in prices.of(graph, guesses, wanted.reused))
        budget = quoted if wanted.budget is None else wanted.budget
        run = Run(
            id=new_id("run"),
            account_id=self.account_id,
            user_id=self.user_id,
            pipeline_id=wanted.pipeline_id,
            pipeline_version=wanted.version,
            graph=graph.as_json(),
            plan=plan(graph, tools).model_dump(mode="json"),
            inputs=values,
            priority=wanted.priority,
            language=self.language,
            budget=budget,
            resumed_from=wanted.resumed_from,
            request_id=self.request_id,
        )
        opened = await Runs(session).open(run, min(quoted, budget), wanted.hold)
        steps = RunSteps(session)
        await steps.give(opened.id, given(graph, values, 0))
        if wanted.resumed_from is not None:
            await steps.reuse(wanted.resumed_from, opened.id, wanted.reused)
        return opened

    async def ceilings(
        self, session: AsyncSession, graph: Graph, rows: Sequence[Mapping[str, Any]]
    ) -> list[int | DomainError]:
        """What a run of a graph without references may cost with each of these inputs, or what is wrong with them.

        Raises ``InvalidGraph``. The rows are looked at away from the loop: there may be thousands.
        """
        tools, prices = await self._priced(session)
        self._validate(graph, tools)
        nodes = inputs_of(graph)
        wanted = {
            each
            for row in rows
            for name, value in row.items()
            if name in nodes and _kind(nodes[name]) in FILE_KINDS
            for each in (value if isinstance(value, list) else [value])
            if isinstance(each, str)
        }
        files = await Files(session).known(self.account_id, wanted)

        def ceiling(row: Mapping[str, Any]) -> int | DomainError:
            try:
                values = _values(nodes, row, complete=True)
                _check_files(nodes, values, files)
            except DomainError as error:
                return error
            guesses = {name: _guess(nodes[name], value, files) for name, value in values.items()}
            return sum(line.credits for line in prices.of(graph, guesses))

        return await asyncio.to_thread(lambda: [ceiling(row) for row in rows])

    async def _whole(self, session: AsyncSession, wanted: Wanted) -> Graph:
        return wanted.graph if wanted.expanded else await expanded(session, self.account_id, wanted.graph)

    async def _priced(self, session: AsyncSession) -> tuple[GraphTools, Prices]:
        rows = await Tools(session).configurations()
        offered = {key: decided(row, self.settings) for key, row in rows.items()}
        catalogue = self.catalogue
        tools = GraphTools(catalogue, frozenset(key for key, row in rows.items() if not row.enabled))
        return tools, Prices(catalogue, tools, offered, decided(None, self.settings))

    def _validate(self, graph: Graph, tools: GraphTools) -> None:
        found = validate(graph, tools)
        if found:
            raise InvalidGraph(
                errors=[wrong(f"graph.{each.path}", each.message("zh"), each.message("en")) for each in found]
            )

    async def _inputs(
        self, session: AsyncSession, wanted: Wanted, complete: bool = True
    ) -> tuple[dict[str, Any], dict[str, Guess]]:
        """The checked inputs by name, and what pricing makes of them. Those of a quote need not be ``complete``."""
        nodes = inputs_of(wanted.graph)
        values = _values(nodes, wanted.inputs, complete)
        files = await Files(session).chosen(self.account_id, set(_file_ids(nodes, values)))
        _check_files(nodes, values, files)
        return values, {name: _guess(nodes[name], value, files) for name, value in values.items()}


def inputs_of(graph: Graph) -> dict[str, Node]:
    """The input nodes by the names that a caller uses."""
    return {str(node.parameters["name"]): node for node in graph.nodes if node.type == "input"}


def _values(nodes: Mapping[str, Node], inputs: Mapping[str, Any], complete: bool) -> dict[str, Any]:
    """The checked inputs with their defaults; raises ``InvalidInput``."""
    errors = [
        wrong(f"inputs.{name}", f"未知输入;此流程的输入有 {', '.join(sorted(nodes))}",
              f"unknown input; this pipeline has {', '.join(sorted(nodes))}")
        for name in inputs.keys() - nodes.keys()
    ]  # fmt: skip
    values: dict[str, Any] = {}
    for name, node in nodes.items():
        value = inputs.get(name, node.parameters.get("default"))
        problem = _problem(node, value) if complete or value is not None else None
        if problem is not None:
            errors.append(wrong(f"inputs.{name}", *problem))
        elif value is not None:
            values[name] = value
    if errors:
        raise InvalidInput(errors=errors)
    return values


def _file_ids(nodes: Mapping[str, Node], values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if _kind(nodes[name]) in FILE_KINDS:
            yield from value if isinstance(value, list) else [value]


def _check_files(nodes: Mapping[str, Node], values: Mapping[str, Any], files: Mapping[str, File]) -> None:
    """Raises ``NotFound`` or ``FileRejected``, and ``InvalidInput`` for a file of another kind."""
    errors = []
    for name, value in values.items():
        kind = _kind(nodes[name])
        for file_id in _file_ids(nodes, {name: value}):
            file = files.get(file_id)
            if file is None:
                raise NotFound(what="file")
            if file.status == "rejected":
                raise FileRejected(file=file.id, reason=file.rejection)
            if file.kind != kind and not (kind == "document" and file.kind in DOCUMENTS):
                zh, en = f"应为 {kind};{file.id} 是 {file.kind}", f"{kind} is wanted; {file.id} is {file.kind}"
                errors.append(wrong(f"inputs.{name}", zh, en))
    if errors:
        raise InvalidInput(errors=errors)


def _kind(node: Node) -> str:
    return str(node.parameters.get("kind", "image"))


def _problem(node: Node, value: Any) -> tuple[str, str] | None:
    """What is wrong with the value of an input, in zh and en."""
    kind, many = _kind(node), bool(node.parameters.get("many"))
    if value is None:
        return ("必填", "this input is required") if node.parameters.get("required", True) else None
    if many and (not isinstance(value, list) or not 1 <= len(value) <= MOST_ITEMS):
        return f"应为 1 至 {MOST_ITEMS} 项的列表", f"a list of 1 to {MOST_ITEMS} items is wanted"
    for each in value if many else [value]:
        if kind in FILE_KINDS and not isinstance(each, str):
            return "应为文件 ID", "a file id is wanted"
        if kind in PLAIN and (not isinstance(each, PLAIN[kind]) or isinstance(each, bool) != (kind == "boolean")):
            return f"应为 {kind}", f"{kind} is wanted"
    return None


def _guess(node: Node, value: Any, files: Mapping[str, File]) -> Guess:
    each = value if isinstance(value, list) else [value]
    if _kind(node) in FILE_KINDS:
        return Guess(tuple(facts_of(files[file_id]).measure() for file_id in each))
    texts = [found for found in each if isinstance(found, str)]
    return Guess(tuple(Measure(Kind.text, "text/plain", len(text.encode()), characters=len(text)) for text in texts))
