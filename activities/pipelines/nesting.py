"""Graphs within a run: what each round of a map, loop or sub-pipeline is given, and what came of them."""

from typing import Any

from temporalio import activity

from models.graphs.giving import given, named
from models.graphs.graph import Graph, Node
from models.payloads.runs import Begun, Round, RoundEnd, SectionOrder, StepEnd, StepOrder
from models.repositories.run_steps import RunSteps
from models.session import Database

from .book import Books, Place
from .computing import truth
from .notes import Notes
from .rows import end_of, open_row
from .values import Values


class NestingActivities:
    """Local activities of ``PipelineRunWorkflow`` and ``PipelineSectionWorkflow``."""

    def __init__(self, database: Database, books: Books) -> None:
        self._database = database
        self._books = books
        self._notes = Notes(database)

    @activity.defn(name="sections.begin")
    async def begin_section(self, order: SectionOrder) -> Begun:
        """Give some items of a map to its graph; what an earlier history did of them is told."""
        place = await self._place(order.run_id, order.step)
        async with self._database.transaction() as session:
            steps = RunSteps(session)
            row = await steps.get(order.run_id, order.step)
            assert row is not None and row.items is not None
            numbers = range(order.first, order.first + order.count)
            await steps.give(
                order.run_id,
                {
                    f"{order.step}[{number}]/{name}": outputs
                    for number in numbers
                    for name, outputs in _inputs(place, row.items[number], number).items()
                },
            )
            given = await steps.within(order.run_id, order.step, order.first, order.count)
        assert place.plan is not None
        return Begun(plan=place.plan, given=given)

    @activity.defn(name="maps.close")
    async def close_map(self, order: StepOrder) -> StepEnd:
        """End a map with what came of its items, in their order; an item that gave nothing is left out."""
        place = await self._place(order.run_id, order.step)
        async with self._database.transaction() as session:
            run, row = await open_row(session, order)
            if row.status == "running":
                rounds, errors = await self._rounds(RunSteps(session), place, order)
                items = [_single(place, outputs) for _, outputs in sorted(rounds.items())]
                await RunSteps(session).end(run, row, {"items": items, "errors": errors})
        await self._notes.tell(run)
        return end_of(row)

    @activity.defn(name="rounds.begin")
    async def begin_round(self, order: StepOrder) -> Round:
        """Give a loop's or sub-pipeline's graph its values: the first round's, or what the round before gave."""
        place = await self._place(order.run_id, order.step)
        async with self._database.transaction() as session:
            steps = RunSteps(session)
            row = await steps.get(order.run_id, order.step)
            assert row is not None and row.items is not None
            value = row.items[0]
            if order.number:
                rounds, _ = await self._rounds(steps, place, order)
                value = _single(place, rounds.get(order.number - 1, {}))
            prefix = f"{order.step}[{order.number}]/"
            inputs = _inputs(place, value, order.number)
            await steps.give(order.run_id, {f"{prefix}{name}": outputs for name, outputs in inputs.items()})
            return Round(given=await steps.within(order.run_id, order.step, order.number, 1))

    @activity.defn(name="rounds.close")
    async def close_round(self, order: StepOrder) -> RoundEnd:
        """Whether the loop goes on; else its step ends. A sub-pipeline has one round. Raises ``ExpressionFailed``."""
        place = await self._place(order.run_id, order.step)
        async with self._database.transaction() as session:
            run, row = await open_row(session, order)
            rounds, _ = await self._rounds(RunSteps(session), place, order)
            outputs = rounds.get(order.number, {})
            if place.node.type == "loop":
                value = _single(place, outputs)
                if order.number + 1 < int(place.node.parameters.get("most", 10)) and not truth(
                    place.node.parameters["until"], value, run.inputs
                ):
                    return RoundEnd()
                outputs = {"value": value}
            if row.status == "running":
                await RunSteps(session).end(run, row, outputs)
        await self._notes.tell(run)
        return RoundEnd(ended=end_of(row))

    async def _place(self, run_id: str, step: str) -> Place:
        return (await self._books.of(run_id)).place(step)

    async def _rounds(
        self, steps: RunSteps, place: Place, order: StepOrder
    ) -> tuple[dict[int, Values], list[dict[str, Any]]]:
        """Outputs by name of every round that gave some, and what failed within the rounds."""
        names = named(_graph(place.node), "output")
        rounds: dict[int, Values] = {}
        errors = []
        for row in await steps.made(order.run_id, order.step):
            number, _, inner = row.step[len(order.step) + 1 :].partition("]/")
            if row.status == "failed":
                errors.append({"index": int(number), "step": inner, "error": row.error})
            elif inner in names and "value" in row.outputs:
                rounds.setdefault(int(number), {})[names[inner]] = row.outputs["value"]
        return rounds, sorted(errors, key=lambda each: each["index"])


def _inputs(place: Place, item: Any, number: int) -> dict[str, Values]:
    """What the input nodes of a nested graph give, by their ids."""
    return given(_graph(place.node), item, number)


def _single(place: Place, outputs: Values) -> Any:
    """The value of a graph with one output; an object of all where there are several."""
    if len(named(_graph(place.node), "output")) == 1:
        return next(iter(outputs.values()), None)
    return outputs


def _graph(node: Node) -> Graph:
    assert node.graph is not None
    return node.graph
