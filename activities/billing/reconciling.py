"""Compares with the payment provider what we know, and delivers what it told to whom it is for."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from temporalio import activity

from models.errors import DomainError, PaymentsOff
from models.payloads.billing import ReconcileEnd, ReconcileOrder
from models.repositories.billing import Billing
from models.repositories.purchases import Purchases
from models.repositories.subscriptions import Subscriptions
from models.repositories.top_ups import TopUps
from models.session import Database
from models.tables import BillingEvent
from temporal import ids
from temporal.heartbeat import heartbeating

from .gateway import Gateway
from .routing import workflow_of
from .subscriptions import SubscriptionActivities

SINCE = timedelta(days=3)
"""For as long Stripe tries to deliver an event."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Entities:
    """What starts the workflow of a subscription or purchase, or tells the running one, by its id; and the ids of all
    that run, by one question."""

    tell: Callable[[str], Awaitable[None]]
    running: Callable[[], Awaitable[frozenset[str]]]


class ReconcileActivities:
    """Activities of ``ReconcileWorkflow``."""

    def __init__(
        self, database: Database, gateway: Gateway, subscriptions: SubscriptionActivities, entities: Entities
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._subscriptions = subscriptions
        self._entities = entities

    @activity.defn(name="billing.catch_up")
    async def catch_up(self) -> None:
        """Events of the last days that never reached us are kept; the sweep delivers them."""
        missed = 0
        try:
            async with heartbeating():
                async for event in self._gateway.events(datetime.now(UTC) - SINCE):
                    async with self._database.transaction() as session:
                        missed += await keep(Billing(session), event) is not None
        except PaymentsOff:
            return
        log.info("caught up with the payment provider", missed=missed)

    @activity.defn(name="billing.reconcile")
    async def reconcile(self, order: ReconcileOrder) -> ReconcileEnd:
        """Look at a page of the open subscriptions; one that cannot be looked at does not stop the others."""
        async with heartbeating():
            async with self._database.transaction() as session:
                known = await Subscriptions(session).open_ids(timedelta(0), order.after, 100)
            mended = sum([await self._mend(subscription_id) for subscription_id in known])
        log.info("reconciled", looked=len(known), mended=mended)
        return ReconcileEnd(mended=mended, after=known[-1] if known else None)

    async def _mend(self, subscription_id: str) -> bool:
        """Whether it was not what the provider says; its workflow is told, then."""
        try:
            _, changed = await self._subscriptions.compare(subscription_id, datetime.now(UTC))
        except DomainError as error:
            log.warning("a subscription could not be compared", subscription_id=subscription_id, error=str(error))
            return False
        if changed:
            await self._entities.tell(ids.of_subscription(subscription_id))
        return bool(changed)


class BillingSweep:
    """The part of the minutely sweep that looks at payments."""

    def __init__(self, database: Database, entities: Entities) -> None:
        self._database = database
        self._entities = entities

    async def all(self, older_than: timedelta) -> None:
        """Open purchases for accounts that asked for them when few credits are left; tell again what was not
        delivered, and have every open subscription and purchase followed."""
        async with self._database.transaction() as session:
            bought = await TopUps(session).open_due(datetime.now(UTC))
        for purchase_id in bought:
            await self._entities.tell(ids.of_purchase(purchase_id))
        async with self._database.transaction() as session:
            waiting = await Billing(session).undelivered(older_than)
        for workflow_id in await self._untold(waiting, older_than):
            await self._entities.tell(workflow_id)
            done = [event_id for event_id, whose in waiting if whose == workflow_id]
            async with self._database.transaction() as session:
                await Billing(session).delivered(done)

    async def _untold(self, waiting: list[tuple[str, str]], older_than: timedelta) -> list[str]:
        """Workflows of events, and of rows that nobody follows."""
        found = dict.fromkeys(workflow_id for _, workflow_id in waiting)
        running = await self._entities.running()
        async for workflow_id in self._open(older_than):
            if workflow_id not in running:
                found[workflow_id] = None
        return list(found)

    async def _open(self, older_than: timedelta) -> AsyncIterator[str]:
        for kind, workflow_id in ((Subscriptions, ids.of_subscription), (Purchases, ids.of_purchase)):
            after = ""
            while True:
                async with self._database.transaction() as session:
                    known = await kind(session).open_ids(older_than, after)
                for each in known:
                    yield workflow_id(each)
                    after = each
                if not known:
                    break


async def keep(billing: Billing, event: Mapping[str, Any]) -> BillingEvent | None:
    """Keep an event of Stripe with the workflow that it is for; None if it is known."""
    workflow_id = await workflow_of(event, billing.session)
    return await billing.store(str(event["id"]), str(event["type"]), dict(event), workflow_id)
