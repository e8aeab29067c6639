"""Keeps an activity's lease while it works: a heartbeat every second for as long as the block runs.

Its details say how often the tool broke by itself so far. They outlive the attempt, whether it fails or its worker
dies, and attempts that were lost for other reasons (a worker, a store, a database that went away) do not count.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from temporalio import activity

from models.errors import ToolBroken, ToolFailed

from .policies import HEARTBEAT_INTERVAL, POISON_ATTEMPTS


@asynccontextmanager
async def heartbeating() -> AsyncIterator[None]:
    """Within the block the server learns each second that we live, and we learn of a cancel.

    A ``ToolFailed`` that leaves it is counted, and is ``ToolBroken`` once there were ``POISON_ATTEMPTS`` of them.
    """
    details = activity.info().heartbeat_details
    broken = int(details[0]) if details else 0
    beats = asyncio.create_task(_beat(broken))
    try:
        yield
    except ToolBroken:
        raise
    except ToolFailed as failure:
        beats.cancel()
        if broken + 1 >= POISON_ATTEMPTS:
            raise ToolBroken(**failure.params) from failure
        activity.heartbeat(broken + 1)
        raise
    finally:
        beats.cancel()


async def until(done: Callable[[], Awaitable[bool]], every: float = 0.5) -> None:
    """Returns once ``done``, which is asked ``every`` so many seconds while the activity's lease is kept."""
    async with heartbeating():
        while True:
            if await done():
                return
            await asyncio.sleep(every)


async def _beat(broken: int) -> None:
    while True:
        activity.heartbeat(broken)
        await asyncio.sleep(HEARTBEAT_INTERVAL)
