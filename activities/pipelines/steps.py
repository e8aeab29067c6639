"""Steps of runs: opened with what their links bring, ended with what they gave. Every activity is safe to repeat."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from models.errors import DomainError, InsufficientCredits, Interrupted, JobCanceled
from models.payloads.jobs import OPEN, PriorityName
from models.payloads.runs import StepEnd, StepFailure, StepOrder, StepStart
from models.repositories.jobs import Jobs, view_open
from models.repositories.run_steps import RunSteps
from models.repositories.runs import Runs
from models.session import Database
from models.settings import Settings
from models.tables import Job, Run, RunStep
from temporal.errors import job_ended
from temporal.heartbeat import heartbeating

from ..ordering import Orderer, price_call
from ..storage import ObjectStore
from ..tools.base import Catalogue
from ..tools.parsing import Call, find, parse
from .book import Books, Place
from .caching import Fingerprints
from .computing import COMPUTED
from .notes import Notes
from .values import Values, bound, call_of, outputs_of
from .waiting import DECIDED_BY_PEOPLE, left, needed_more, waits

LOOK_EVERY = 0.5
"""Seconds between looks at a job that another run has."""


@dataclass(frozen=True)
class Opening:
    """A step that is being opened."""

    order: StepOrder
    place: Place
    values: Values
    inputs: dict[str, Any]


class StepActivities:
    """Local activities of ``PipelineRunWorkflow``."""

    def __init__(
        self, database: Database, store: ObjectStore, settings: Settings, catalogue: Catalogue, books: Books
    ) -> None:
        self._database = database
        self._store = store
        self._settings = settings
        self._catalogue = catalogue
        self._books = books
        self._fingerprints = Fingerprints(settings)
        self._notes = Notes(database)
        self._openers: dict[str, Callable[[Opening], Awaitable[StepStart]]] = {
            "tool": self._tool,
            "map": self._map,
            "loop": self._nested,
            "pipeline": self._nested,
            "wait": self._wait,
            "approval": self._wait,
            "notify": self._notify,
        }

    @activity.defn(name="steps.open")
    async def open(self, order: StepOrder) -> StepStart:
        """Begin a step, or say how one that was begun goes on; a mistake of its inputs is its failure."""
        book = await self._books.of(order.run_id)
        place = book.place(order.step)
        begun = await self._begun(order)
        if begun is not None:
            return begun
        try:
            values = await bound(self._database, order.run_id, order.step, place)
            async with self._database.transaction() as session:
                inputs = (await Runs(session).of_work(order.run_id)).inputs
            opener = self._openers.get(place.node.type, self._computed)
            return await opener(Opening(order, place, values, inputs))
        except InsufficientCredits as short:  # its owner decides
            return await self._begin_waiting(order, place, waits(place.node, short))
        except DomainError as error:
            if error.retryable:
                raise
            return StepStart(ended=await self._fail(order, place, error.wire()))

    @activity.defn(name="steps.close")
    async def close(self, order: StepOrder) -> StepEnd:
        """End a step by how its job has ended."""
        place = (await self._books.of(order.run_id)).place(order.step)
        async with self._database.transaction() as session:
            run, row = await self._locked(RunSteps(session), order)
            if row.status != "running":
                return end_of(row)
            assert row.job_id is not None
            job = await Jobs(session).of_work(row.job_id)
            if job.status in OPEN:  # its workflow was ended from outside
                await Jobs(session).release(job.id, "failed", Interrupted().wire())
                job = await Jobs(session).of_work(job.id)
            run.committed += job.used - row.credits
            row.credits = job.used
            if job.status == "succeeded":
                await RunSteps(session).end(run, row, outputs_of(job, place))
            else:
                error = job.error or JobCanceled().wire()
                await RunSteps(session).fail(run, row, error, branch(place, error))
        await self._notes.tell(run)
        return end_of(row)

    @activity.defn(name="steps.wake")
    async def wake(self, order: StepOrder) -> StepStart:
        """What became of a step that waited: it ended, or waits on, or may now be opened again (all empty)."""
        place = (await self._books.of(order.run_id)).place(order.step)
        values = await bound(self._database, order.run_id, order.step, place)
        async with self._database.transaction() as session:
            run, row = await self._locked(RunSteps(session), order)
            if row.status != "waiting" or row.waiting is None:
                return StepStart(ended=end_of(row))
            kind, decision = row.waiting["kind"], row.decision
            if kind in DECIDED_BY_PEOPLE and decision is None and left(row) > 0:
                return StepStart(waits="decision", seconds=left(row))
            approved = bool(decision and decision["approved"])
            await self._go_on(RunSteps(session), run, row)
            if kind == "budget":
                if approved:
                    row.attempt -= 1  # so that it is opened again
                    return StepStart()
                error = needed_more(row).wire()
                await RunSteps(session).fail(run, row, error, branch(place, error))
            else:
                port = "value" if kind == "time" else "approved" if approved else "refused"
                await RunSteps(session).end(run, row, {port: values["value"]})
        await self._notes.tell(run)
        return StepStart(ended=end_of(row))

    @activity.defn(name="steps.fail")
    async def fail(self, failure: StepFailure) -> StepEnd:
        """End a step whose own graph failed."""
        place = (await self._books.of(failure.run_id)).place(failure.step)
        order = StepOrder(run_id=failure.run_id, step=failure.step)
        async with self._database.transaction() as session:
            run, row = await self._locked(RunSteps(session), order)
            if row.status == "running":
                await RunSteps(session).fail(run, row, failure.error, branch(place, failure.error))
        await self._notes.tell(run)
        return end_of(row)

    @activity.defn(name="jobs.await")
    async def await_job(self, job_id: str) -> None:
        """Returns when a job that somebody else runs has ended."""
        async with heartbeating():
            while True:
                async with self._database.transaction() as session:
                    if not await Jobs(session).is_open(job_id):
                        return
                await asyncio.sleep(LOOK_EVERY)

    async def _begun(self, order: StepOrder) -> StepStart | None:
        """How a step that this attempt has begun already goes on; None if it has not."""
        async with self._database.transaction() as session:
            row = await RunSteps(session).get(order.run_id, order.step)
            if row is None or row.attempt < order.attempt:
                return None
            if row.status == "waiting":
                decided = row.decision is not None
                kind = "time" if row.waiting and row.waiting["kind"] == "time" else "decision"
                return StepStart(waits=kind, seconds=0 if decided else left(row))
            if row.status != "running":
                return StepStart(ended=end_of(row))
            if row.job_id is not None:
                return StepStart(job=view_open(await Jobs(session).of_work(row.job_id)))
            return StepStart(items=len(row.items)) if row.items is not None else None

    async def _tool(self, opening: Opening) -> StepStart:
        order, place = opening.order, opening.place
        tool = find(self._catalogue, place.node.tool or "")
        async with self._database.transaction() as session:
            account_id = (await Runs(session).of_work(order.run_id)).account_id
        inputs, parameters = await call_of(self._database, self._store, account_id, tool, place.node, opening.values)
        call = parse(tool, inputs, parameters)
        async with self._database.transaction() as session:
            credits = (await price_call(session, self._settings, account_id, call)).credits
            steps, run = RunSteps(session), await self._open_run(Runs(session), order)
            key = await self._fingerprints.of(session, account_id, call, run.language) if place.node.cache else None
            same = await steps.cached(account_id, key) if key else None
            if same is not None and same.status != "succeeded":
                return StepStart(same_as=same.id)
            if same is not None:
                row = await self._hit(steps, run, opening, same)
            elif run.committed + credits > run.budget:
                raise InsufficientCredits(needed=credits, available=run.budget - run.committed)
            else:
                job = await self._job(Jobs(session), run, opening, call, credits)
                row = await steps.begin(
                    run, order.step, "tool", tool_id=tool.id, job_id=job.id, attempt=order.attempt, credits=credits
                )
                if key:
                    await steps.keep_cached(account_id, key, job.id)
        await self._notes.tell(run)
        return StepStart(ended=end_of(row)) if same is not None else StepStart(job=view_open(job))

    async def _hit(self, steps: RunSteps, run: Run, opening: Opening, same: Job) -> RunStep:
        """A call that was made before: its outputs, for nothing."""
        order = opening.order
        row = await steps.begin(
            run, order.step, "tool", tool_id=same.tool_id, job_id=same.id, attempt=order.attempt, cached=True
        )
        await steps.end(run, row, outputs_of(same, opening.place))
        return row

    async def _job(self, jobs: Jobs, run: Run, opening: Opening, call: Call, credits: int) -> Job:
        orderer = Orderer(run.account_id, run.user_id, run.language, run.request_id, PriorityName(run.priority))
        wanted = orderer.order(call, credits, opening.place.node.timeout)
        wanted = wanted.model_copy(update={"pipeline_run": run.id, "pipeline_step": opening.order.step})
        run.committed += credits
        return await jobs.open(wanted)

    async def _computed(self, opening: Opening) -> StepStart:
        outputs = COMPUTED[opening.place.node.type](opening.place.node, opening.values, opening.inputs)
        return await self._done(opening, outputs)

    async def _notify(self, opening: Opening) -> StepStart:
        async with self._database.transaction() as session:
            run = await self._open_run(Runs(session), opening.order)
            await self._notes.send(session, run, opening.order.step, opening.place.node)
        return await self._done(opening, {"value": opening.values["value"]})

    async def _done(self, opening: Opening, outputs: Values) -> StepStart:
        order = opening.order
        async with self._database.transaction() as session:
            steps, run = RunSteps(session), await self._open_run(Runs(session), order)
            row = await steps.begin(run, order.step, opening.place.node.type, attempt=order.attempt)
            await steps.end(run, row, outputs)
        await self._notes.tell(run)
        return StepStart(ended=end_of(row))

    async def _map(self, opening: Opening) -> StepStart:
        return await self._nested(opening, list(opening.values["items"]))

    async def _nested(self, opening: Opening, items: list[Any] | None = None) -> StepStart:
        order, kind = opening.order, opening.place.node.type
        if items is None:
            items = [opening.values["value"] if kind == "loop" else opening.values]
        async with self._database.transaction() as session:
            run = await self._open_run(Runs(session), order)
            await RunSteps(session).begin(run, order.step, kind, attempt=order.attempt, items=items)
        await self._notes.tell(run)
        return StepStart(items=len(items))

    async def _wait(self, opening: Opening) -> StepStart:
        return await self._begin_waiting(opening.order, opening.place, waits(opening.place.node))

    async def _begin_waiting(self, order: StepOrder, place: Place, waiting: dict[str, Any]) -> StepStart:
        waiting = waiting | {"workflow_id": activity.info().workflow_id}
        async with self._database.transaction() as session:
            run = await self._open_run(Runs(session), order)
            row = await RunSteps(session).begin(
                run,
                order.step,
                place.node.type,
                status="waiting",
                waiting=waiting,
                decision=None,
                attempt=order.attempt,
                tool_id=place.node.tool,
            )
            if waiting["kind"] in DECIDED_BY_PEOPLE:
                run.status = "waiting"
        await self._notes.tell(run)
        kind = "decision" if waiting["kind"] in DECIDED_BY_PEOPLE else "time"
        return StepStart(waits=kind, seconds=left(row))

    async def _go_on(self, steps: RunSteps, run: Run, row: RunStep) -> None:
        """The run no longer waits, unless for another step."""
        row.status = "running"
        await steps.session.flush()
        if run.status == "waiting" and not await steps.waiting_for_people(run.id):
            run.status = "running"

    async def _fail(self, order: StepOrder, place: Place, error: dict[str, Any]) -> StepEnd:
        async with self._database.transaction() as session:
            steps, run = RunSteps(session), await self._open_run(Runs(session), order)
            row = await steps.begin(
                run, order.step, place.node.type, attempt=order.attempt, tool_id=place.node.tool, credits=0
            )
            await steps.fail(run, row, error, branch(place, error))
        await self._notes.tell(run)
        return end_of(row)

    async def _open_run(self, runs: Runs, order: StepOrder) -> Run:
        run = await runs.lock(order.run_id)
        if run is None:
            raise job_ended()
        return run

    async def _locked(self, steps: RunSteps, order: StepOrder) -> tuple[Run, RunStep]:
        run = await self._open_run(Runs(steps.session), order)
        row = await steps.get(order.run_id, order.step)
        assert row is not None
        return run, row


def branch(place: Place, error: dict[str, Any]) -> Values:
    """What a failed step gives: its error, where the drawing has a way for it."""
    return {"error": error} if place.node.on_error == "branch" else {}


def end_of(row: RunStep) -> StepEnd:
    """A row that has ended, as the workflow is told of it."""
    error = row.error if row.status == "failed" else None
    retryable = error is not None and DomainError.from_wire(error).retryable
    return StepEnd(ports=sorted(row.outputs), error=error, retryable=retryable)
