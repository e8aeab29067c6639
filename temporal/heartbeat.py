"""Keeps an activity's lease while it works: a heartbeat every second for as long as the block runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

from .policies import HEARTBEAT_INTERVAL


@asynccontextmanager
async def heartbeating() -> AsyncIterator[None]:
    """Within the block the server learns each second that we live, and we learn of a cancel."""
    beats = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beats.cancel()


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(HEARTBEAT_INTERVAL)
