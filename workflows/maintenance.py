"""The workflow that a schedule runs once a minute."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from . import calls


@workflow.defn(name="Maintenance")
class MaintenanceWorkflow:
    """Do every chore in turn; one that fails is reported and the next one is done all the same."""

    @workflow.run
    async def run(self) -> None:
        for chore in calls.CHORES:
            try:
                await calls.chore(chore)
            except ActivityError as failure:
                workflow.logger.error("the chore %s failed: %s", chore, failure.cause)
