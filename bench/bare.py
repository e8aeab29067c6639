"""The least that Temporal can be asked for: a workflow with one activity on another queue, beside which jobs stand."""

import time
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
