"""Opening runs of pipelines: validate, quote, hold, write. The one way, for callers of the API and for automations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import InvalidGraph, InvalidInput, wrong
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
from .ordering import facts_of
from .tools.base import Catalogue, Kind, Measure
from .tools.parsing import Configuration

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
        graph = await expanded(session, self.account_id, wanted.graph)
        self._validate(graph, tools)
        _, guesses = await self._inputs(session, wanted, complete=False)
        return prices.of(graph, guesses, wanted.reused)

    async def open(self, session: AsyncSession, wanted: Wanted) -> Run:
        """A new run with its credits set aside; raises the caller's mistakes by name and leaves nothing behind."""
        tools, prices = await self._priced(session)
        graph = await expanded(session, self.account_id, wanted.graph)
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
        opened = await Runs(session).open(run, min(quoted, budget))
        steps = RunSteps(session)
        await steps.give(opened.id, given(graph, values, 0))
        if wanted.resumed_from is not None:
            await steps.reuse(wanted.resumed_from, opened.id, wanted.reused)
        return opened

    async def _priced(self, session: AsyncSession) -> tuple[GraphTools, Prices]:
        rows = await Tools(session).configurations()
        decided = {key: Configuration(row.enabled, row.price_factor) for key, row in rows.items()}
        catalogue = self.catalogue
        tools = GraphTools(catalogue, frozenset(key for key, row in rows.items() if not row.enabled))
        return tools, Prices(catalogue, tools, decided, bool(self.settings.checkpoints))

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
        nodes = {str(node.parameters["name"]): node for node in wanted.graph.nodes if node.type == "input"}
        errors = [
            wrong(f"inputs.{name}", f"未知输入;此流程的输入有 {', '.join(sorted(nodes))}",
                  f"unknown input; this pipeline has {', '.join(sorted(nodes))}")
            for name in wanted.inputs.keys() - nodes.keys()
        ]  # fmt: skip
        values: dict[str, Any] = {}
        for name, node in nodes.items():
            value = wanted.inputs.get(name, node.parameters.get("default"))
            problem = _problem(node, value) if complete or value is not None else None
            if problem is not None:
                errors.append(wrong(f"inputs.{name}", *problem))
            elif value is not None:
                values[name] = value
        if errors:
            raise InvalidInput(errors=errors)
        files = await self._files(session, nodes, values)
        return values, {name: _guess(nodes[name], value, files) for name, value in values.items()}

    async def _files(self, session: AsyncSession, nodes: Mapping[str, Node], values: dict[str, Any]) -> dict[str, File]:
        """The files among the inputs; raises ``NotFound``, or ``InvalidInput`` for one of another kind."""
        wanted = {
            name: value if isinstance(value, list) else [value]
            for name, value in values.items()
            if _kind(nodes[name]) in FILE_KINDS
        }
        files = await Files(session).chosen(self.account_id, {each for ids in wanted.values() for each in ids})
        errors = []
        for name, ids in wanted.items():
            kind = _kind(nodes[name])
            for file in (files[each] for each in ids):
                if file.kind != kind and not (kind == "document" and file.kind in DOCUMENTS):
                    zh, en = f"应为 {kind};{file.id} 是 {file.kind}", f"{kind} is wanted; {file.id} is {file.kind}"
                    errors.append(wrong(f"inputs.{name}", zh, en))
        if errors:
            raise InvalidInput(errors=errors)
        return files


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
