"""A month's statement: to the credit what the ledger says, in a table and on paper."""

import csv
import io
from datetime import UTC, datetime, timedelta

import httpx
import pypdf
import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.statement_pages import MOST_LINES, READERS_OWN, pdf_statement
from api.statements import month_between
from models.ids import new_id
from models.payloads.statements import Statement, StatementLine
from models.session import Database
from models.settings import Settings
from models.tables import Account, Entry, Grant, Transfer
from tests.api.conftest import Person

START = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0) - relativedelta(months=2)
NEXT = START + relativedelta(months=1)
PATH = "/api/users/me/credits/statements"


async def moved(session: AsyncSession, account_id: str, amount: int, at: datetime, kind: str = "grant") -> None:
    """A transfer of another time; the ledger's own verbs know only now."""
    transfer_id = new_id("transfer")
    session.add(Transfer(id=transfer_id, kind=kind, reference="=1+1", details={}, created_at=at))
    await session.flush()
    for account, part in ((account_id, amount), ("acc_grants", -amount)):
        session.add(Entry(transfer_id=transfer_id, account_id=account, amount=part, created_at=at))
    await session.execute(
        update(Account).where(Account.id == account_id).values(balance=Account.balance + amount, created_at=START)
    )


@pytest.fixture
async def old(person: Person, database: Database) -> Person:
    """Somebody whose credits moved at both edges of a month, before it and after it."""
    owner, instant = person.user["account_id"], timedelta(microseconds=1)
    async with database.transaction() as session:
        for amount, at in ((100, START), (-30, START + timedelta(days=3)), (7, NEXT - instant), (1000, NEXT)):
            await moved(session, owner, amount, at, "grant" if amount > 0 else "job")
        left = 100 - 30 + 7 + 1000
        session.add(Grant(id=new_id("grant"), account_id=owner, source="test", amount=left, remaining=left))
    return person


async def read(person: Person, month: datetime, language: str = "en") -> list[list[str]]:
    answer = await person.http.get(f"{PATH}/{month:%Y-%m}", headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    assert f"credits-{month:%Y-%m}.csv" in answer.headers["content-disposition"]
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_a_month_has_what_moved_in_it_and_sums_to_the_credit(old: Person, database: Database) -> None:
    first, second = await read(old, START), await read(old, NEXT)
    assert [line[3] for line in first[2:-3]] == ["100", "-30", "7"]
    assert [line[4] for line in first[1:-3]] == ["0", "100", "70", "77"]
    assert [line[3:] for line in first[-3:]] == [["107", ""], ["-30", ""], ["", "77"]]
    assert second[1][4] == first[-1][4] == "77" and second[-1][4] == "1077", "a month begins as the one before ended"
    this = await read(old, NEXT + relativedelta(months=1))
    async with database.transaction() as session:
        ledger = select(func.sum(Entry.amount)).where(Entry.account_id == old.user["account_id"])
        assert int(this[-1][4]) == (await session.execute(ledger)).scalar_one()
    assert int(this[-1][4]) == (await old.http.get("/api/users/me/credits")).json()["balance"]
    assert all(not cell.startswith("=") for line in first for cell in line)


async def test_paper_says_the_same_in_the_callers_language(old: Person) -> None:
    for language, words in (("zh", ("积分对账单", "期初余额", "期末余额: 77")), ("en", ("Closing balance: 77", "-30"))):
        answer = await old.http.get(
            f"{PATH}/{START:%Y-%m}", params={"format": "pdf"}, headers={"Accept-Language": language}
        )
        assert answer.headers["content-type"] == "application/pdf"
        seen = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
        assert all(word in seen for word in words), seen


@pytest.mark.parametrize(
    ("month", "status"), [("2000-01", 404), ("2099-12", 404), ("2026-13", 422), ("2026-1", 422), ("1999-12", 422)]
)
async def test_a_month_that_one_has_not_lived_has_no_statement(person: Person, month: str, status: int) -> None:
    assert (await person.http.get(f"{PATH}/{month}")).status_code == status


async def test_nobody_has_none(http: httpx.AsyncClient) -> None:
    assert (await http.get(f"{PATH}/{START:%Y-%m}")).status_code == 401


def test_a_month_of_many_movements_is_printed_by_days_and_sums_to_the_same(settings: Settings) -> None:
    start, end = month_between("2026-02")
    lines = [
        StatementLine(at=start + timedelta(minutes=number), kind="job", tool_id="a-tool", amount=-1 - number % 3)
        for number in range(MOST_LINES + 1)
    ]
    whole = Statement(account="林", start=start, end=end, complete=True, opening=9000, lines=tuple(lines))
    days = whole.by_day()
    assert (days.closing, days.given) == (whole.closing, whole.given) and len(days.lines) == 2
    assert sum(line.count for line in days.lines) == MOST_LINES + 1
    shown = pdf_statement(whole, {"a-tool": "Tool"}, "en", settings.weights_folder)
    [page] = pypdf.PdfReader(io.BytesIO(shown)).pages
    assert "1440 times" in page.extract_text() and f"Closing balance: {whole.closing:,}" in page.extract_text()


def test_paper_without_our_font_names_the_readers_own(tmp_path, settings: Settings) -> None:
    start, end = month_between("2026-02")
    empty = Statement(account="林", start=start, end=end, complete=False, opening=0, lines=())
    for folder, embedded in ((tmp_path, False), (settings.weights_folder, True)):
        shown = pdf_statement(empty, {}, "zh", folder)
        assert (READERS_OWN.encode() in shown) != embedded and (b"FontFile2" in shown) == embedded
