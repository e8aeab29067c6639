"""What was never told is found: by the minutely sweep what was kept, by the day's comparison all the rest."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.billing.reconciling import BillingSweep, Entities, ReconcileActivities, keep
from models.payloads.billing import ReconcileOrder
from models.repositories.billing import Billing
from models.session import Database
from models.settings import Settings
from temporal import ids
from tests.subscribing import Shop, shop

NOW = timedelta(0)


class Told:
    """In the place of Temporal: who was told, and who runs."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.running: set[str] = set()
        self.asked = 0

    async def tell(self, workflow_id: str) -> None:
        self.told.append(workflow_id)
        self.running.add(workflow_id)

    async def who_runs(self) -> frozenset[str]:
        self.asked += 1
        return frozenset(self.running)

    @property
    def entities(self) -> Entities:
        return Entities(self.tell, self.who_runs)


async def unheard(at: Shop) -> str:
    """A subscription that was paid without a word to us."""
    subscription_id = await at.open("enterprise")
    at.payments.pay(str((await at.row(subscription_id)).session_id))
    return subscription_id


async def test_the_days_comparison_mends_what_was_never_told(settings: Settings, database: Database) -> None:
    told = Told()
    async with shop(settings, database, datetime.now(UTC)) as at:
        one = await unheard(at)
        assert (await at.row(one)).status == "incomplete"
        acting = ReconcileActivities(database, at.gateway, at.looks, told.entities)
        first = await ActivityEnvironment().run(acting.reconcile, ReconcileOrder(after=before(one)))
        assert first.mended == 1 and told.told == [ids.of_subscription(one)]
        assert (await at.account(one)).plan == "enterprise" and (await at.row(one)).status == "active"
        again = await ActivityEnvironment().run(acting.reconcile, ReconcileOrder(after=before(one)))
        assert again.mended == 0 and again.after == one
        assert (await ActivityEnvironment().run(acting.reconcile, ReconcileOrder(after=one))).after is None


def before(subscription_id: str) -> str:
    """The greatest id that is smaller."""
    return subscription_id[:-1] + chr(ord(subscription_id[-1]) - 1)


async def test_events_that_never_came_are_fetched_and_told_once(settings: Settings, database: Database) -> None:
    told = Told()
    async with shop(settings, database, datetime.now(UTC)) as at:
        one = await unheard(at)
        acting = ReconcileActivities(database, at.gateway, at.looks, told.entities)
        for _ in range(2):
            await ActivityEnvironment().run(acting.catch_up)
        sweep = BillingSweep(database, told.entities)
        await ActivityEnvironment().run(sweep.all, NOW)
        mine = ids.of_subscription(one)
        assert told.told.count(mine) == 1
        told.running.discard(mine)  # Temporal has lost it
        await ActivityEnvironment().run(sweep.all, NOW)
        assert told.told.count(mine) == 2
        await ActivityEnvironment().run(sweep.all, NOW)
        assert told.told.count(mine) == 2 and told.asked == 3, "one question a sweep, however many are open"


@pytest.mark.parametrize("kind", ["customer.created", "invoice.paid", "something.new"])
async def test_what_is_nobodys_is_kept_and_told_to_nobody(settings: Settings, database: Database, kind: str) -> None:
    event = {
        "id": f"evt_{kind}_{datetime.now(UTC).timestamp()}",
        "type": kind,
        "data": {"object": {"id": "x", "customer": "cus_nobody", "metadata": {"workshop_subscription": "sub_0"}}},
    }
    async with database.transaction() as session:
        kept = await keep(Billing(session), event)
        assert kept is not None and kept.workflow_id is None
        assert await keep(Billing(session), event) is None
