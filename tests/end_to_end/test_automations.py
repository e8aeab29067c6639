"""Automations as their owner sees them: by schedules, by what happens, by hooks; each time with its reason."""

import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from temporalio.client import Client, Schedule, ScheduleActionStartWorkflow, ScheduleSpec
from temporalio.service import RPCError, RPCStatusCode

from models.automations import hooks
from models.session import Database
from models.settings import Settings
from temporal import ids
from temporal.client import TemporalDoor
from tests.end_to_end.automating import BROKEN, ECHO, automation, fired, firings
from tests.end_to_end.graphs import echo, given, graph, result
from tests.running_platform import RunningPlatform, User, assert_ledger_is_exact

WORDS = {"tool_id": "sample-echo", "inputs": {"text": {"expression": "event.name"}}, "parameters": {"seconds": 0}}


async def backfilled(user: User, zone: str, cron: str, start: str, end: str, count: int) -> list[Any]:
    """What a schedule does in a range of times that lies ahead."""
    made = await automation(user, {"type": "schedule", "cron": cron, "overlap": "allow_all"}, timezone=zone)
    answer = await user.post(f"/api/automations/{made['id']}/backfill", json={"from": start, "to": end})
    assert answer.status_code == 202, answer.text
    return await firings(user, made["id"], count)


def times(found: list[Any]) -> list[tuple[str, str, str]]:
    told = [(each["scheduled_for"], each["event"]["local"], each["reason"] or each["decision"]) for each in found]
    return sorted((at.removesuffix(":00Z"), local[:16], how) for at, local, how in told)


async def test_an_interval_fires_and_its_tool_runs(user: User, database: Database) -> None:
    phase = (int(time.time()) + 2) % 10
    made = await automation(user, {"type": "schedule", "every": 10, "offset": phase})
    due = made["next"][0]["at"]
    (firing,) = await firings(user, made["id"], 1)
    assert (firing["why"], firing["decision"], firing["scheduled_for"]) == ("schedule", "run", due)
    run = (await user.get(f"/api/runs/{firing['run_id']}")).json()
    assert (run["status"], run["credits"]["used"]) == ("succeeded", 3)
    assert (await user.get(f"/api/files/{run['outputs']['result']}/content")).text == "automatic"
    await user.delete(f"/api/automations/{made['id']}")
    await assert_ledger_is_exact(database)


async def test_a_time_that_spring_removes_moves_and_one_that_autumn_repeats_runs_once(user: User) -> None:
    spring, autumn, western, twice, often, leap = await asyncio.gather(
        backfilled(user, "Europe/Berlin", "30 2 * * *", "2027-03-27T00:00:00Z", "2027-03-29T12:00:00Z", 3),
        backfilled(user, "Europe/Berlin", "30 2 * * *", "2027-10-30T00:00:00Z", "2027-11-01T12:00:00Z", 3),
        backfilled(user, "America/New_York", "30 1 * * *", "2027-11-07T00:00:00Z", "2027-11-08T12:00:00Z", 3),
        backfilled(user, "America/New_York", "15,45 2 14 3 *", "2027-03-01T00:00:00Z", "2027-03-31T00:00:00Z", 1),
        backfilled(user, "Europe/Berlin", "*/30 * * * *", "2027-10-31T00:15:00Z", "2027-10-31T01:45:00Z", 3),
        backfilled(user, "Asia/Shanghai", "0 9 29 2 *", "2028-02-01T00:00:00Z", "2028-03-31T00:00:00Z", 1),
    )
    assert times(spring) == [
        ("2027-03-27T01:30", "2027-03-27T02:30", "run"),
        ("2027-03-28T01:00", "2027-03-28T02:30", "run"),
        ("2027-03-29T00:30", "2027-03-29T02:30", "run"),
    ]
    assert times(autumn) == [
        ("2027-10-30T00:30", "2027-10-30T02:30", "run"),
        ("2027-10-31T00:30", "2027-10-31T02:30", "run"),
        ("2027-11-01T01:30", "2027-11-01T02:30", "run"),
    ]
    assert times(western) == [
        ("2027-11-07T05:30", "2027-11-07T01:30", "run"),
        ("2027-11-07T06:30", "2027-11-07T01:30", "repeated_time"),
        ("2027-11-08T06:30", "2027-11-08T01:30", "run"),
    ]
    assert times(twice) == [("2027-03-14T07:00", "2027-03-14T02:15", "run")]
    assert [at for at, _, how in times(often) if how == "run"] == [
        f"2027-10-31T{at}" for at in ("00:30", "01:00", "01:30")
    ]
    assert times(leap) == [("2028-02-29T01:00", "2028-02-29T09:00", "run")]
    assert {each["why"] for found in (spring, autumn, western, twice, often, leap) for each in found} == {"backfill"}
    assert "时钟回拨,这个时刻已运行过一次" in [each["message"] for each in western]


