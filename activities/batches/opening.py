"""Opening batches: every row is checked and priced before anything is held; rows that cannot be run have failed then.

The one way, for callers of the API and for retries. Rows are looked at away from the loop: there may be thousands.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import (
    BatchOpen,
    BatchOverBudget,
    DomainError,
    InvalidInput,
    NotFound,
    NothingToRetry,
    wrong,
)
from models.graphs.graph import Graph
from models.ids import new_id
from models.payloads.batches import OPEN_BATCH
from models.payloads.jobs import PriorityName
from models.repositories.batch_rows import BatchRows
from models.repositories.batches import Batches
from models.repositories.files import Files
from models.repositories.sub_pipelines import expanded
from models.repositories.tools import Tools
from models.settings import Settings
from models.tables import Batch, File
from temporal.queues import pool_queue

from ..ordering import decided, facts_of
from ..run_opening import RunOpener
from ..tools.base import Catalogue, Tool
from ..tools.parsing import Call, Configuration, check_offered, find, parse, price
from .binding import Socket, bind, feed_files, of_graph, of_tool
from .reading import MOST_ROWS, Row

SHOWN_ERRORS = 20
Given = Mapping[str, Mapping[str, Any]]
"""``inputs`` and ``parameters`` of a call, or of a part of one."""


@dataclass(frozen=True)
class WantedBatch:
    """A batch that is asked for: rows, or files that make a row each, over a tool or a graph."""

    name: str
    tool_id: str | None = None
    graph: Graph | None = None
    pipeline_id: str | None = None
    version: int | None = None
    rows: Sequence[Row] = ()
    files: Sequence[str | DomainError] = ()
    port: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    budget: int | None = None
    concurrency: int = 8
    priority: PriorityName = PriorityName.normal


@dataclass(frozen=True)
class BatchOpener:
    """For whom, in which language and under which request batches are opened."""

    catalogue: Catalogue
    settings: Settings
    account_id: str
    user_id: str | None
    language: str
    request_id: str | None = None

    async def open(self, session: AsyncSession, wanted: WantedBatch) -> Batch:
        """A new batch with its credits set aside; raises the caller's mistakes by name and leaves nothing behind."""
        tool = find(self.catalogue, wanted.tool_id) if wanted.tool_id is not None else None
        graph = await expanded(session, self.account_id, wanted.graph) if wanted.graph is not None else None
        if graph is not None and wanted.parameters:
            zh, en = "流程的公共取值请放在 inputs", "values that all rows of a pipeline share belong into inputs"
            raise InvalidInput(errors=[wrong("parameters", zh, en)])
        common = {"inputs": dict(wanted.inputs), "parameters": dict(wanted.parameters)}
        own = await self._own(session, _sockets(tool, graph), wanted)
        found = await self._ceilings(session, tool, graph, common, own)
        refused = [each if isinstance(each, DomainError) else None for each in wanted.files or wanted.rows]
        found = [bad or ceiling for bad, ceiling in zip(refused, found, strict=True)]
        ceiling = sum(each for each in found if isinstance(each, int))
        if not any(isinstance(each, int) for each in found):
            raise _none_can_run(found)
        if wanted.budget is not None and ceiling > wanted.budget:
            raise BatchOverBudget(needed=ceiling, budget=wanted.budget)
        batch = Batch(
            id=new_id("batch"),
            account_id=self.account_id,
            user_id=self.user_id,
            name=wanted.name,
            tool_id=wanted.tool_id,
            queue=pool_queue(tool.pool) if tool else "",
            timeout=tool.timeout if tool else 0.0,
            pipeline_id=wanted.pipeline_id,
            pipeline_version=wanted.version,
            graph=graph.as_json() if graph else None,
            parameters=common,
            columns=dict(wanted.columns),
            priority=wanted.priority,
            language=self.language,
            concurrency=wanted.concurrency,
            budget=ceiling if wanted.budget is None else wanted.budget,
            request_id=self.request_id,
        )
        rows = [_row(at, *each) for at, each in enumerate(zip(own, found, strict=True), 1)]
        return await Batches(session).open(batch, rows)

    async def retry(self, session: AsyncSession, batch_id: str) -> Batch:
        """Another round for the rows that failed, priced anew. Raises ``BatchOpen`` and ``NothingToRetry``."""
        batch = await Batches(session).get(self.account_id, batch_id)
        if batch.status in OPEN_BATCH:
            raise BatchOpen()
        failed = await BatchRows(session).failed(batch.id, limit=MOST_ROWS)
        tool = find(self.catalogue, batch.tool_id) if batch.tool_id is not None else None
        graph = Graph.model_validate(batch.graph) if batch.graph is not None else None
        found = await self._ceilings(session, tool, graph, batch.parameters, [row.input for row in failed])
        pairs = list(zip([row.number for row in failed], found, strict=True))
        rows = [{"number": number, "ceiling": each} for number, each in pairs if isinstance(each, int)]
        if not rows:
            raise NothingToRetry()
        still = [(number, each.wire()) for number, each in pairs if isinstance(each, DomainError)]
        return await Batches(session).retry(batch, rows, still)

    async def _own(self, session: AsyncSession, sockets: list[Socket], wanted: WantedBatch) -> list[dict[str, Any]]:
        """Each row's own part of the call."""
        if wanted.files:
            ids = [each if isinstance(each, str) else "" for each in wanted.files]
            known = await Files(session).known(self.account_id, filter(None, ids))
            if set(filter(None, ids)) - known.keys():
                raise NotFound(what="file")
            socket = feed_files(sockets, {file.kind for file in known.values()}, wanted.port)
            values = [[each] if socket.many else each for each in ids]
            return [{"inputs": {socket.name: value} if value else {}, "parameters": {}} for value in values]
        columns = dict.fromkeys(column for row in wanted.rows for column in row)
        binding = bind(sockets, columns, wanted.columns)
        return [binding.call(row) for row in wanted.rows]

    async def _ceilings(
        self,
        session: AsyncSession,
        tool: Tool | None,
        graph: Graph | None,
        common: Given,
        own: Sequence[Given],
    ) -> list[int | DomainError]:
        """What each row may cost at most, or what is wrong with it."""
        if graph is not None:
            opener = RunOpener(
                self.catalogue, self.settings, self.account_id, self.user_id, self.language, self.request_id
            )
            return await opener.ceilings(session, graph, [{**common["inputs"], **row["inputs"]} for row in own])
        assert tool is not None
        configured = (await Tools(session).configurations()).get(tool.id)
        configuration = decided(configured, self.settings)
        check_offered(tool, configuration)
        calls = await asyncio.to_thread(lambda: [_parsed(tool, common, row) for row in own])
        wanted = {each for call in calls if isinstance(call, Call) for each in call.file_ids}
        files = await Files(session).known(self.account_id, wanted)
        return await asyncio.to_thread(lambda: [_ceiling(call, files, configuration) for call in calls])


