"""Mails to send: written in the transaction of their cause, ended once, and emptied when they end."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..ids import new_id
from ..payloads.mails import OpenMail
from ..tables import Mail


class Mails:
    """Verbs of mails inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def open(
        self, recipient: str, template: str, language: str, values: dict[str, Any], request_id: str | None = None
    ) -> str:
        """Write a mail to be sent and return its id; its workflow is started after the commit, or by the sweep."""
        mail = Mail(
            id=new_id("mail"),
            recipient=recipient,
            template=template,
            language=language,
            values=values,
            request_id=request_id,
        )
        self.session.add(mail)
        await self.session.flush()
        return mail.id

    async def get_open(self, mail_id: str) -> OpenMail | None:
        """The mail if it still waits to be sent."""
        mail = (await self.session.execute(select(Mail).where(Mail.id == mail_id, Mail.ended_at.is_(None)))).scalar()
        return None if mail is None else OpenMail.model_validate(mail, from_attributes=True)

    async def end(self, mail_id: str, failure: str | None = None) -> None:
        """The mail was handed over, or never will be; either way its values, tokens among them, are forgotten."""
        await self.session.execute(
            update(Mail)
            .where(Mail.id == mail_id, Mail.ended_at.is_(None))
            .values(ended_at=func.now(), failure=failure, values={})
        )

    async def open_ids(self, older_than: timedelta, limit: int = 500) -> list[str]:
        """Mails that have waited for longer than ``older_than``, the oldest first."""
        rows = await self.session.execute(
            select(Mail.id)
            .where(Mail.ended_at.is_(None), Mail.created_at < func.now() - older_than)
            .order_by(Mail.created_at)
            .limit(limit)
        )
        return list(rows.scalars())

    async def purge(self, older_than: timedelta) -> int:
        """Delete mails that ended longer ago; returns how many."""
        gone = await self.session.execute(
            delete(Mail).where(Mail.ended_at < func.now() - older_than).returning(Mail.id)
        )
        return len(gone.all())
