"""Runs the steps of one graph, and of the graphs within it: what ``PipelineRunWorkflow`` and its sections share.

Only control lies in histories; values lie in the rows. A history that grows long drains: nothing more is begun, waits
are broken off, and the workflow goes on as new from the rows.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import (
    ApplicationError,
    ChildWorkflowError,
    FailureError,
    WorkflowAlreadyStartedError,
    is_cancelled_exception,
)
from temporalio.workflow import ChildWorkflowCancellationType, ParentClosePolicy

from models.graphs.plan import Plan, Step
from models.payloads.jobs import OpenJob
from models.payloads.runs import MOST_EVENTS, Given, SectionOrder, StepEnd, StepOrder, StepStart
from temporal import ids, queues
from temporal.errors import to_wire

from . import calls, orders
from .graph import Schedule

AT_ONCE = 40
"""Jobs of one workflow that are open at once."""

SECTION_STEPS = 300
"""Steps of a map's items that one section runs at most."""


class StepFailed(Exception):
    """A step that stops its graph. ``step`` is its path, ``error`` is ``DomainError.wire()``."""

    def __init__(self, step: str, error: dict[str, object]) -> None:
        super().__init__(step)
        self.step = step
        self.error = error

    @classmethod
    def of(cls, step: str, failure: FailureError) -> "StepFailed":
        """From a failure of an activity or a child: the step that a section names, else ``step``."""
        cause = failure.cause
        if isinstance(failure, ChildWorkflowError) and isinstance(cause, ApplicationError) and len(cause.details) == 2:
            return cls(str(cause.details[1]), dict(cause.details[0]))
        return cls(step, to_wire(failure, None))

    def failure(self) -> ApplicationError:
        """For a section, whose parent reads it by ``of``."""
        return ApplicationError(self.step, self.error, self.step, type=str(self.error["code"]), non_retryable=True)


class Drained(Exception):
    """Nothing runs any more, though not all is done: go on as new."""


