"""The account's credits and what moved them."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Path, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from models.payloads.credits import Balance
from models.repositories.credits import Credits
from models.repositories.statements import Statements

from ..deps import AccountReader, Language, Platform
from ..paging import Limit, page
from ..routing import Router
from ..statement_pages import pdf_statement
from ..statements import csv_statement, month_between
from ..tables import attachment
from ..usage import Names

router = Router(prefix="/api/users/me/credits", tag="credits")


Month = Annotated[str, Path(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", description="YYYY-MM")]


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


@router.get("/statements/{month}", response_class=Response)
async def get_statement(
    month: Month,
    caller: AccountReader,
    platform: Platform,
    language: Language,
    form: Annotated[Literal["csv", "pdf"], Query(alias="format")] = "csv",
) -> Response:
    """A month's (UTC) opening balance, every movement and closing balance, as a file; of this month: so far."""
    start, end = month_between(month)
    async with platform.database.transaction() as session:
        statement = await Statements(session).of_month(caller.account_id, start, end, datetime.now(UTC))
    names, fonts = Names(platform, language), platform.settings.weights_folder
    if form == "csv":
        body = await run_in_threadpool(csv_statement, statement, names, language)
    else:
        body = await run_in_threadpool(pdf_statement, statement, names, language, fonts)
    return attachment(body, f"credits-{month}.{form}", form)
