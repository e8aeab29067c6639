"""Steps of runs: opened with what their links bring, ended with what they gave. Every activity is safe to repeat."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from models.errors import DomainError, InsufficientCredits, Interrupted, JobCanceled, ToolPaused
from models.payloads.jobs import OPEN, PriorityName
from models.payloads.runs import StepEnd, StepFailure, StepOrder, StepStart
from models.repositories.jobs import Jobs, view_open
from models.repositories.run_steps import RunSteps
from models.repositories.runs import Runs
from models.session import Database
from models.settings import Settings
from models.tables import Job, Run, RunStep
from temporal.heartbeat import until

from ..ordering import Orderer, price_call
from ..storage import ObjectStore
from ..tools.base import Catalogue
from ..tools.parsing import Call, find, parse
from .book import Books, Place
from .caching import Fingerprints
from .computing import COMPUTED
from .notes import Notes
from .rows import branch, end_of, open_row, open_run
from .values import Values, call_of, gather, outputs_of, prefix_of, sources
from .waiting import WaitActivities, left, paused, waits


@dataclass(frozen=True)
class Opening:
    """A step that is being opened."""

    order: StepOrder
    place: Place
    values: Values
    inputs: dict[str, Any]
    account_id: str


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
        self._waits = WaitActivities(database, books)
        self._openers: dict[str, Callable[[Opening], Awaitable[StepStart]]] = {
            "tool": self._tool,
            "map": self._map,
            "loop": self._nested,
            "pipeline": self._nested,
            "wait": self._wait,
            "approval": self._wait,
            "notify": self._notify,
            "http": self._call,
        }

    @activity.defn(name="steps.open")
    async def open(self, order: StepOrder) -> StepStart:
        """Begin a step, or say how one that was begun goes on; a mistake of its inputs is its failure."""
        place = (await self._books.of(order.run_id)).place(order.step)
        async with self._database.transaction() as session:
            run = await Runs(session).of_work(order.run_id)
            rows = await RunSteps(session).rows(order.run_id, {order.step} | sources(place, order.step))
            begun = await self._begun(session, order, rows.get(order.step))
        if begun is not None:
            return begun
        values = gather(place, rows, prefix_of(order.step))
        try:
            opener = self._openers.get(place.node.type, self._computed)
            return await opener(Opening(order, place, values, run.inputs, run.account_id))
        except InsufficientCredits as short:  # its owner decides
            return await self._waits.begin(order, place, waits(place.node, short))
        except ToolPaused:  # an operator resumes it
            return await self._waits.begin(order, place, paused())
        except DomainError as error:
            if error.retryable:
                raise
            return StepStart(ended=await self._fail(order, place, error.wire()))

    @activity.defn(name="steps.close")
    async def close(self, order: StepOrder) -> StepEnd:
        """End a step by how its job has ended."""
        place = (await self._books.of(order.run_id)).place(order.step)
        async with self._database.transaction() as session:
            run, row = await open_row(session, order)
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

    @activity.defn(name="steps.fail")
    async def fail(self, failure: StepFailure) -> StepEnd:
        """End a step whose own graph failed."""
        place = (await self._books.of(failure.run_id)).place(failure.step)
        order = StepOrder(run_id=failure.run_id, step=failure.step)
        async with self._database.transaction() as session:
            run, row = await open_row(session, order)
            if row.status == "running":
                await RunSteps(session).fail(run, row, failure.error, branch(place, failure.error))
        await self._notes.tell(run)
        return end_of(row)

    @activity.defn(name="jobs.await")
    async def await_job(self, job_id: str) -> None:
        """Returns when a job that somebody else runs has ended."""

        async def ended() -> bool:
            async with self._database.transaction() as session:
                return not await Jobs(session).is_open(job_id)

        await until(ended)

    async def _begun(self, session: AsyncSession, order: StepOrder, row: RunStep | None) -> StepStart | None:
        """How a step that this attempt has begun already goes on; None if it has not."""
        if row is None or row.attempt < order.attempt:
            return None
        if row.status == "waiting":
            kind = "time" if row.waiting and row.waiting["kind"] == "time" else "decision"
            return StepStart(waits=kind, seconds=0 if row.decision is not None else left(row))
        if row.status != "running":
            return StepStart(ended=end_of(row))
        if row.job_id is not None:
            return StepStart(job=view_open(await Jobs(session).of_work(row.job_id)))
        if row.items is not None:
            return StepStart(items=len(row.items))
        return StepStart(calls=True) if row.type == "http" else None

    async def _tool(self, opening: Opening) -> StepStart:
        order, place, account_id = opening.order, opening.place, opening.account_id
        tool = find(self._catalogue, place.node.tool or "")
        inputs, parameters = await call_of(self._database, self._store, account_id, tool, place.node, opening.values)
        call = parse(tool, inputs, parameters)
        async with self._database.transaction() as session:
            credits = (await price_call(session, self._settings, account_id, call)).credits
            steps, run = RunSteps(session), await open_run(session, order.run_id)
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
            run = await open_run(session, opening.order.run_id)
            await self._notes.send(session, run, opening.order.step, opening.place.node)
        return await self._done(opening, {"value": opening.values["value"]})

    async def _call(self, opening: Opening) -> StepStart:
        order = opening.order
        async with self._database.transaction() as session:
            run = await open_run(session, order.run_id)
            await RunSteps(session).begin(run, order.step, "http", attempt=order.attempt)
        await self._notes.tell(run)
        return StepStart(calls=True)

    async def _done(self, opening: Opening, outputs: Values) -> StepStart:
        order = opening.order
        async with self._database.transaction() as session:
            steps, run = RunSteps(session), await open_run(session, order.run_id)
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
            run = await open_run(session, order.run_id)
            await RunSteps(session).begin(run, order.step, kind, attempt=order.attempt, items=items)
        await self._notes.tell(run)
        return StepStart(items=len(items))

    async def _wait(self, opening: Opening) -> StepStart:
        return await self._waits.begin(opening.order, opening.place, waits(opening.place.node))

    async def _fail(self, order: StepOrder, place: Place, error: dict[str, Any]) -> StepEnd:
        async with self._database.transaction() as session:
            steps, run = RunSteps(session), await open_run(session, order.run_id)
            row = await steps.begin(
                run, order.step, place.node.type, attempt=order.attempt, tool_id=place.node.tool, credits=0
            )
            await steps.fail(run, row, error, branch(place, error))
        await self._notes.tell(run)
        return end_of(row)
