"""Credits given or taken beside plans and purchases: codes, adjustments by operators, refunds of what a job cost.

Each is one transfer whose id says what it is for, so that a repeat changes nothing. Lock order: the account first.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import Conflict, NotFound, NothingToRefund, PromotionOver, PromotionUsed
from ..ids import new_id
from ..tables import Account, Job, Promotion, Transfer
from .credits import REVENUE, Credits


class Giving:
    """Verbs inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.credits = Credits(session)

    async def promote(
        self,
        code: str,
        credits: int,
        *,
        valid_days: int | None = None,
        ends_at: datetime | None = None,
        most: int | None = None,
        note: str = "",
    ) -> Promotion:
        """A new code; raises ``Conflict`` where there is one of this name."""
        values = {"credits": credits, "valid_days": valid_days, "ends_at": ends_at, "most": most, "note": note}
        made = await self.session.execute(
            upsert(Promotion).values(code=code, **values).on_conflict_do_nothing().returning(Promotion)
        )
        found = made.scalar()
        if found is None:
            raise Conflict(reason=f"There is a code {code} already.", reason_zh=f"兑换码 {code} 已存在。")
        return found

    async def promotions(self, limit: int, before: datetime | None) -> list[Promotion]:
        """The newest first."""
        query = select(Promotion).order_by(Promotion.created_at.desc()).limit(limit)
        if before is not None:
            query = query.where(Promotion.created_at < before)
        return list((await self.session.execute(query)).scalars())

    async def end_promotion(self, code: str) -> None:
        """Nobody may use it from now on; raises ``NotFound``."""
        ended = await self.session.execute(
            update(Promotion).where(Promotion.code == code).values(ends_at=func.now()).returning(Promotion.code)
        )
        if ended.scalar() is None:
            raise NotFound(what="promotion")

    async def redeem(self, account_id: str, code: str) -> Promotion:
        """Give the account what the code is worth. Raises ``NotFound``, ``PromotionOver`` and ``PromotionUsed``."""
        await self._lock(account_id)
        known = (await self.session.execute(select(Promotion).where(Promotion.code == code))).scalar()
        if known is None:
            raise NotFound(what="promotion")
        transfer_id = f"promotion:{known.code.lower()}:{account_id}"
        if await self.session.get(Transfer, transfer_id) is not None:
            raise PromotionUsed()
        taken = await self.session.execute(
            update(Promotion)
            .where(
                Promotion.code == code,
                or_(Promotion.ends_at.is_(None), Promotion.ends_at > func.now()),
                or_(Promotion.most.is_(None), Promotion.used < Promotion.most),
            )
            .values(used=Promotion.used + 1)
            .returning(Promotion.code)
        )
        if taken.scalar() is None:
            raise PromotionOver()
        until = None if known.valid_days is None else datetime.now(UTC) + timedelta(days=known.valid_days)
        await self.credits.grant(
            account_id, known.credits, source="promotion", transfer_id=transfer_id, expires_at=until
        )
        return known

    async def adjust(self, account_id: str, amount: int, reason: str, by: str) -> None:
        """Give credits (above zero) or take them. Raises ``NotFound`` and ``InsufficientCredits``: end the transaction
        then."""
        account = await self.session.get(Account, account_id)
        if account is None or account.kind == "platform":
            raise NotFound(what="account")
        key, details = f"adjustment:{new_id('transfer')}", {"reason": reason, "by": by}
        if amount > 0:
            await self.credits.grant(
                account_id, amount, source="adjustment", transfer_id=key, kind="adjustment", details=details
            )
            return
        await self.credits.hold(account_id, key, -amount)
        await self.credits.post(key, -amount, kind="adjustment", details=details)

    async def refund(self, job_id: str, credits: int | None, reason: str, by: str) -> int:
        """Give back what a job was charged, or a part of it, once; returns how much. The credits do not expire.

        Raises ``NotFound`` and ``NothingToRefund``.
        """
        job = await self.session.get(Job, job_id)
        if job is None:
            raise NotFound(what="job")
        await self._lock(job.account_id)
        await self.session.refresh(job)
        amount = min(job.used, job.used if credits is None else credits)
        details = {"reason": reason, "by": by}
        if amount < 1 or not await self.credits.grant(
            job.account_id,
            amount,
            source="refund",
            transfer_id=f"refund:{job_id}",
            giver=REVENUE,
            kind="refund",
            details=details,
        ):
            raise NothingToRefund(job=job_id)
        return amount

    async def _lock(self, account_id: str) -> None:
        await self.session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