async def test_a_preview_shows_what_changes_of_clocks_do(user: User) -> None:
    asked = {"cron": "30 2 * * *", "timezone": "Europe/Berlin", "count": "3", "after": "2027-03-27T12:00:00Z"}
    shown = (await user.get("/api/automations/preview", params=asked)).json()["data"]
    assert [(each["at"], each["local"], each["note"]) for each in shown[:2]] == [
        ("2027-03-28T01:00:00Z", "2027-03-28T02:30:00", "moved"),
        ("2027-03-29T00:30:00Z", "2027-03-29T02:30:00", ""),
    ]
    wrong = await user.get("/api/automations/preview", params={"cron": "61 * * * *", "timezone": "Mars/Base"})
    assert wrong.status_code == 422
    assert [each["path"] for each in wrong.json()["errors"]] == ["cron", "timezone"], wrong.text


async def test_an_upload_that_fits_runs_with_its_name(user: User, tmp_path: Path) -> None:
    trigger = {"type": "file", "kinds": ["text"], "names": ["*.txt"], "max_size": 100}
    made = await automation(user, trigger, WORDS, condition="event.size > 3")
    for name, content in (("note.txt", b"long enough"), ("note.md", b"another name"), ("tiny.txt", b"x")):
        (tmp_path / name).write_bytes(content)
        await user.upload(tmp_path / name)
    since = time.monotonic()
    found = await firings(user, made["id"], 2)
    assert time.monotonic() - since < 10
    assert [(each["why"], each["decision"], each["reason"]) for each in found] == [
        ("file", "run", None),
        ("file", "skipped", "condition"),
    ]
    run = (await user.get(f"/api/runs/{found[0]['run_id']}")).json()
    assert (await user.get(f"/api/files/{run['outputs']['result']}/content")).text == "note.txt"


async def test_what_follows_a_job_does_not_follow_itself(user: User) -> None:
    one = await automation(user, {"type": "job", "tool_id": "sample-echo", "statuses": ["succeeded"]})
    drawn = graph(given("words"), echo("say"), result("said"), edges=["words > say.text", "say > said"])
    saved = (await user.post("/api/pipelines", json={"name": "p", "graph": drawn})).json()
    target = {"pipeline_id": saved["id"], "inputs": {"words": {"expression": "'after ' + event.run_id"}}}
    other = await automation(user, {"type": "run", "statuses": ["succeeded"]}, target)
    await user.ended(await user.job("sample-echo", {"text": "by hand"}, seconds=0))
    found = await firings(user, one["id"], 3)
    assert [(each["decision"], each["reason"]) for each in found] == [
        ("run", None), ("skipped", "own_doing"), ("skipped", "own_doing"),
    ]  # fmt: skip
    followed = await firings(user, other["id"], 2)
    assert [(each["decision"], each["reason"]) for each in followed] == [("run", None), ("skipped", "own_doing")]


async def test_credits_that_fall_below_are_told_once(user: User) -> None:
    made = await automation(user, {"type": "credits", "below": 998})
    for words in ("one", "two"):
        await user.ended(await user.job("sample-echo", {"text": words}, seconds=0))
    (firing,) = await firings(user, made["id"], 1)
    assert (firing["why"], firing["event"]["available"]) == ("credits", 997)


