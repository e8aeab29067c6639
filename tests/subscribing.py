"""A platform whose time is skipped: the workflow of a subscription, its activities over the real PostgreSQL, and the
stand-in for Stripe, whose clock follows the workflow's."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from temporalio import activity
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.billing.changing import ChangeActivities
from activities.billing.fetching import price_of
from activities.billing.gateway import Gateway
from activities.billing.subscriptions import SubscriptionActivities
from models.ids import new_id
from models.money import Money
from models.payloads.billing import Change, Changed, SubscriptionLook, SubscriptionNext, lookup_key
from models.plans import plan
from models.repositories.allowances import Allowances
from models.repositories.billing import Billing
from models.repositories.credits import Credits
from models.repositories.subscriptions import Subscriptions
from models.session import Database
from models.settings import Settings
from models.tables import Account, Grant, Mail, Subscription, User
from temporal import ids
from temporal.plugin import workshop_plugin
from temporal.queues import CORE
from tests.payments import Payments, serving
from workers.embedded.binaries import script
from workers.embedded.payments.cards import GOOD
from workflows import entities
from workflows.subscription import SubscriptionWorkflow

EPOCH = datetime.fromtimestamp(0, UTC)


class Following(SubscriptionActivities):
    """The stand-in's time is that of whoever looks."""

    payments: Payments

    @activity.defn(name="subscriptions.look")
    async def look(self, order: SubscriptionLook) -> SubscriptionNext:
        self.payments.advance(max(self.payments.now, int(order.now.timestamp())))
        return await super().look(order)


