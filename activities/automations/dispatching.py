"""Looks at what happened, for the automations that listen: none is missed, none acted upon twice.

Each automation has a cursor over the events of its account, below ``pg_snapshot_xmin``, where nothing can appear any
more. The cursor moves in the transaction that records the firings, under the automation's lock; so it does not matter
how many processes look, nor when one of them dies.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client
from temporalio.service import RPCError

from models.automations.matching import Happened, matches, rearms, seen
from models.errors import Unavailable
from models.payloads.automations import TRIGGERS, CreditsTrigger, Trigger
from models.repositories.automations import Automations
from models.repositories.firings import Cause, Firings
from models.session import Database

LOOK_EVERY = 0.5
"""Seconds; one look is one statement, and costs nothing while nobody listens."""
PAUSE = 2.0

log = structlog.get_logger(__name__)


class Dispatcher:
    """A loop beside the core worker. ``start`` starts the workflow of a firing; what fails is left to the sweep."""

    def __init__(self, database: Database, client: Client, start: Callable[[Client, str], Awaitable[None]]) -> None:
        self._database = database
        self._client = client
        self._start = start

    async def run(self) -> None:
        """Look until canceled; outlives a database or a Temporal that is away."""
        while True:
            pause = LOOK_EVERY
            try:
                await self.look()
            except (Unavailable, RPCError, DBAPIError) as error:
                log.warning("events are looked at later", error=str(error))
                pause = PAUSE
            await asyncio.sleep(pause)

    async def look(self) -> None:
        """Record the firings of all that is new, and start them."""
        for automation_id in await self._database.once(lambda session: Automations(session).with_news()):
            for firing_id in await self._record(automation_id):
                await self._start(self._client, firing_id)

    async def _record(self, automation_id: str) -> list[str]:
        async with self._database.transaction() as session:
            automations, firings = Automations(session), Firings(session)
            automation = await automations.lock(automation_id, skip=True)
            if automation is None or not automation.listens or automation.state != "active":
                return []
            news = await automations.news(automation)
            if not news.events:
                return []
            trigger = TRIGGERS.validate_python(automation.trigger)
            chosen, armed = _chosen(trigger, news.events, automation.armed)
            recorded = [await firings.record(automation, _cause(trigger, each)) for each in chosen]
            await automations.advance(automation, news.position, armed)
        return [firing.id for firing in recorded]


def _chosen(trigger: Trigger, events: list[Happened], armed: bool) -> tuple[list[Happened], bool]:
    """The events that are acted upon; for credits only the first below the threshold since they were above it."""
    chosen = []
    for happened in events:
        if matches(trigger, happened):
            if armed:
                chosen.append(happened)
            armed = armed and not isinstance(trigger, CreditsTrigger)
        elif rearms(trigger, happened):
            armed = True
    return chosen, armed


def _cause(trigger: Trigger, happened: Happened) -> Cause:
    return Cause(f"event:{happened.id}", trigger.type, seen(happened), happened.ancestry)