async def test_a_shower_of_events_is_one_firing(user: User, tmp_path: Path) -> None:
    made = await automation(user, {"type": "file"}, WORDS, policies={"debounce": 2})
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text(name)
        await user.upload(tmp_path / name)
    found = await firings(user, made["id"], 3)
    assert [each["decision"] for each in found] == ["joined", "joined", "run"]
    assert found[2]["event"]["name"] == "c.txt"


async def test_runs_of_one_key_do_not_overlap_and_a_day_has_its_budget(user: User) -> None:
    slow = {**ECHO, "inputs": {"text": {"expression": "event.for"}}, "parameters": {"seconds": 1.5}}
    made = await automation(user, {"type": "hook"}, slow, policies={"concurrency_key": "event.for"}, daily_budget=7)
    for number, name in enumerate(("x", "x", "y", "z"), 1):
        await fired(user, made["id"], {"for": name})
        await firings(user, made["id"], number, over=False)
    found = await firings(user, made["id"], 4)
    assert [each["reason"] or each["decision"] for each in found] == ["run", "busy", "run", "over_daily_budget"]
    assert (await user.credits())["available"] == 994


async def test_ten_failures_pause_it_and_tell_its_owner(user: User, database: Database) -> None:
    made = await automation(user, {"type": "hook"}, BROKEN)
    for _ in range(2):
        await fired(user, made["id"])
    await firings(user, made["id"], 2)
    await user.patch(f"/api/automations/{made['id']}", json={"inputs": {"nonsense": "x"}})
    for _ in range(8):
        await fired(user, made["id"])
    failed = (await firings(user, made["id"], 10))[-1]
    assert (failed["decision"], failed["reason"]) == ("failed", "invalid_graph")
    for _ in range(50):
        shown = (await user.get(f"/api/automations/{made['id']}")).json()
        if shown["state"] == "paused":
            break
        await asyncio.sleep(0.1)
    assert (shown["state"], shown["paused_reason"], shown["failures_in_row"]) == ("paused", "failures", 10)
    async with database.transaction() as session:
        mails = await session.execute(
            text("SELECT count(*) FROM mails WHERE recipient = :to AND template = 'automation_paused'"),
            {"to": user.email},
        )
        told = await session.execute(
            text("SELECT data FROM events WHERE account_id = :account AND type = 'automation.paused'"),
            {"account": user.account_id},
        )
        assert (mails.scalar_one(), [row.data["automation_id"] for row in told]) == (1, [made["id"]])
    assert (await called(made, b"{}")).status_code == 202
    assert (await firings(user, made["id"], 11))[-1]["reason"] == "paused"
    resumed = (await user.post(f"/api/automations/{made['id']}/resume")).json()
    assert (resumed["state"], resumed["failures_in_row"]) == ("active", 0)


