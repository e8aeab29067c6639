"""What is sold, and what a plan has room for."""

import httpx
import pytest

from models.ids import new_id
from models.plans import Plan, offers
from models.repositories.credits import Credits
from models.session import Database
from tests.api.conftest import Person


async def test_offers_are_told_in_the_callers_language_without_a_login(http: httpx.AsyncClient) -> None:
    answers = {
        language: (await http.get("/api/plans", headers={"Accept-Language": language})).json()
        for language in ("zh", "en")
    }
    names = [[plan["name"] for plan in answers[each]["data"]] for each in ("zh", "en")]
    assert names == [["Free", "Pro", "Enterprise"]] * 2
    assert [answers[each]["data"][1]["title"] for each in ("zh", "en")] == ["专业版", "Pro"]
    assert [card["title"] for card in answers["zh"]["cards"]] == ["月卡", "年卡", "永久卡"]
    pro = answers["en"]["data"][1]
    assert {"interval": "month", "currency": "CNY", "amount": 6800} in pro["prices"]
    assert pro["limits"]["executes_per_minute"] == 3 * answers["en"]["data"][0]["limits"]["executes_per_minute"]
    assert {"interval": None, "currency": "JPY", "amount": 440} in answers["en"]["packs"][0]["prices"]


async def test_a_plan_has_room_for_so_much_open_work(
    person: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: dict[str, Plan] = {**offers().plans}
    plans["free"] = plans["free"].model_copy(update={"open_jobs": 1, "batch_rows": 2})
    less = offers().model_copy(update={"plans": plans})
    monkeypatch.setattr("models.entitlements.offers", lambda: less)
    async with database.transaction() as session:
        await Credits(session).hold(person.user["account_id"], hold := new_id("hold"), 0)
    refused = await person.http.post("/api/tools/qr-code-generator/execute", json={})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_open")
    assert int(refused.headers["retry-after"]) > 0
    async with database.transaction() as session:
        await Credits(session).void(hold)
    looked_at = await person.http.post("/api/tools/qr-code-generator/execute", json={})
    assert (looked_at.status_code, looked_at.json()["code"]) == (422, "invalid_input")
    body = {"tool_id": "qr-code-generator", "rows": [{"text": "x"}] * 3}
    rows = await person.http.post("/api/batches", json=body)
    assert (rows.status_code, rows.json()["errors"][0]["path"]) == (422, "rows")
