"""The first page, what was used by day and tool, its files, and favorites, as their owner sees them."""

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from api.tables import written
from models.repositories.usage import UsageBook
from models.session import Database
from models.tables import Usage, UsageDay
from tests.api.conftest import Person, SignUp
from tests.models.repositories.test_usage import ended

NOW = datetime.now(UTC)
TOOL = "qr-code-generator"


@pytest.fixture
async def busy(person: Person, database: Database) -> AsyncIterator[Person]:
    """Somebody who worked today, yesterday and 8, 40 and 100 days ago; all but today is summed."""
    owner = person.user["account_id"]
    async with database.transaction() as session:
        await session.execute(delete(UsageDay))
        for days, credits in ((0, 1), (1, 2), (8, 4), (40, 8), (100, 16)):
            at = NOW - timedelta(days=days)
            await ended(session, owner, "succeeded", at, tool=TOOL, used=credits, seconds=2)
            if days:
                await UsageBook(session).roll(at.date())
        await ended(session, owner, "failed", NOW, tool="gone-tool")
    yield person
    async with database.transaction() as session:
        await session.execute(delete(UsageDay))
        await session.execute(delete(Usage))


async def got(person: Person, path: str, **query: Any) -> Any:
    answer = await person.http.get(f"/api/users/me/{path}", params=query, headers={"Accept-Language": "en"})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(("days", "credits"), [(7, 3), (30, 7), (90, 15)])
async def test_so_many_days_to_today_are_added_up(busy: Person, days: int, credits: int) -> None:
    shown = await got(busy, "analytics", days=days)
    assert shown["total"]["credits"] == credits == sum(day["credits"] for day in shown["days"])
    assert len(shown["days"]) == days and shown["days"][-1]["day"] == shown["last_day"] == str(NOW.date())
    assert [(tool["tool_id"], tool["credits"]) for tool in shown["tools"]] == [(TOOL, credits), ("gone-tool", 0)]
    assert shown["tools"][0]["name"] != TOOL and shown["tools"][1]["name"] == "gone-tool"


@pytest.mark.parametrize("span", ["day", "week", "month"])
async def test_what_a_tool_cost_is_told_by_periods_that_sum_to_the_whole(busy: Person, span: str) -> None:
    shown = await got(busy, "analytics", days=90, span=span)
    assert sum(cost["credits"] for cost in shown["costs"]) == shown["total"]["credits"] == 15
    starts = [datetime.fromisoformat(cost["start"]).date() for cost in shown["costs"]]
    first = datetime.fromisoformat(shown["first_day"]).date()
    fits = {"day": lambda each: True, "week": lambda each: each.weekday() == 0, "month": lambda each: each.day == 1}
    assert starts == sorted(starts) and all(each == first or fits[span](each) for each in starts)


async def test_the_first_page_shows_where_one_stands(busy: Person) -> None:
    await busy.http.put(f"/api/users/me/favorites/{TOOL}")
    shown, credits = await got(busy, "dashboard"), await got(busy, "credits")
    assert shown["credits"] == {name: credits[name] for name in ("balance", "held", "available")}
    assert (shown["plan"]["id"], shown["plan"]["title"], shown["open"]) == ("free", "Free", 0)
    assert (shown["today"]["jobs"], shown["today"]["failed"], shown["today"]["credits"]) == (2, 1, 1)
    assert (shown["month"]["credits"], len(shown["days"]), len(shown["recent"])) == (7, 30, 5)
    assert [each["tool_id"] for each in shown["favorites"]] == [TOOL]


async def test_somebody_new_sees_nothing_used(person: Person) -> None:
    shown = await got(person, "dashboard")
    assert shown["month"]["jobs"] == 0 and shown["tools"] == shown["recent"] == shown["favorites"] == []
    answer = await person.http.get("/api/users/me/analytics", params={"days": 31})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_each_form_of_the_export_says_the_same(busy: Person) -> None:
    shown: dict[str, bytes] = {}
    for form in ("csv", "json", "xlsx"):
        answer = await busy.http.get("/api/users/me/analytics/export", params={"format": form, "days": 90})
        assert answer.status_code == 200 and f".{form}" in answer.headers["content-disposition"]
        shown[form] = answer.content
    lines = json.loads(shown["json"])
    read = list(csv.DictReader(io.StringIO(shown["csv"].decode("utf-8-sig"))))
    assert [{name: str(value) for name, value in line.items()} for line in lines] == read
    assert sum(line["credits"] for line in lines) == 15
    sheet = zipfile.ZipFile(io.BytesIO(shown["xlsx"])).read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == len(lines) + 1


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_file_is_a_formula(begin: str) -> None:
    cell = f"{begin}HYPERLINK(1)"
    [_, line] = list(csv.reader(io.StringIO(written(["name"], [[cell]], "csv").decode("utf-8-sig"))))
    assert line == [f"'{cell}"]
    book = zipfile.ZipFile(io.BytesIO(written(["name"], [[cell]], "xlsx")))
    assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    assert "HYPERLINK(1)" in book.read("xl/sharedStrings.xml").decode()
    assert json.loads(written(["name"], [[cell]], "json")) == [{"name": cell}]
    assert b"\n-5," in written(["name", "more"], [[-5, 1]], "csv"), "a number stays one"


async def test_a_favorite_is_ones_own_and_marked_once(person: Person, sign_up: SignUp) -> None:
    stranger = await sign_up()
    path = f"/api/users/me/favorites/{TOOL}"
    assert (await person.http.get(path)).status_code == 404
    first, second = [(await person.http.put(path)).json() for _ in range(2)]
    assert (
        first
        == second
        == (await person.http.get(path)).json()
        == (await got(person, "favorites"))["data"][0] | {"name": first["name"]}
    )
    assert (await stranger.http.get(path)).status_code == 404
    assert (await person.http.put("/api/users/me/favorites/no-such-tool")).status_code == 404
    for _ in range(2):
        assert (await person.http.delete(path)).status_code == 204
    assert (await got(person, "favorites"))["data"] == []