async def called(made: dict[str, Any], body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    async with httpx.AsyncClient(timeout=30) as anybody:
        return await anybody.post(made["hook"]["url"], content=body, headers=headers)


async def test_a_hook_fires_once_for_each_call(user: User) -> None:
    target = {**WORDS, "inputs": {"text": {"expression": "event.body.words"}}}
    made = await automation(user, {"type": "hook"}, target)
    assert made["hook"]["secret"] is None
    body = json.dumps({"words": "called"}).encode()
    first, again = [await called(made, body, {"Idempotency-Key": "one"}) for _ in range(2)]
    assert (first.status_code, first.json()) == (202, again.json())
    (firing,) = await firings(user, made["id"], 1)
    assert (firing["id"], firing["why"], firing["decision"]) == (first.json()["firing_id"], "hook", "run")
    unreadable = await called(made, b"{nonsense")
    assert (unreadable.status_code, unreadable.json()["code"]) == (422, "invalid_input")
    large = await called(made, b'"' + b"x" * hooks.LARGEST_BODY + b'"')
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    unknown = await called({"hook": {"url": made["hook"]["url"] + "x"}}, body)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    await firings(user, made["id"], 1)


@pytest.mark.parametrize(
    ("secret", "late", "status", "code"),
    [("", 0, 401, "invalid_signature"), ("whs_guessed", 0, 401, "invalid_signature"),
     (None, 400, 400, "stale_signature"), (None, -400, 400, "stale_signature")],
    ids=["missing", "wrong", "stale", "of the future"],
)  # fmt: skip
async def test_a_signed_hook_refuses_what_is_not_signed_now(
    user: User, secret: str | None, late: int, status: int, code: str
) -> None:
    made = await automation(user, {"type": "hook", "signed": True})
    signature = hooks.sign(made["hook"]["secret"] if secret is None else secret, int(time.time()) - late, b"{}")
    answer = await called(made, b"{}", {hooks.HEADER: signature} if secret != "" else None)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await firings(user, made["id"], 0) == []


async def test_a_signed_call_that_is_repeated_fires_once(user: User) -> None:
    made = await automation(user, {"type": "hook", "signed": True})
    signature = hooks.sign(made["hook"]["secret"], int(time.time()), b"{}")
    answers = [await called(made, b"{}", {hooks.HEADER: signature}) for _ in range(2)]
    assert [each.status_code for each in answers] == [202, 202] and answers[0].json() == answers[1].json()
    assert len(await firings(user, made["id"], 1)) == 1
    changed = await called(made, b'{"amount": 9}', {hooks.HEADER: signature})
    assert changed.json()["code"] == "invalid_signature"
    overheard = await called(made, b"{}", {hooks.HEADER: signature, "Idempotency-Key": "another"})
    assert overheard.json()["code"] == "invalid_signature"


async def test_the_key_of_a_signed_call_is_signed(user: User) -> None:
    made = await automation(user, {"type": "hook", "signed": True})

    async def call(late: int, key: str) -> httpx.Response:
        signature = hooks.sign(made["hook"]["secret"], int(time.time()) - late, b"{}", "order-7")
        return await called(made, b"{}", {hooks.HEADER: signature, "Idempotency-Key": key})

    first, again, other = await call(0, "order-7"), await call(5, "order-7"), await call(0, "order-8")
    assert first.json()["firing_id"] == again.json()["firing_id"], (first.text, again.text)
    assert other.json()["code"] == "invalid_signature"


@pytest.mark.long
async def test_a_worker_that_dies_between_firing_and_run_neither_loses_nor_doubles(
    user: User, platform: RunningPlatform, database: Database, tmp_path: Path
) -> None:
    by_file = await automation(user, {"type": "file"}, WORDS)
    phase = (int(time.time()) + 3) % 10
    by_clock = await automation(user, {"type": "schedule", "every": 10, "offset": phase, "overlap": "allow_all"})
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
        await user.upload(tmp_path / name)
        await asyncio.sleep(0.3)
    platform.kill("core")
    found = await firings(user, by_file["id"], 2, within=60)
    assert [(each["event"]["name"], each["decision"]) for each in found] == [("a.txt", "run"), ("b.txt", "run")]
    await user.post(f"/api/automations/{by_clock['id']}/pause")
    async with database.transaction() as session:
        opened = await session.execute(
            text("SELECT count(*) FROM runs WHERE account_id = :account"), {"account": user.account_id}
        )
        recorded = await session.execute(
            text("SELECT count(*) FROM automation_firings JOIN runs ON runs.id = run_id WHERE account_id = :account"),
            {"account": user.account_id},
        )
        assert opened.scalar_one() == recorded.scalar_one() >= 2
    await assert_ledger_is_exact(database)


async def test_leaving_ends_automations(database: Database, api_url: str) -> None:
    leaver = await User.register(api_url)
    made = await automation(leaver, {"type": "hook"})
    assert (await leaver.delete("/api/users/me")).status_code == 204
    await leaver.aclose()
    async with database.transaction() as session:
        row = await session.execute(
            text("SELECT state, deleted_at IS NOT NULL AS gone FROM automations WHERE id = :id"), {"id": made["id"]}
        )
        assert tuple(row.one()) == ("paused", True)
    assert (await called(made, b"{}")).status_code == 404


async def test_what_is_wrong_is_told_by_its_place(user: User) -> None:
    bad = {"name": "x", "tool_id": "sample-echo", "timezone": "Nowhere", "trigger": {"type": "schedule", "cron": "0"}}
    answer = await user.post("/api/automations", json=bad)
    paths = sorted(each["path"] for each in answer.json()["errors"])
    assert (answer.status_code, paths) == (422, ["timezone", "trigger.schedule.cron"]), answer.text
    unknown = {"name": "x", "tool_id": "no-such", "trigger": {"type": "hook"}}
    assert (await user.post("/api/automations", json=unknown)).status_code == 404
    wrong = {**unknown, "tool_id": "sample-echo", "inputs": {"text": {"expression": "evnt.name"}}}
    answer = await user.post("/api/automations", json=wrong)
    assert [each["path"] for each in answer.json()["errors"]] == ["inputs.text"]


async def test_the_sweep_makes_lost_schedules_and_firings_good(
    user: User, settings: Settings, database: Database
) -> None:
    client = await TemporalDoor(settings).client()
    made = await automation(user, {"type": "schedule", "cron": "0 0 1 1 *"})
    await user.post(f"/api/automations/{made['id']}/pause")
    paused = await automation(user, {"type": "hook"}, policies={"debounce": 3600})
    lost = (await called(paused, b"{}")).json()["firing_id"]
    await client.get_workflow_handle(ids.of_firing(lost)).terminate()
    async with database.transaction() as session:
        late = text("UPDATE automation_firings SET due_at = now() - interval '1 minute' WHERE id = :id")
        await session.execute(late, {"id": lost})
    await user.post(f"/api/automations/{made['id']}/resume")
    year = datetime.now(UTC).year
    wanted, orphan = ids.of_schedule(made["id"], 2, year), ids.of_schedule("auto_gone", 1, year)
    action = ScheduleActionStartWorkflow("AutomationRun", id="orphan", task_queue="nobody")
    await client.create_schedule(orphan, Schedule(action=action, spec=ScheduleSpec()))
    await client.get_schedule_handle(wanted).delete()
    for _ in range(60):
        await client.get_schedule_handle(ids.MAINTENANCE).trigger()
        await asyncio.sleep(0.5)
        if await exists(client, wanted) and not await exists(client, orphan):
            break
    assert await exists(client, wanted) and not await exists(client, orphan)
    assert not await exists(client, ids.of_schedule(made["id"], 1, year))
    assert (await firings(user, paused["id"], 1))[0]["decision"] == "run"


@pytest.mark.parametrize(
    ("overlap", "decided"),
    [
        pytest.param("skip", ["succeeded", "overlap", "overlap"], marks=pytest.mark.long),
        ("buffer_one", ["succeeded", "succeeded", "overlap"]),
    ],
)
async def test_a_time_that_comes_while_the_run_before_goes_on_waits_or_is_recorded_as_skipped(
    user: User, settings: Settings, overlap: str, decided: list[str]
) -> None:
    slow = {**ECHO, "parameters": {"seconds": 8}}
    made = await automation(user, {"type": "schedule", "cron": "0 0 1 1 *", "overlap": overlap}, slow)
    client = await TemporalDoor(settings).client()
    schedule = client.get_schedule_handle(ids.of_schedule(made["id"], 1, datetime.now(UTC).year))
    for count in (1, 2, 3):
        await schedule.trigger()
        await firings(user, made["id"], count, over=False, decided=False)
        await asyncio.sleep(1)  # the time that a schedule fires for has whole seconds
    found = await firings(user, made["id"], 3, within=60)
    assert [each["reason"] or each["run_status"] for each in found] == decided
    if overlap == "buffer_one":
        first, second = [await started(user, each["run_id"]) for each in found[:2]]
        assert first[1] <= second[0], "one after the other"


async def started(user: User, run_id: str) -> tuple[str, str]:
    """When a run began and ended."""
    run = (await user.get(f"/api/runs/{run_id}")).json()
    return run["created_at"], run["completed_at"]


async def exists(client: Client, schedule_id: str) -> bool:
    try:
        await client.get_schedule_handle(schedule_id).describe()
    except RPCError as error:
        assert error.status == RPCStatusCode.NOT_FOUND
        return False
    return True
