"""What the minutely sweep does for automations: PostgreSQL is the truth, Temporal follows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.payloads.automations import Scheduled
from models.repositories.automations import Automations
from models.repositories.firings import Firings
from models.session import Database

from .firing import close

log = structlog.get_logger(__name__)

YOUNG = timedelta(seconds=10)
"""What is this recent is still being started or counted by whoever does so first."""


@dataclass(frozen=True)
class Schedules:
    """Verbs of Temporal's schedules; given by the composition root, since activities may not import workflows."""

    known: Callable[[Client], Awaitable[set[str]]]
    id_of: Callable[[Scheduled], str]
    ensure: Callable[[Client, Scheduled], Awaitable[None]]
    remove: Callable[[Client, str], Awaitable[None]]


class AutomationSweep:
    """Safe to repeat and to interrupt at any line."""

    def __init__(
        self,
        database: Database,
        client: Client,
        schedules: Schedules,
        start: Callable[[Client, str], Awaitable[None]],
    ) -> None:
        self._database = database
        self._client = client
        self._schedules = schedules
        self._start = start

    async def sweep(self) -> None:
        """Schedules as the rows say, firings that were lost started, runs that ended counted."""
        await self._keep_schedules()
        async with self._database.transaction() as session:
            due = await Firings(session).due_ids(YOUNG)
            uncounted = await Firings(session).uncounted_ids(YOUNG)
        for firing_id in due:
            await self._start(self._client, firing_id)
        for firing_id in uncounted:
            await close(self._database, firing_id)

    async def _keep_schedules(self) -> None:
        """Listed first: a schedule is made after its row was committed, so what no row wants then is of the past."""
        known = await self._schedules.known(self._client)
        kept, after = set(), ""
        while True:
            async with self._database.transaction() as session:
                rows = await Automations(session).scheduled(after)
            for row in rows:
                name, after = self._schedules.id_of(row), row.automation_id
                kept.add(name)
                if name not in known:
                    await self._ensure(row)
            if not rows:
                break
        await self._remove(known - kept)

    async def _ensure(self, row: Scheduled) -> None:
        try:
            await self._schedules.ensure(self._client, row)
        except RPCError as error:  # one that the server cannot read does not stop the others
            if error.status != RPCStatusCode.INVALID_ARGUMENT:
                raise
            log.error("a schedule was refused", automation_id=row.automation_id, error=str(error))

    async def _remove(self, names: set[str]) -> None:
        for name in names:
            await self._schedules.remove(self._client, name)