class Runner:
    """The steps of a run in one history. ``decided`` is told of steps on which a person has decided."""

    def __init__(self) -> None:
        self.most_events = MOST_EVENTS
        self._decided: set[str] = set()
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._draining = False
        self._ended = 0

    def decided(self, step: str) -> None:
        """Wake the step, if it waits here."""
        self._decided.add(step)

    async def graph(self, run_id: str, plan: Plan, prefix: str, given: Mapping[str, Given]) -> None:
        """Run a graph to its end; raises ``StepFailed`` and, after everything that ran has ended, ``Drained``."""
        schedule = Schedule(plan, given.get(prefix, {}))
        tasks: list[asyncio.Task[tuple[str, list[str]]]] = []
        drained = False
        try:
            while True:
                self._drain_if_long()
                if not self._draining:
                    for step in schedule.take_ready():
                        tasks.append(asyncio.create_task(self._step(run_id, step, prefix)))
                if not tasks:
                    break
                done, tasks = await workflow.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    try:
                        schedule.end(*task.result())
                        self._ended += 1
                    except Drained:
                        drained = True
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if drained or schedule.take_ready():
            raise Drained

    async def _step(self, run_id: str, step: Step, prefix: str) -> tuple[str, list[str]]:
        """The step's id and the ports at which it gave something; tried again as its node says."""
        path = prefix + step.id
        for attempt in range(1, step.attempts + 1):
            order = StepOrder(run_id=run_id, step=path, attempt=attempt)
            if step.type == "tool":
                async with self._gate:
                    end = await self._once(order, step)
            else:
                end = await self._once(order, step)
            if end.error is None or not end.retryable or attempt == step.attempts:
                break
            await workflow.sleep(timedelta(seconds=step.wait * 2 ** (attempt - 1)))
        if end.error is not None and step.on_error == "stop":
            raise StepFailed(path, end.error)
        return step.id, end.ports

    async def _once(self, order: StepOrder, step: Step) -> StepEnd:
        """Open the step and follow it, through waits and other runs' jobs, to its end."""
        while True:
            if order.attempt == 1:  # what is tried again has failed already, and must not be taken for ended
                self._leave_when_draining()
            start = await calls.open_step(order)
            if start.waits is not None:
                start = await self._waited(order, start)
            if start.ended is not None:
                return start.ended
            if start.job is not None:
                await self._job(order.step, start.job)
                return await calls.close_step(order)
            if start.calls:
                return await calls.call_address(order)
            if start.same_as is not None:
                await calls.await_job(start.same_as)
            elif start.items is not None:
                return await self._nested(order, step, start.items)

    async def _waited(self, order: StepOrder, start: StepStart) -> StepStart:
        """What became of a step once its time, or somebody's decision, has come."""
        while start.waits is not None:
            if start.seconds > 0:
                with contextlib.suppress(TimeoutError):  # that is what was waited for
                    await workflow.wait_condition(
                        lambda: order.step in self._decided or self._draining, timeout=timedelta(seconds=start.seconds)
                    )
            if order.step not in self._decided:
                self._leave_when_draining()
            self._decided.discard(order.step)
            start = await calls.wake_step(order)
        return start

    async def _job(self, step: str, job: OpenJob) -> None:
        """Run a job as a child; its row tells how it ended."""
        try:
            with contextlib.suppress(ChildWorkflowError):
                await workflow.execute_child_workflow(
                    "ToolRun",
                    orders.tool_run(job, workflow.now()),
                    id=ids.of_job(job.id),
                    cancellation_type=ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
                    parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
                    **orders.of_job(job, step),
                )
        except WorkflowAlreadyStartedError:  # by an earlier life of this run
            await calls.await_job(job.id)

    async def _nested(self, order: StepOrder, step: Step, items: int) -> StepEnd:
        """The step's own graph: for each item of a map, or in rounds."""
        try:
            if step.type == "map":
                return await self._map(order, step, items)
            return await self._rounds(order, step)
        except StepFailed as failed:
            return await calls.fail_step(order, failed.error)

    async def _rounds(self, order: StepOrder, step: Step) -> StepEnd:
        assert step.nested is not None
        for number in range(step.most):
            turn = order.model_copy(update={"number": number})
            begun = await calls.begin_round(turn)
            await self.graph(order.run_id, step.nested, f"{order.step}[{number}]/", begun.given)
            try:
                ended = (await calls.close_round(turn)).ended
            except FailureError as failure:
                raise StepFailed.of(order.step, failure) from failure
            if ended is not None:
                return ended
        raise AssertionError("the last round ends a loop")

    async def _map(self, order: StepOrder, step: Step, items: int) -> StepEnd:
        """In sections of their own histories, one after the other."""
        assert step.nested is not None
        size = max(1, SECTION_STEPS // step.nested.weight)
        for first in range(0, items, size):
            self._leave_when_draining()
            section = SectionOrder(
                run_id=order.run_id,
                step=order.step,
                first=first,
                count=min(size, items - first),
                concurrency=step.concurrency,
                skip_failed=step.skip_failed,
                most_events=self.most_events,
            )
            try:
                await workflow.execute_child_workflow(
                    "PipelineSection",
                    section,
                    id=ids.of_section(order.run_id, order.step, first),
                    task_queue=queues.CORE,
                    cancellation_type=ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
                    parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
                    static_summary=f"{order.step} {first + 1}-{first + section.count}",
                )
            except ChildWorkflowError as failure:
                if is_cancelled_exception(failure):
                    raise asyncio.CancelledError from failure
                raise StepFailed.of(order.step, failure) from failure
        return await calls.close_map(order)

    def _drain_if_long(self) -> None:
        """Every life ends a step at least, so that a run comes to its end."""
        long = workflow.info().get_current_history_length() > self.most_events
        self._draining = self._draining or (long and self._ended > 0)

    def _leave_when_draining(self) -> None:
        if self._draining:
            raise Drained
