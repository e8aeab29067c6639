"""A job's life as a user sees it: submitted over HTTP, run by workers of their own, charged once."""

import asyncio
import json
import time
from typing import Any

import httpx
import pytest
from httpx_sse import aconnect_sse

from models.session import Database
from tests.openai_stand_in import TEXT as PIECES
from tests.running_platform import RunningPlatform, User, assert_ledger_is_exact

TEXT = {"text": "你好"}


async def events(user: User, job_id: str, headers: dict[str, str] | None = None) -> list[tuple[str, str, Any]]:
    async with aconnect_sse(user, "GET", f"/api/jobs/{job_id}/events", headers=headers or {}) as source:
        return [(each.id, each.event, json.loads(each.data)) async for each in source.aiter_sse()]


async def test_a_job_runs_and_is_charged(user: User, database: Database) -> None:
    answer = await user.execute("sample-echo", TEXT, {"Prefer": "wait=20"}, seconds=0.2)
    job = answer.json()
    assert (answer.status_code, job["status"], job["engine"]) == (200, "succeeded", "sleep")
    assert job["credits"] == {"held": 0, "used": 3}
    content = await user.get(job["outputs"][0]["url"])
    assert content.text == "你好"
    assert (await user.credits())["available"] == 997
    await assert_ledger_is_exact(database)


async def test_a_chunked_tool_joins_its_pieces_in_order(user: User) -> None:
    job = (await user.execute("sample-chunks", headers={"Prefer": "wait=30"}, chunks=9, seconds=0)).json()
    assert job["status"] == "succeeded", job
    assert (await user.get(job["outputs"][0]["url"])).text == "abcdefghi"


async def test_a_failed_job_says_why_and_costs_nothing(user: User) -> None:
    answer = await user.execute("sample-echo", TEXT, {"Prefer": "wait=20"}, seconds=0, fail=True)
    job = answer.json()
    assert (job["status"], job["error"]["code"], job["credits"]) == ("failed", "invalid_input", {"held": 0, "used": 0})
    assert job["error"]["errors"] == [{"path": "parameters.fail", "message": "it was asked to fail"}]
    assert (await user.credits())["available"] == 1000


async def test_a_tool_that_crashes_is_tried_thrice_and_the_worker_lives(user: User, platform: RunningPlatform) -> None:
    before = platform.stack.supervisor.pid("media")
    job = (await user.execute("sample-echo", TEXT, {"Prefer": "wait=30"}, seconds=0, crash=True)).json()
    assert (job["status"], job["error"]["code"]) == ("failed", "tool_broken")
    assert platform.stack.supervisor.pid("media") == before
    assert (await user.credits())["available"] == 1000


@pytest.mark.parametrize("twice", [False, True])
async def test_cancel_reaches_a_running_child_within_two_seconds(
    user: User, platform: RunningPlatform, twice: bool
) -> None:
    job_id = await user.job("sample-echo", TEXT, seconds=100)
    await user.reaches(job_id, ("running",))
    started = time.monotonic()
    for _ in range(2 if twice else 1):
        assert (await user.post(f"/api/jobs/{job_id}/cancel")).status_code == 202
    job = await user.ended(job_id)
    assert time.monotonic() - started < 2
    assert (job["status"], job["credits"]) == ("canceled", {"held": 0, "used": 0})
    assert (await user.credits())["available"] == 1000


async def test_cancel_before_the_start_and_after_the_end(user: User) -> None:
    blocker = await user.job("sample-echo", TEXT, seconds=100)
    waiting = await user.job("sample-echo", TEXT, seconds=100)
    await user.reaches(blocker, ("running",))
    await user.post(f"/api/jobs/{waiting}/cancel")
    assert (await user.ended(waiting))["status"] == "canceled"
    await user.post(f"/api/jobs/{blocker}/cancel")
    ended = await user.ended(blocker)
    again = await user.post(f"/api/jobs/{blocker}/cancel")
    assert again.json()["completed_at"] == ended["completed_at"]


async def test_cancel_at_any_moment_ends_once(user: User, database: Database) -> None:
    async def one(delay: float) -> str:
        job_id = await user.job("sample-noop")
        await asyncio.sleep(delay)
        await user.post(f"/api/jobs/{job_id}/cancel")
        return str((await user.ended(job_id))["status"])

    statuses = [await one(step * 0.015) for step in range(12)]
    assert set(statuses) <= {"succeeded", "canceled"}
    assert (await user.credits())["available"] == 1000 - 2 * statuses.count("succeeded")
    await assert_ledger_is_exact(database)


