"""The account's credits and what moved them."""

from datetime import datetime

from pydantic import BaseModel

from models.payloads.credits import Balance
from models.repositories.credits import Credits

from ..deps import AccountReader, Platform
from ..paging import Limit, page
from ..routing import Router

router = Router(prefix="/api/users/me/credits", tag="credits")


class Transaction(BaseModel):
    """``amount`` is positive for credits gained; ``reference`` names the job or grant."""

    id: str
    type: str
    amount: int
    reference: str | None
    created_at: datetime


class TransactionPage(BaseModel):
    data: list[Transaction]
    next_cursor: str | None


@router.get("")
async def get_credits(caller: AccountReader, platform: Platform) -> Balance:
    """Balance, what is held by open jobs, and what is left to spend."""
    async with platform.database.transaction() as session:
        return await Credits(session).balance(caller.account_id)


@router.get("/transactions")
async def list_transactions(
    caller: AccountReader, platform: Platform, limit: Limit = 50, cursor: str = ""
) -> TransactionPage:
    """Every movement of the account's credits, newest first."""
    async with platform.database.transaction() as session:
        rows = await Credits(session).transactions(caller.account_id, limit + 1, cursor or None)
    shown, next_cursor = page(rows, limit, lambda row: str(row["cursor"]))
    return TransactionPage(data=[Transaction.model_validate(row) for row in shown], next_cursor=next_cursor)
