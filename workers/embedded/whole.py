"""The whole platform: the stack, then the workers and the API over it; stopped in the other order."""

import asyncio
from collections.abc import Callable

from activities.tools import discover
from models.settings import Settings
from workers.pools import with_work

from .ports import check_free
from .processes import api_program, child_environment, pool_program, weights_program
from .program import Program
from .stack import Stack


class Whole:
    """``start`` and ``stop`` of everything; what dies in between starts again."""

    def __init__(self, settings: Settings, report: Callable[[str, str], None]) -> None:
        self._settings = settings
        self._report = report
        self.stack = Stack(settings, report)

    async def start(self) -> None:
        """Returns when the API is ready. ``PortTaken`` before anything starts. Call ``stop`` also after an error."""
        await self.stack.supervisor.clean()
        check_free(self._settings.api_port, "API_PORT", self._settings.api_host)
        await self.stack.start()
        await self._start_ours()

    async def stop(self) -> None:
        """API and workers first, side by side, while what they stand on still answers."""
        supervisor = self.stack.supervisor
        ours = [name for name in supervisor.names if name in {"api", "weights"} or name.startswith("worker-")]
        await asyncio.gather(*(supervisor.stop(name) for name in ours))
        await self.stack.stop()

    async def fetch_weights(self, names: tuple[str, ...]) -> bool:
        """Have weights in the cache before a job asks; whether they are there."""
        environment = child_environment(self._settings, self.stack.environment())
        return await self.stack.supervisor.run_once(weights_program(names, environment)) == 0

    async def _start_ours(self) -> None:
        environment = child_environment(self._settings, self.stack.environment())
        pools = with_work(discover(self._settings.extra_tools))
        programs = [pool_program(name, self._settings, environment) for name in pools]
        programs.append(api_program(self._settings, environment))
        await asyncio.gather(*(self._start_one(program.name, program) for program in programs))

    async def _start_one(self, name: str, program: Program) -> None:
        await self.stack.supervisor.start(program)
        self._report(name, "ready" if name == "api" else "started")
