"""The least that Temporal can be asked for: a workflow with one activity on another queue, beside which jobs stand;
and a chain of such workflows as children with two transactions a hop, beside which pipelines stand."""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio import activity, workflow

BARE_WORKFLOWS, BARE_ACTIVITIES = "bare-workflows", "bare-activities"


@activity.defn(name="bare")
async def bare(number: int) -> float:
    """Says when it began, in seconds since 1970."""
    return time.time()


@workflow.defn(name="Bare")
class Bare:
    """One activity on another queue."""

    @workflow.run
    async def run(self, number: int) -> float:
        began: float = await workflow.execute_activity(
            "bare", number, task_queue=BARE_ACTIVITIES, start_to_close_timeout=timedelta(seconds=30)
        )
        return began


@activity.defn(name="transaction")
async def transaction(number: int) -> None:
    """Updates one row of PostgreSQL and commits."""
    await TRANSACTIONS[0]()


TRANSACTIONS: list[Callable[[], Awaitable[None]]] = []
"""Set by the worker's process."""


@workflow.defn(name="BareChain")
class BareChain:
    """Children one after the other, each between two local activities that commit a transaction."""

    @workflow.run
    async def run(self, hops: int) -> None:
        for hop in range(hops):
            await self._commit(hop)
            await workflow.execute_child_workflow(Bare.run, hop, id=f"{workflow.info().workflow_id}-{hop}")
            await self._commit(hop)

    async def _commit(self, hop: int) -> None:
        await workflow.execute_local_activity("transaction", hop, start_to_close_timeout=timedelta(seconds=10))
