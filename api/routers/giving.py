"""Credits that are given or taken beside plans: codes for everybody; promotions, adjustments, refunds for operators."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from fastapi.responses import JSONResponse

from models.errors import InvalidInput, wrong
from models.payloads.credits import Balance
from models.repositories.audit import Audit
from models.repositories.credits import Credits
from models.repositories.giving import Giving
from models.repositories.low_balance import LowBalance

from ..deps import AccountReader, InPerson, Platform
from ..idempotency import Once
from ..operating import Operate
from ..paging import Limit, page
from ..routing import Router
from ..schemas.giving import (
    AdjustRequest,
    CreditSettings,
    PromotionPage,
    PromotionRequest,
    PromotionView,
    RedeemRequest,
    RedeemView,
    RefundRequest,
    RefundView,
    promotion_view,
)

router = Router(prefix="/api", tag="credits")


@router.post("/users/me/credits/redeem")
async def redeem(body: RedeemRequest, caller: InPerson, platform: Platform) -> RedeemView:
    """Take what a code is worth, once; 404 for an unknown one, 409 for one that is over or was used."""
    async with platform.database.transaction() as session:
        found = await Giving(session).redeem(caller.account_id, body.code)
        available = await Credits(session).available(caller.account_id)
    return RedeemView(credits=found.credits, available=available)


@router.get("/users/me/credits/settings")
async def get_settings(caller: AccountReader, platform: Platform) -> CreditSettings:
    """Below how many available credits the account is told."""
    async with platform.database.transaction() as session:
        return CreditSettings(low_below=await LowBalance(session).level(caller.account_id))


@router.patch("/users/me/credits/settings")
async def change_settings(body: CreditSettings, caller: InPerson, platform: Platform) -> CreditSettings:
    """Be told, by mail and by an event, when fewer credits are available; 0 for never."""
    async with platform.database.transaction() as session:
        await LowBalance(session).set_level(caller.account_id, body.low_below)
    return body


@router.post("/operator/promotions", status_code=201)
async def create_promotion(body: PromotionRequest, operate: Operate) -> PromotionView:
    """A code that gives credits to each account once; 409 where there is one of this name."""
    async with operate.parts.database.transaction() as session:
        made = await Giving(session).promote(**body.model_dump())
        told = body.model_dump(mode="json", exclude={"code"}, exclude_none=True)
        await Audit(session, operate.request_id).record(operate.caller.user_id, "promotion.create", body.code, **told)
        return promotion_view(made)


@router.get("/operator/promotions")
async def list_promotions(
    operate: Operate, limit: Limit = 50, cursor: Annotated[str, Query(max_length=40)] = ""
) -> PromotionPage:
    """All codes, the newest first."""
    async with operate.parts.database.transaction() as session:
        found = await Giving(session).promotions(limit + 1, _moment(cursor))
    rows, next_cursor = page(found, limit, lambda row: row.created_at.isoformat())
    return PromotionPage(data=[promotion_view(row) for row in rows], next_cursor=next_cursor)


@router.delete("/operator/promotions/{code}", status_code=204)
async def end_promotion(code: str, operate: Operate) -> None:
    """Nobody may use the code from now on; what it gave stays."""
    async with operate.parts.database.transaction() as session:
        await Giving(session).end_promotion(code)
        await Audit(session, operate.request_id).record(operate.caller.user_id, "promotion.end", code)


@router.post("/operator/accounts/{account_id}/credits", response_model=Balance)
async def adjust_credits(account_id: str, body: AdjustRequest, operate: Operate, once: Once) -> JSONResponse:
    """Give an account credits, or take some of those that are available; the reason is kept in the ledger."""
    if not body.amount:
        raise InvalidInput(errors=[wrong("amount", "不能为 0", "may not be 0")])
    async with operate.parts.database.transaction() as session:
        replayed = await once.replay(session)
        if replayed is not None:
            return replayed
        await Giving(session).adjust(account_id, body.amount, body.reason, operate.caller.user_id)
        await Audit(session, operate.request_id).record(
            operate.caller.user_id, "credits.adjust", account_id, amount=body.amount, reason=body.reason
        )
        return await once.answer(session, await Credits(session).balance(account_id), 200)


@router.post("/operator/jobs/{job_id}/refund")
async def refund_job(job_id: str, body: RefundRequest, operate: Operate) -> RefundView:
    """Give back what a job was charged, or a part of it, once; 409 where there is nothing to give back."""
    async with operate.parts.database.transaction() as session:
        given = await Giving(session).refund(job_id, body.credits, body.reason, operate.caller.user_id)
        await Audit(session, operate.request_id).record(
            operate.caller.user_id, "job.refund", job_id, credits=given, reason=body.reason
        )
    return RefundView(job_id=job_id, credits=given)


def _moment(cursor: str) -> datetime | None:
    try:
        return datetime.fromisoformat(cursor) if cursor else None
    except ValueError:
        raise InvalidInput(errors=[wrong("cursor", "无效的游标", "no cursor of ours")]) from None