@dataclass
class Shop:
    """One account after the other subscribes here."""

    database: Database
    payments: Payments
    gateway: Gateway
    looks: Following
    changes: ChangeActivities
    environment: WorkflowEnvironment | None = None
    at: datetime = field(default_factory=lambda: datetime(2027, 1, 31, 10, 30, tzinfo=UTC))

    @property
    def client(self) -> Client:
        assert self.environment is not None
        return self.environment.client

    async def now(self) -> datetime:
        return self.at if self.environment is None else await self.environment.get_current_time()

    async def open(self, plan_id: str = "pro", interval: str = "month", method: str = "card", **more: Any) -> str:
        """A subscription that waits to be paid; ``currency``, ``trial`` days."""
        now, currency = await self.now(), more.get("currency", "CNY")
        self.payments.advance(max(self.payments.now, int(now.timestamp())))
        account_id, user_id = await self._account()
        row = Subscription(
            id=new_id("subscription"), account_id=account_id, user_id=user_id, plan=plan_id, interval=interval,
            currency=currency, method=method, created_at=now,
        )  # fmt: skip
        customer = await self.gateway.customer(account_id, f"{account_id}@example.com", "Lin", "zh")
        async with self.database.transaction() as session:
            await Billing(session).keep_customer(account_id, customer)
            await Subscriptions(session).open(row)
        money = Money(amount=price_of(plan_id, row), currency=currency)
        name = plan(plan_id).name
        if method == "card":
            price = await self.gateway.price(lookup_key(plan_id, interval, currency), name, money, interval)
            made = await self.gateway.subscribe(row.id, customer, price, more.get("trial", 0), "http://x/", plan_id)
            url, session_id = made.url, made.id
        else:
            bill = await self.gateway.bill(row.id, "0.0", customer, name, money, method, 1, plan_id)  # type: ignore[arg-type]
            url, session_id = bill.url, None
        async with self.database.transaction() as session:
            await Subscriptions(session).note_checkout(row.id, url, session_id)
        return row.id

    async def begin(self, plan_id: str = "pro", interval: str = "month", method: str = "card", **more: Any) -> str:
        """One that is paid, and followed by its workflow where there is one."""
        subscription_id = await self.open(plan_id, interval, method, **more)
        if method == "card":
            row = await self.row(subscription_id)
            self.payments.pay(str(row.session_id), more.get("card", GOOD))
        else:
            await self.pay_open(subscription_id)
        await self.look(subscription_id)
        return subscription_id

    async def look(self, subscription_id: str) -> None:
        """Somebody has told it of something."""
        if self.environment is None:
            await self.looks.compare(subscription_id, self.at)
            return
        told_at = datetime.now(UTC)
        await entities.tell(self.client, ids.of_subscription(subscription_id))
        while ((await self.row(subscription_id)).fetched_at or EPOCH) < told_at:
            await self.environment.sleep(timedelta(seconds=1))

    async def wish(self, subscription_id: str, **wish: Any) -> Changed:
        """What a subscriber asks for."""
        order = Change(subscription_id=subscription_id, command_id=secrets.token_hex(6), **wish)
        self.payments.advance(max(self.payments.now, int((await self.now()).timestamp())))
        if self.environment is not None:
            return await entities.change(self.client, order)
        done = await self.changes.carry_out(order.model_copy(update={"now": self.at}))
        await self.look(subscription_id)
        return done

    async def until(self, moment: datetime) -> None:
        """Let time pass."""
        if self.environment is None:
            self.at = moment
        else:
            await self.environment.sleep(moment - await self.environment.get_current_time())

    async def pay_open(self, subscription_id: str) -> None:
        """Pay the newest invoice that waits."""
        customer = await self.customer(subscription_id)
        waiting = [each for each in await self.gateway.invoices(customer) if each.status == "open"]
        assert self.payments.pay_invoice(waiting[0].id)

    async def customer(self, subscription_id: str) -> str:
        row = await self.row(subscription_id)
        async with self.database.transaction() as session:
            return str(await Billing(session).customer_of(row.account_id))

    async def row(self, subscription_id: str) -> Subscription:
        async with self.database.transaction() as session:
            return await Subscriptions(session).of_work(subscription_id)

    async def account(self, subscription_id: str) -> Account:
        row = await self.row(subscription_id)
        async with self.database.transaction() as session:
            return await session.get_one(Account, row.account_id)

    async def plan_at(self, subscription_id: str, moment: datetime) -> str:
        """The plan that counts for its account at some time."""
        row = await self.row(subscription_id)
        async with self.database.transaction() as session:
            return (await Allowances(session).settle(row.account_id, moment)).id

    async def grants(self, subscription_id: str) -> list[tuple[str, int]]:
        """Months of which credits were given, and how many, in order."""
        prefix = f"period:{subscription_id}:"
        async with self.database.transaction() as session:
            rows = await session.execute(
                select(Grant.transfer_id, Grant.amount).where(Grant.transfer_id.startswith(prefix))
            )
        return sorted((str(key).removeprefix(prefix)[:8], amount) for key, amount in rows)

    async def mails(self, subscription_id: str) -> list[str]:
        """Templates of its mails, in order."""
        row = await self.row(subscription_id)
        query = select(Mail.template).where(Mail.recipient == f"{row.account_id}@example.com").order_by(Mail.id)
        async with self.database.transaction() as session:
            return [str(each) for each in (await session.execute(query)).scalars()]

    async def state(self, subscription_id: str) -> dict[str, Any]:
        """All that its account would notice."""
        row, account = await self.row(subscription_id), await self.account(subscription_id)
        async with self.database.transaction() as session:
            query = "SELECT status, amount FROM invoices WHERE subscription_id = :id ORDER BY id"
            invoices = [tuple(each) for each in await session.execute(text(query), {"id": subscription_id})]
        return {
            "status": row.status, "plan": row.plan, "pending": row.pending_plan, "end": row.period_end,
            "until": row.grace_until, "account": (account.plan, account.plan_until, account.balance),
            "grants": await self.grants(subscription_id), "invoices": sorted(invoices),
            "mails": sorted(await self.mails(subscription_id)),
        }  # fmt: skip

    async def _account(self) -> tuple[str, str]:
        async with self.database.transaction() as session:
            account_id = await Credits(session).open_account("Lin", 0)
            user = User(id=new_id("user"), account_id=account_id, email=f"{account_id}@example.com", name="Lin",
                        password_hash="-", language="zh")  # fmt: skip
            session.add(user)
        return account_id, user.id


@asynccontextmanager
async def shop(settings: Settings, database: Database, at: datetime, skipping: bool = False) -> AsyncIterator[Shop]:
    """A shop that opens at ``at``; ``skipping``: with workflows, on Temporal's server that skips time."""
    async with serving(at=int(at.timestamp())) as payments:
        settings = payments.settings(settings)
        gateway = Gateway(settings)
        looks = Following(database, gateway, settings, _unsent)
        looks.payments = payments
        made = Shop(database, payments, gateway, looks, ChangeActivities(database, gateway, settings), None, at)
        if not skipping:
            yield made
            return
        server = await WorkflowEnvironment.start_time_skipping(
            plugins=[workshop_plugin()], test_server_existing_path=script("temporal-test-server")
        )
        async with server as environment:
            worker = Worker(
                environment.client,
                task_queue=CORE,
                workflows=[SubscriptionWorkflow],
                activities=[looks.look, made.changes.change],
            )
            async with worker:
                made.environment = environment
                await made.until(at)
                yield made


async def _unsent(mail_id: str) -> None:
    """Mails stay as they were written."""
