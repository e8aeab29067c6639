"""Serves the bare workflow with the options of our own workers: ``python -m bench.bare_worker``."""

import asyncio

from sqlalchemy import text
from temporalio.worker import Worker

from models.session import Database
from models.settings import Settings
from temporal import policies
from temporal.client import TemporalDoor

from .bare import BARE_ACTIVITIES, BARE_WORKFLOWS, TRANSACTIONS, Bare, BareChain, bare, transaction


async def main() -> None:
    """Until killed."""
    settings = Settings()
    database = Database(settings)

    async def touch() -> None:
        async with database.transaction() as session:
            await session.execute(text("UPDATE accounts SET name = name WHERE id = 'acc_revenue'"))

    TRANSACTIONS.append(touch)
    client = await TemporalDoor(settings, lazy=False).client()
    flows = Worker(
        client,
        task_queue=BARE_WORKFLOWS,
        workflows=[Bare, BareChain],
        activities=[transaction],
        max_concurrent_workflow_task_polls=4,
        max_heartbeat_throttle_interval=policies.MAX_HEARTBEAT_THROTTLE,
    )
    activities = Worker(
        client,
        task_queue=BARE_ACTIVITIES,
        activities=[bare],
        max_concurrent_activities=2,
        max_concurrent_activity_task_polls=2,
        max_heartbeat_throttle_interval=policies.MAX_HEARTBEAT_THROTTLE,
    )
    await asyncio.gather(flows.run(), activities.run())


if __name__ == "__main__":
    asyncio.run(main())
