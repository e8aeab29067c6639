"""What time does to accounts: looked at as the minutely sweep does, on the real database."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.maintenance import MaintenanceActivities
from models.ids import new_id
from models.plans import plan
from models.repositories.allowances import Allowances
from models.repositories.credits import Credits
from models.session import Database
from models.tables import Account, Grant

NOBODY = cast(Any, None)
"""What ``expire`` has no use for: it works on the database alone."""


async def test_a_plan_that_ends_leaves_this_months_free_credits(database: Database) -> None:
    now = datetime.now(UTC)
    async with database.transaction() as session:
        account_id = await Credits(session).open_account("maintenance test", 0)
        await Allowances(session).begin_free(account_id, now - timedelta(days=40))
        await Allowances(session).buy_card(account_id, "card_30", new_id("transfer"), now - timedelta(days=30))
    maintenance = MaintenanceActivities(database, NOBODY, NOBODY, NOBODY, NOBODY)
    for _ in range(2):
        await ActivityEnvironment().run(maintenance.expire)
    async with database.transaction() as session:
        account = await session.get_one(Account, account_id)
        left = select(Grant.source, Grant.remaining).where(Grant.account_id == account_id, Grant.remaining > 0)
        rows = {(row.source, row.remaining) for row in await session.execute(left)}
    assert (account.plan, account.plan_until) == ("free", None)
    free = plan("free").credits_per_month
    assert ("free", free) in rows
    assert account.balance == sum(remaining for _, remaining in rows)