def _sockets(tool: Tool | None, graph: Graph | None) -> list[Socket]:
    if tool is not None:
        return of_tool(tool)
    assert graph is not None
    return of_graph(graph)


def _parsed(tool: Tool, common: Given, own: Given) -> Call | DomainError:
    try:
        return parse(tool, {**common["inputs"], **own["inputs"]}, {**common["parameters"], **own["parameters"]})
    except DomainError as error:
        return error


def _ceiling(call: Call | DomainError, files: Mapping[str, File], configuration: Configuration) -> int | DomainError:
    if isinstance(call, DomainError):
        return call
    try:
        return price(
            call, {each: facts_of(files[each]) for each in call.file_ids if each in files}, configuration
        ).credits
    except DomainError as error:
        return error


def _row(number: int, own: dict[str, Any], found: int | DomainError) -> dict[str, Any]:
    bad = isinstance(found, DomainError)
    return {
        "number": number,
        "input": own,
        "state": "failed" if bad else "pending",
        "ceiling": 0 if bad else found,
        "error": found.wire() if isinstance(found, DomainError) else None,
    }


def _none_can_run(found: Sequence[int | DomainError]) -> DomainError:
    """What is wrong with the first rows; what is wrong with all of them, where that has no field."""
    errors = []
    for number, each in enumerate(found, 1):
        if not isinstance(each, DomainError):
            continue
        if not each.errors:
            return each
        errors += [{**problem, "path": f"rows.{number}.{problem['path']}"} for problem in each.errors]
        if len(errors) >= SHOWN_ERRORS:
            break
    return InvalidInput(errors=errors[:SHOWN_ERRORS])
