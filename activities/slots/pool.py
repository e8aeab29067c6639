"""The slots of a worker, lent to one task each."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from .engine_host import EngineHost
from .slot import Slot


class SlotPool:
    """``size`` slots; a lease waits until one is free. The one used last goes first: its engines are warm."""

    def __init__(self, size: int, make: Callable[[], Slot], host: EngineHost | None = None) -> None:
        self._host = host
        self._slots = [make() for _ in range(size)]
        self._free = list(self._slots)
        self._available = asyncio.Semaphore(size)

    @property
    def pids(self) -> list[int]:
        """Process ids of the children that live."""
        return [slot.pid for slot in self._slots if slot.pid is not None]

    async def warm_up(self) -> None:
        """Start every child, so that the first job does not wait for it."""
        await self._ensure_host()
        await asyncio.gather(*(slot.start() for slot in self._slots))

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Slot]:
        """A slot for one task; the engines that it may share are up."""
        async with self._available:
            await self._ensure_host()
            slot = self._free.pop()
            try:
                yield slot
            finally:
                self._free.append(slot)

    async def close(self) -> None:
        """Kill every child."""
        await asyncio.gather(*(slot.kill() for slot in self._slots))
        if self._host is not None:
            await self._host.close()

    async def _ensure_host(self) -> None:
        if self._host is not None:
            await self._host.ensure()
