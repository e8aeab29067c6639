"""A pack that is bought by itself: opened by the sweep, charged once by its workflow's look, told and taken back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from temporalio.testing import ActivityEnvironment

from activities.billing.gateway import Gateway
from activities.billing.purchases import PurchaseActivities
from activities.billing.reconciling import BillingSweep, Entities
from activities.billing.saved_cards import SavedCards
from models.ids import new_id
from models.money import Money
from models.payloads.billing import PurchaseOrder, SubscriptionNext
from models.repositories.billing import Billing
from models.repositories.credits import Credits
from models.repositories.top_ups import TopUps
from models.repositories.users import Users
from models.session import Database
from models.settings import Settings
from models.tables import Event, Mail, Purchase, TopUp
from temporal import ids
from tests.payments import Payments, serving
from tests.running_platform import assert_ledger_is_exact
from workers.embedded.payments.cards import BAD, GOOD

TITLE = "1,000 credits"


@dataclass
class Buyer:
    """Somebody with ten credits who wants a thousand more whenever fewer than a hundred are left."""

    database: Database
    payments: Payments
    gateway: Gateway
    account_id: str
    email: str
    customer: str

    async def swept(self) -> list[str]:
        """Purchases of this account that a sweep told the workflows of."""
        told: list[str] = []

        async def tell(workflow_id: str) -> None:
            told.append(workflow_id)

        async def running() -> frozenset[str]:
            return frozenset()

        sweep = BillingSweep(self.database, Entities(tell, running))
        await ActivityEnvironment().run(sweep.all, timedelta(hours=100))
        async with self.database.transaction() as session:
            mine = select(Purchase.id).where(Purchase.account_id == self.account_id)
            known = (await session.execute(mine)).scalars().all()
        return [each for each in known if ids.of_purchase(each) in told]

    async def look(self, purchase_id: str) -> SubscriptionNext:
        async def send(mail_id: str) -> None:
            assert mail_id

        activities = PurchaseActivities(self.database, self.gateway, send)
        found: SubscriptionNext = await ActivityEnvironment().run(
            activities.look, PurchaseOrder(purchase_id=purchase_id)
        )
        return found

    async def row(self, purchase_id: str) -> Purchase:
        async with self.database.transaction() as session:
            return await session.get_one(Purchase, purchase_id)

    async def available(self) -> int:
        async with self.database.transaction() as session:
            return await Credits(session).available(self.account_id)

    async def mails(self) -> list[str]:
        async with self.database.transaction() as session:
            return list((await session.execute(select(Mail.template).where(Mail.recipient == self.email))).scalars())

    def intents(self) -> list[dict[str, Any]]:
        return self.payments.stand_in.store.all("payment_intent")


@pytest.fixture
async def buyer(database: Database) -> AsyncIterator[Buyer]:
    async with serving() as payments:
        gateway, email = Gateway(payments.settings(Settings())), f"{new_id('user')}@example.com"
        async with database.transaction() as session:
            user = await Users(session).register(email=email, name="Lin", password_hash="x", language="en", welcome=10)
        customer = await gateway.customer(user.account_id, email, "Lin", "en")
        payments.use_card(customer, GOOD)
        async with database.transaction() as session:
            await Billing(session).keep_customer(user.account_id, customer)
            await TopUps(session).ask(
                user.account_id, user.id, pack_id="pack_1000", currency="CNY", below=100, most_a_month=10_000
            )
        yield Buyer(database, payments, gateway, user.account_id, email, customer)
        async with database.transaction() as session:
            await TopUps(session).forget(user.account_id)
    await assert_ledger_is_exact(database)


async def test_the_card_is_charged_once_and_credits_go_back_with_the_money(buyer: Buyer) -> None:
    (purchase,) = await buyer.swept()
    for _ in range(3):
        assert (await buyer.look(purchase)).ended
    row = await buyer.row(purchase)
    assert (row.status, row.payment_id) == ("paid", buyer.intents()[0]["id"])
    assert (await buyer.available(), await buyer.mails()) == (1010, ["receipt"])
    assert [each["amount"] for each in buyer.intents()] == [1900]
    assert await buyer.swept() == [], "there is enough now"
    buyer.payments.refund(str(row.payment_id))
    await buyer.look(purchase)
    assert ((await buyer.row(purchase)).status, await buyer.available()) == ("refunded", 10)


@pytest.mark.parametrize("looks", [(0, 0), (1, 0), (0, 1), (2, 2)])
@pytest.mark.parametrize("won", [True, False])
async def test_credits_are_away_while_a_payment_is_disputed(buyer: Buyer, looks: tuple[int, int], won: bool) -> None:
    """However often, and whenever, somebody looks: the end follows from what the bank decided."""
    (purchase,) = await buyer.swept()
    await buyer.look(purchase)
    async with buyer.database.transaction() as session:
        await TopUps(session).forget(buyer.account_id)
        await Credits(session).hold(buyer.account_id, f"hold:{purchase}", 300)
    dispute = buyer.payments.dispute(str((await buyer.row(purchase)).payment_id))
    for _ in range(looks[0]):
        await buyer.look(purchase)
        assert ((await buyer.row(purchase)).status, await buyer.available()) == ("disputed", 10)
    async with buyer.database.transaction() as session:
        await Credits(session).post(f"hold:{purchase}", 100)
    for _ in range(looks[1]):
        await buyer.look(purchase)
    buyer.payments.decide(dispute, won)
    for _ in range(2):
        await buyer.look(purchase)
    assert (await buyer.row(purchase)).status == ("paid" if won else "disputed")
    assert await buyer.available() == 10 + (900 if won else 0)


async def test_a_charge_whose_end_was_lost_is_not_made_again(buyer: Buyer) -> None:
    """The worker died between the charge and our commit, and comes back after the provider forgot the key."""
    (purchase,) = await buyer.swept()
    await SavedCards(buyer.gateway).draw(buyer.customer, purchase, TITLE, Money(amount=1900, currency="CNY"))
    with buyer.payments.stand_in.store.transaction():
        buyer.payments.stand_in.store._db.execute("DELETE FROM answers")
    await buyer.look(purchase)
    assert (len(buyer.intents()), await buyer.available()) == (1, 1010)


async def test_a_decline_is_told_and_ends_it_until_it_is_asked_for_anew(buyer: Buyer) -> None:
    buyer.payments.use_card(buyer.customer, BAD)
    (purchase,) = await buyer.swept()
    for _ in range(2):
        assert (await buyer.look(purchase)).ended
    assert ((await buyer.row(purchase)).status, await buyer.available()) == ("expired", 10)
    assert [each["status"] for each in buyer.intents()] == ["requires_payment_method"]
    assert await buyer.mails() == ["payment_failed"]
    async with buyer.database.transaction() as session:
        assert (await session.get_one(TopUp, buyer.account_id)).stopped_at is not None
        told = select(Event.type).where(Event.account_id == buyer.account_id, Event.type.startswith("top_up"))
        assert list((await session.execute(told)).scalars()) == ["top_up.stopped"]
    assert await buyer.swept() == []


async def test_what_is_a_day_late_is_not_charged_but_opened_anew(buyer: Buyer) -> None:
    (purchase,) = await buyer.swept()
    async with buyer.database.transaction() as session:
        await session.execute(
            update(Purchase).where(Purchase.id == purchase).values(created_at=Purchase.created_at - timedelta(hours=26))
        )
    assert (await buyer.look(purchase)).ended
    assert ((await buyer.row(purchase)).status, buyer.intents()) == ("expired", [])
    assert await buyer.mails() == [] and len(await buyer.swept()) == 1
