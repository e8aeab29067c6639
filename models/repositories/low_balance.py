"""Tells an account once, each time that its credits have fallen below the level it asked for."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..tables import Account, User
from .events import Events
from .mails import Mails

PATH = "/billing"
AVAILABLE = Account.balance - Account.held


class LowBalance:
    """Inside the caller's transaction, which has locked the account."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def look(self, account_id: str) -> bool:
        """After credits were spent: an event and a mail to each user of the account, if it is low and was not told."""
        told = await self.session.execute(
            update(Account)
            .where(
                Account.id == account_id,
                Account.kind != "platform",
                Account.low_told.is_(False),
                Account.low_below > 0,
                Account.low_below > AVAILABLE,
            )
            .values(low_told=True)
            .returning(AVAILABLE, Account.low_below)
        )
        row = told.one_or_none()
        if row is None:
            return False
        available, below = int(row[0]), int(row[1])
        await Events(self.session).record(account_id, "credits.low", {"available": available, "threshold": below})
        people = await self.session.execute(
            select(User).where(User.account_id == account_id, User.deleted_at.is_(None), User.disabled_at.is_(None))
        )
        for user in people.scalars():
            values = {"name": user.name, "available": f"{available:,}", "threshold": f"{below:,}", "path": PATH}
            await Mails(self.session).open(user.email, "low_credits", user.language, values)
        return True

    async def recovered(self, account_id: str) -> None:
        """After credits were given: the next fall is told again."""
        await self.session.execute(
            update(Account)
            .where(Account.id == account_id, Account.low_told.is_(True), Account.low_below <= AVAILABLE)
            .values(low_told=False)
        )

    async def level(self, account_id: str) -> int:
        """Below how many available credits the account is told."""
        found = await self.session.execute(select(Account.low_below).where(Account.id == account_id))
        return int(found.scalar_one())

    async def set_level(self, account_id: str, below: int) -> None:
        """Be told below so many available credits; 0 for never."""
        await self.session.execute(
            update(Account).where(Account.id == account_id).values(low_below=below, low_told=(below > AVAILABLE))
        )