async def test_the_same_key_100_times_is_one_job(user: User) -> None:
    async def once() -> httpx.Response:
        return await user.execute("sample-noop", headers={"Idempotency-Key": "k1"})

    answers = await asyncio.gather(*(once() for _ in range(100)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    accepted = [answer for answer in answers if answer.status_code == 202]
    assert len({answer.json()["id"] for answer in accepted}) == 1
    jobs = (await user.get("/api/users/me/jobs")).json()["data"]
    assert len(jobs) == 1
    replay = await once()
    assert (replay.headers["Idempotent-Replayed"], replay.json()) == ("true", accepted[0].json())


async def test_another_body_under_a_known_key_is_refused(user: User) -> None:
    await user.execute("sample-noop", headers={"Idempotency-Key": "k"})
    answer = await user.execute("sample-noop", headers={"Idempotency-Key": "k"}, credits=5)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")


async def test_64_clients_spend_one_balance(user: User, database: Database) -> None:
    answers = await asyncio.gather(*(user.execute("sample-noop", credits=100) for _ in range(64)))
    accepted = [answer.json()["id"] for answer in answers if answer.status_code == 202]
    refused = {answer.json()["code"] for answer in answers if answer.status_code != 202}
    assert (len(accepted), refused) == (10, {"insufficient_credits"})
    for job_id in accepted:
        assert (await user.ended(job_id))["status"] == "succeeded"
    assert (await user.credits())["balance"] == 0
    await assert_ledger_is_exact(database)


async def test_events_replay_after_the_end(user: User) -> None:
    job_id = await user.job("sample-echo", TEXT, seconds=1.5)
    live = await events(user, job_id)
    kinds = [kind for _, kind, _ in live]
    assert kinds[:2] == ["job.queued", "job.running"]
    assert kinds[-1] == "job.succeeded"
    assert "job.progress" in kinds
    assert [each for each, _, _ in live] == [str(number + 1) for number in range(len(live))]
    assert await events(user, job_id) == live
    assert await events(user, job_id, {"Last-Event-ID": "2"}) == live[2:]


async def test_the_account_feed_by_ticket(user: User) -> None:
    ticket = (await user.post("/api/events/ticket")).json()["ticket"]
    seen: list[str] = []

    async def listen() -> None:
        async with (
            httpx.AsyncClient(base_url=user.base_url, timeout=30) as anonymous,
            aconnect_sse(anonymous, "GET", f"/api/events?ticket={ticket}") as source,
        ):
            async for each in source.aiter_sse():
                seen.append(each.event)
                if each.event == "credits.changed":
                    return

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.5)
    await user.job("sample-noop")
    await asyncio.wait_for(listening, 20)
    assert seen == ["job.queued", "job.running", "job.succeeded", "credits.changed"]
    async with httpx.AsyncClient(base_url=user.base_url) as anonymous:
        assert (await anonymous.get(f"/api/events?ticket={ticket}")).status_code == 401


async def test_retry_makes_a_new_job(user: User) -> None:
    first = (await user.execute("sample-echo", TEXT, {"Prefer": "wait=20"}, seconds=0)).json()
    answer = await user.post(f"/api/jobs/{first['id']}/retry", headers={"Prefer": "wait=20"})
    second = answer.json()
    assert (answer.status_code, second["retried_from"], second["status"]) == (200, first["id"], "succeeded")
    assert second["inputs"] == first["inputs"]


async def test_a_quote_is_a_ceiling_for_its_call_only(user: User) -> None:
    quoted = (await user.post("/api/tools/sample-noop/quote", json={"parameters": {"credits": 7}})).json()
    assert quoted["credits"] == 7
    body = {"parameters": {"credits": 7}, "quote_id": quoted["quote_id"]}
    job = (await user.post("/api/tools/sample-noop/execute", json=body, headers={"Prefer": "wait=20"})).json()
    assert job["credits"]["used"] == 7
    body["parameters"] = {"credits": 8}
    assert (await user.post("/api/tools/sample-noop/execute", json=body)).status_code == 404


async def test_a_deadline_ends_the_job_unpaid(user: User) -> None:
    answer = await user.execute("sample-echo", TEXT, {"Cancel-After": "1s", "Prefer": "wait=20"}, seconds=60)
    job = answer.json()
    assert (job["status"], job["error"]["code"], job["credits"]["used"]) == ("failed", "deadline_exceeded", 0)


async def test_a_tool_that_hangs_is_ended_once_and_for_all(user: User, platform: RunningPlatform) -> None:
    answer = await user.execute("sample-hang", headers={"Prefer": "wait=20"})
    job = answer.json()
    assert (job["status"], job["error"]["code"], job["credits"]["used"]) == ("failed", "tool_broken", 0)
    assert job["processing_time_ms"] < 4000
    after = (await user.execute("sample-noop", headers={"Prefer": "wait=20"})).json()
    assert after["status"] == "succeeded"


@pytest.mark.parametrize(
    ("tool", "body", "status", "code"),
    [
        ("sample-echo", {"inputs": {}}, 422, "invalid_input"),
        ("sample-echo", {"inputs": {"text": "x", "y": "z"}}, 422, "invalid_input"),
        ("sample-echo", {"inputs": TEXT, "parameters": {"seconds": -1}}, 422, "invalid_input"),
        ("sample-echo", {"inputs": TEXT, "parameters": {"nope": 1}}, 422, "invalid_input"),
        ("sample-echo", {"inputs": TEXT, "priority": "urgent"}, 422, "invalid_input"),
        ("sample-echo", {"inputs": TEXT, "extra": 1}, 422, "invalid_input"),
        ("no-such-tool", {}, 404, "not_found"),
        ("sample-noop", {"parameters": {"credits": 1000}, "quote_id": "quo_x"}, 404, "not_found"),
    ],
)
async def test_bad_calls_are_named_and_cost_nothing(
    user: User, tool: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await user.post(f"/api/tools/{tool}/execute", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await user.credits())["available"] == 1000
    assert (await user.get("/api/users/me/jobs")).json()["data"] == []


async def test_a_text_is_seen_as_it_is_written(user: User) -> None:
    job = (await user.execute("sample-writer", {"text": "牙刷"})).json()
    seen = await events(user, job["id"])
    pieces = [data["text"] for _, kind, data in seen if kind == "job.progress" and "text" in data]
    assert len(pieces) >= 2, "nothing was shown before the end"
    ended = (await user.get(f"/api/jobs/{job['id']}")).json()
    assert "".join(pieces) == "".join(PIECES)
    assert ended["engine"] == "stand-in (slow)"
    assert ended["data"]["usage"]["tokens"] == 9
