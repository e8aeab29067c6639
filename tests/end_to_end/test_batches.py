"""Batches as a user sees them: many rows over HTTP, bad ones among them, charged row by row."""

import asyncio
import csv
import io
import json
import zipfile
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from models.ids import new_id
from models.repositories.credits import Credits
from models.session import Database
from models.settings import Settings
from models.tables import Batch
from temporal.client import TemporalDoor
from tests.end_to_end.graphs import echo, given, graph, result
from tests.running_platform import RunningPlatform, User, assert_ledger_is_exact

ENDED = ("succeeded", "failed", "canceled")


async def opened(user: User, wait: int = 20, **body: Any) -> dict[str, Any]:
    answer = await user.post("/api/batches", json=body, headers={"Prefer": f"wait={wait}"}, timeout=wait + 30)
    assert answer.status_code in (200, 202), answer.text
    found: dict[str, Any] = answer.json()
    return found


async def looked(user: User, batch: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await user.get(f"/api/batches/{batch['id']}")).json()
    return found


async def reaches(user: User, batch: dict[str, Any], *statuses: str, within: float = 60) -> dict[str, Any]:
    for _ in range(round(within / 0.1)):
        found = await looked(user, batch)
        if found["status"] in statuses:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(found)


async def rows_of(user: User, batch: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    answer = await user.get(f"/api/batches/{batch['id']}/rows", params={"limit": 200, **query})
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def content(user: User, file_id: str) -> bytes:
    return (await user.get(f"/api/files/{file_id}/content")).content


async def upload(user: User, name: str, content: bytes) -> str:
    answer = await user.post("/api/files/upload", files={"file": (name, content)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def some_rows(count: int, bad: tuple[int, ...] = ()) -> list[dict[str, Any]]:
    """Rows of the echo; the ``bad`` ones fail when they run."""
    return [{"text": f"row {at}", "seconds": 0, "fail": at in bad} for at in range(1, count + 1)]


async def test_bad_rows_are_named_and_the_rest_is_done(user: User, database: Database) -> None:
    rows = [*some_rows(38, bad=(7, 30)), {"text": "cheap", "seconds": "long"}, {"text": " "}]
    found = await opened(user, tool_id="sample-echo", rows=rows, name="四十行")
    assert found["status"] == "succeeded", found
    assert found["rows"] == {"total": 40, "open": 0, "succeeded": 36, "failed": 4, "canceled": 0}
    assert found["credits"] == {"budget": 114, "held": 0, "used": 108}
    assert (await user.credits())["available"] == 1000 - 108
    lines = [json.loads(line) for line in (await content(user, found["report_file_id"])).splitlines()]
    assert [(line["row"], line["code"]) for line in lines] == [(at, "invalid_input") for at in (7, 30, 39, 40)]
    assert lines[2]["parameters"]["seconds"] == "long" and "parameters.seconds" in lines[2]["message"]
    table = list(csv.DictReader(io.StringIO((await content(user, found["table_file_id"])).decode("utf-8-sig"))))
    assert [(row["row"], row["text"]) for row in table[:2]] == [("7", "row 7"), ("30", "row 30")]
    (third,) = [row for row in await rows_of(user, found) if row["row"] == 3]
    assert (third["state"], third["credits"]) == ("succeeded", 3)
    assert await content(user, third["outputs"]["result"]) == b"row 3"
    await assert_ledger_is_exact(database)


async def test_the_results_come_in_a_zip(user: User) -> None:
    found = await opened(user, tool_id="sample-echo", rows=some_rows(12, bad=(5,)))
    answer = await user.get(f"/api/batches/{found['id']}/results", headers={"Prefer": "wait=30"}, timeout=40)
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(await content(user, answer.json()["file_id"]))) as packed:
        names = packed.namelist()
        lines = [json.loads(line) for line in packed.read("rows.jsonl").splitlines()]
        assert len(names) == 12 and names[-1] == "rows.jsonl"
        assert [line["row"] for line in lines] == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12]
        assert packed.read(lines[4]["outputs"]["result"]) == b"row 6"
    again = await user.get(f"/api/batches/{found['id']}/results")
    assert again.json() == answer.json()


async def test_only_what_failed_is_done_again(user: User, database: Database) -> None:
    photo = await upload(user, "a.txt", b"not a picture")
    found = await opened(
        user, tool_id="sample-echo", rows=[{"text": "good"}, {"text": "bad"}, {"text": "worse", "fail": True}],
        columns={}, parameters={"seconds": 0, "crash": False}, inputs={},
    )  # fmt: skip
    assert (found["rows"]["failed"], found["credits"]["used"]) == (1, 6), photo
    answer = await user.post(f"/api/batches/{found['id']}/retry-failed", headers={"Prefer": "wait=30"}, timeout=40)
    again = answer.json()
    assert (again["round"], again["rows"]["failed"], again["credits"]["used"]) == (2, 1, 6), again
    assert [(row["row"], row["attempt"]) for row in await rows_of(user, found)] == [(1, 1), (2, 1), (3, 2)]
    whole = await opened(user, tool_id="sample-echo", rows=some_rows(2))
    nothing = await user.post(f"/api/batches/{whole['id']}/retry-failed")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_retry")
    await assert_ledger_is_exact(database)


async def test_a_batch_is_paused_and_goes_on(user: User, database: Database) -> None:
    rows = [{"text": f"{at}", "seconds": 0.3} for at in range(16)]
    found = await opened(user, wait=1, tool_id="sample-echo", rows=rows)
    paused = (await user.post(f"/api/batches/{found['id']}/pause")).json()
    assert paused["status"] == "paused"
    await asyncio.sleep(1)
    before = (await looked(user, found))["rows"]
    await asyncio.sleep(1)
    assert (await looked(user, found))["rows"] == before and before["open"] > 0
    assert (await user.post(f"/api/batches/{found['id']}/resume")).json()["status"] == "running"
    ended = await reaches(user, found, *ENDED)
    assert (ended["status"], ended["rows"]["succeeded"]) == ("succeeded", 16)
    over = await user.post(f"/api/batches/{found['id']}/pause")
    assert (over.status_code, over.json()["code"]) == (409, "batch_ended")
    await assert_ledger_is_exact(database)


async def test_cancel_ends_it_at_once_and_keeps_what_is_done(user: User, database: Database) -> None:
    rows = [{"text": "quick", "seconds": 0}, *({"text": f"{at}", "seconds": 60} for at in range(5))]
    found = await opened(user, wait=1, tool_id="sample-echo", rows=rows, concurrency=1)
    while (await looked(user, found))["rows"]["succeeded"] == 0:  # noqa: ASYNC110 - of another process
        await asyncio.sleep(0.1)
    await user.post(f"/api/batches/{found['id']}/cancel")
    ended = await reaches(user, found, "canceled", within=5)
    assert ended["rows"] == {"total": 6, "open": 0, "succeeded": 1, "failed": 0, "canceled": 5}
    assert (ended["credits"]["used"], (await user.credits())["available"]) == (3, 997)
    await assert_ledger_is_exact(database)


async def test_rows_of_a_pipeline_are_runs(user: User, database: Database) -> None:
    drawn = graph(given("words"), given("loud", "boolean", default=False), echo("say"), result("said"),
                  edges=["words > say.text", "loud > say.parameters.fail", "say.result > said"])  # fmt: skip
    rows = [{"words": f"line {at}", "loud": at == 2} for at in range(1, 7)] + [{"loud": False}]
    found = await opened(user, graph=drawn, rows=rows, concurrency=3)
    assert found["status"] == "succeeded", found
    assert found["rows"] == {"total": 7, "open": 0, "succeeded": 5, "failed": 2, "canceled": 0}
    assert found["credits"]["used"] == 15
    shown = await rows_of(user, found)
    assert [row["state"] for row in shown] == ["succeeded", "failed", *["succeeded"] * 4, "failed"]
    run = (await user.get(f"/api/runs/{shown[0]['run_id']}")).json()
    assert run["outputs"] == shown[0]["outputs"] and await content(user, run["outputs"]["said"]) == b"line 1"
    assert shown[6]["error"]["errors"][0]["path"] == "inputs.words"
    await assert_ledger_is_exact(database)


async def test_a_table_in_the_encoding_of_a_chinese_spreadsheet(user: User) -> None:
    table = '文案;seconds;fail\r\n"你好;""世界""";0;false\r\n\r\n第二行;0,5;FALSE\r\n第三行;0;true\r\n'
    file = await upload(user, "商品.csv", table.encode("gb18030"))
    found = await opened(user, tool_id="sample-echo", file=file, columns={"文案": "text"})
    shown = await rows_of(user, found)
    assert [row["state"] for row in shown] == ["succeeded", "failed", "failed"], shown
    assert await content(user, shown[0]["outputs"]["result"]) == '你好;"世界"'.encode()


async def test_a_zip_of_pictures_is_a_row_each(user: User) -> None:
    from tests.end_to_end.belongings import PHOTO

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("folder/b.png", PHOTO.read_bytes())
        archive.writestr("folder/a.png", b"\x89PNG\r\n\x1a\n broken")
        archive.writestr("__MACOSX/._b.png", b"litter")
    file = await upload(user, "photos.zip", packed.getvalue())
    found = await opened(user, tool_id="sample-picture", file=file)
    assert [(row["state"], bool(row["error"])) for row in await rows_of(user, found)] == [
        ("failed", True), ("succeeded", False)
    ]  # fmt: skip


@pytest.mark.long
async def test_ten_thousand_rows_of_which_one_in_a_hundred_is_bad(
    user: User, platform: RunningPlatform, settings: Settings, database: Database
) -> None:
    """A worker is killed on the way; no history passes 10,000 events."""
    async with database.transaction() as session:
        await Credits(session).grant(user.account_id, 40_000, source="test", transfer_id=new_id("transfer"))
    table = "text,seconds,fail\n" + "".join(f"row {at},0,{at % 100 == 0}\n" for at in range(1, 10_001))
    found = await opened(user, wait=1, tool_id="sample-echo", file=await upload(user, "rows.csv", table.encode()))
    while (await looked(user, found))["rows"]["succeeded"] < 1000:  # noqa: ASYNC110 - of another process
        await asyncio.sleep(0.1)
    platform.kill("media")
    ended = await reaches(user, found, *ENDED, within=500)
    assert ended["rows"] == {"total": 10_000, "open": 0, "succeeded": 9900, "failed": 100, "canceled": 0}
    assert ended["credits"]["used"] == 29_700
    lines = (await content(user, ended["report_file_id"])).splitlines()
    assert [json.loads(line)["row"] for line in lines] == [100 * at for at in range(1, 101)]
    client = await TemporalDoor(settings).client()
    history = await client.get_workflow_handle(ended["workflow_id"]).fetch_history()
    assert len(history.events) < 10_000
    await assert_ledger_is_exact(database)


@pytest.mark.long
async def test_the_sweep_ends_what_lost_its_workflow_and_repeats_a_wish(
    user: User, settings: Settings, database: Database
) -> None:
    client = await TemporalDoor(settings).client()
    lost = await opened(user, wait=1, tool_id="sample-echo", rows=[{"text": "x", "seconds": 60}] * 3)
    await client.get_workflow_handle(lost["workflow_id"]).terminate()
    deaf = await opened(
        user, wait=1, tool_id="sample-echo", rows=[{"text": f"{at}", "seconds": 0.5} for at in range(8)]
    )
    for status in ("paused", "running"):  # written, and nobody is told
        async with database.transaction() as session:
            await session.execute(update(Batch).where(Batch.id == deaf["id"]).values(status=status))
        await asyncio.sleep(4)
    ended = await reaches(user, lost, *ENDED, within=40)
    assert (ended["status"], ended["error"]["code"], ended["rows"]["canceled"]) == ("failed", "interrupted", 3)
    assert (await reaches(user, deaf, *ENDED, within=40))["rows"]["succeeded"] == 8
    assert (await user.credits())["available"] == 1000 - 24
    await assert_ledger_is_exact(database)


async def refused(user: User, **body: Any) -> tuple[int, str, list[str]]:
    answer: httpx.Response = await user.post("/api/batches", json=body)
    problem = answer.json()
    return answer.status_code, problem["code"], [each["path"] for each in problem.get("errors") or []]


async def test_what_is_wrong_is_told_before_anything_is_held(user: User) -> None:
    rows = some_rows(2)
    assert await refused(user, rows=rows) == (422, "invalid_input", ["tool_id"])
    assert await refused(user, tool_id="sample-echo") == (422, "invalid_input", ["rows"])
    assert await refused(user, tool_id="sample-echo", rows=[{"txt": "x"}]) == (422, "invalid_input", ["columns.txt"])
    assert await refused(user, tool_id="sample-echo", rows=[{"text": ""}]) == (
        422, "invalid_input", ["rows.1.inputs.text"],
    )  # fmt: skip
    assert (await refused(user, tool_id="sample-echo", rows=rows, budget=5))[:2] == (402, "batch_over_budget")
    assert (await refused(user, tool_id="sample-echo", rows=some_rows(400)))[:2] == (402, "insufficient_credits")
    broken = await upload(user, "broken.csv", b'text\n"never closed\n')
    assert (await refused(user, tool_id="sample-echo", file=broken))[:2] == (422, "unreadable_rows")
    assert (await user.credits())["available"] == 1000
