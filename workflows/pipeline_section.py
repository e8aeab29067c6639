"""The workflow of some items of a map: a history of their own keeps every history short."""

import asyncio

from temporalio import workflow

from models.graphs.plan import Plan
from models.payloads.runs import Given, SectionOrder

from . import calls
from .running import Drained, Runner, StepFailed


@workflow.defn(name="PipelineSection")
class PipelineSectionWorkflow:
    """Run the map's graph for each item; a failed one ends the section unless failed items are skipped."""

    def __init__(self) -> None:
        self._runner = Runner()

    @workflow.run
    async def run(self, order: SectionOrder) -> None:
        self._runner.most_events = order.most_events
        begun = await calls.begin_section(order)
        gate = asyncio.Semaphore(order.concurrency)
        numbers = range(order.first, order.first + order.count)
        items = [asyncio.create_task(self._item(order, begun.plan, number, begun.given, gate)) for number in numbers]
        drained = False
        try:
            while items:
                done, items = await workflow.wait(items, return_when=asyncio.FIRST_COMPLETED)
                for item in done:
                    try:
                        item.result()
                    except Drained:
                        drained = True
        except StepFailed as failed:
            raise failed.failure() from failed
        finally:
            for item in items:
                item.cancel()
            await asyncio.gather(*items, return_exceptions=True)
        if drained:
            workflow.continue_as_new(order)

    @workflow.signal
    def decided(self, step: str) -> None:
        """A person has decided on a step that waits."""
        self._runner.decided(step)

    async def _item(
        self, order: SectionOrder, plan: Plan, number: int, given: dict[str, Given], gate: asyncio.Semaphore
    ) -> None:
        async with gate:
            try:
                await self._runner.graph(order.run_id, plan, f"{order.step}[{number}]/", given)
            except StepFailed:
                if not order.skip_failed:
                    raise
