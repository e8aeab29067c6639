"""The snapshot of a run's graph, read once: where a step lies, what it is, and what is linked to it."""

import re
from collections import OrderedDict, defaultdict
from dataclasses import dataclass

from models.errors import NotFound
from models.graphs.graph import Graph, Node
from models.graphs.nodes import NODE_TYPES, Ports
from models.graphs.plan import Link, Plan
from models.graphs.ports import Tools
from models.repositories.runs import Runs
from models.session import Database
from models.tables import Run

INDEX = re.compile(r"\[\d+\]")
MOST_BOOKS = 64


@dataclass(frozen=True)
class Place:
    """A node within the run: its ports, the links that arrive, and the output ports that something is linked to."""

    node: Node
    inputs: Ports
    outputs: Ports
    links: tuple[Link, ...]
    linked: frozenset[str]
    plan: Plan | None


class Book:
    """Every node by its path without the numbers of rounds (``each/resize``)."""

    def __init__(self, graph: Graph, plan: Plan, tools: Tools) -> None:
        self.graph = graph
        self.plan = plan
        self._tools = tools
        self._places: dict[str, Place] = {}
        self._read(graph, plan, "")

    def place(self, step: str) -> Place:
        """Where ``each[3]/resize`` lies; raises ``NotFound``."""
        found = self._places.get(INDEX.sub("", step))
        if found is None:
            raise NotFound(what=f"step {step}")
        return found

    def _read(self, graph: Graph, plan: Plan, prefix: str) -> None:
        arriving: dict[str, list[Link]] = defaultdict(list)
        leaving: dict[str, set[str]] = defaultdict(set)
        for link in plan.links:
            arriving[link.target].append(link)
            leaving[link.source].add(link.port)
        steps = {step.id: step for step in plan.steps}
        for node in graph.nodes:
            inputs, outputs = NODE_TYPES[node.type].ports(node, self._tools)
            nested = steps[node.id].nested if node.id in steps else None
            self._places[f"{prefix}{node.id}"] = Place(
                node, inputs, outputs, tuple(arriving[node.id]), frozenset(leaving[node.id]), nested
            )
            if node.graph is not None and nested is not None:
                self._read(node.graph, nested, f"{prefix}{node.id}/")


class Books:
    """The books of the runs that were worked on last; a snapshot never changes."""

    def __init__(self, database: Database, tools: Tools) -> None:
        self._database = database
        self._tools = tools
        self._books: OrderedDict[str, Book] = OrderedDict()

    async def of(self, run_id: str) -> Book:
        """Raises ``NotFound``."""
        if run_id not in self._books:
            async with self._database.transaction() as session:
                self.keep(await Runs(session).whole(run_id))
        self._books.move_to_end(run_id)
        return self._books[run_id]

    def keep(self, run: Run) -> Book:
        book = Book(Graph.model_validate(run.graph), Plan.model_validate(run.plan), self._tools)
        self._books[run.id] = book
        while len(self._books) > MOST_BOOKS:
            self._books.popitem(last=False)
        return book
