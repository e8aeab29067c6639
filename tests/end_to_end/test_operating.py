"""What operators do to a platform that runs: pause a tool, find what is stuck, move a job."""

import asyncio
import time
from typing import Any

import pytest

from models.repositories.users import Users
from models.session import Database
from tests.end_to_end.graphs import echo, given, graph, result
from tests.end_to_end.test_runs import reaches, run, step
from tests.running_platform import User, assert_ledger_is_exact

CHAIN = graph(given("words"), echo("first"), result("text"), edges=["words > first.text", "first.result > text"])


@pytest.fixture
async def operator(api_url: str, database: Database) -> User:
    found = await User.register(api_url)
    async with database.transaction() as session:
        await Users(session).set_role(found.email, "operator")
    return found


async def call(operator: User, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await operator.post(f"/api/operator/{path}", json=body or {})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_paused_tool_begins_nothing_and_ends_what_runs(user: User, operator: User, database: Database) -> None:
    running = await user.job("sample-echo", {"text": "runs"}, seconds=1.5)
    await user.reaches(running, ("running",))
    queued = await user.job("sample-echo", {"text": "is queued"})
    try:
        assert (await call(operator, "tools/sample-echo/pause", {"reason": "a new card is put in"}))["paused"]
        refused = await user.execute("sample-echo", {"text": "comes late"})
        assert (refused.status_code, refused.json()["code"]) == (503, "tool_paused")
        assert "a new card is put in" in refused.json()["detail"]
        waiting = await run(user, CHAIN, wait=1, inputs={"words": "paused"})
        assert (await user.ended(running))["status"] == "succeeded"
        found = await _waits(user, waiting["id"])
        assert found["credits"]["used"] == 0
        assert (await user.get(f"/api/jobs/{queued}")).json()["status"] == "queued"
        shown = (await user.get("/api/tools/sample-echo")).json()
        assert (shown["paused"], shown["pause_reason"]) == (True, "a new card is put in")
        stuck = (await operator.get("/api/operator/stuck", params={"seconds": 0, "tool_id": "sample-echo"})).json()
        assert [each["run_id"] for each in stuck["steps"]] == [waiting["id"]]
        assert queued in [each["id"] for each in stuck["jobs"]]
    finally:
        told = (await call(operator, "tools/sample-echo/resume"))["told"]
    assert told == 1
    assert (await reaches(user, waiting["id"], "succeeded"))["credits"]["used"] == 3
    assert (await user.ended(queued))["status"] == "succeeded"
    await assert_ledger_is_exact(database)


async def test_batches_of_a_paused_tool_are_refused(user: User, operator: User) -> None:
    await call(operator, "tools/sample-noop/pause")
    try:
        answer = await user.post("/api/batches", json={"tool_id": "sample-noop", "rows": [{"credits": 1}]})
        assert (answer.status_code, answer.json()["code"]) == (503, "tool_paused"), answer.text
        assert answer.headers["Retry-After"] == "60"
    finally:
        await call(operator, "tools/sample-noop/resume")


async def test_a_running_job_is_moved_to_another_pool_and_limit(user: User, operator: User, database: Database) -> None:
    job = await user.job("sample-echo", {"text": "moves"}, seconds=3)
    await user.reaches(job, ("running",))
    moved = await call(operator, f"jobs/{job}/move", {"pool": "inference", "timeout": 99})
    assert (moved["queue"], moved["timeout"]) == ("tools-inference", 99)
    activity = await _pending(operator, job, "tools-inference")
    assert (activity["attempt"], activity["timeout"]) == (1, 99)
    assert (await user.ended(job))["status"] == "succeeded"
    late = await operator.post(f"/api/operator/jobs/{job}/move", json={"timeout": 5})
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    await assert_ledger_is_exact(database)


async def test_pools_that_nobody_serves_take_no_job(user: User, operator: User) -> None:
    job = await user.job("sample-echo", {"text": "stays"}, seconds=1)
    unserved = await operator.post(f"/api/operator/jobs/{job}/move", json={"pool": "training"})
    unknown = await operator.post(f"/api/operator/jobs/{job}/move", json={"pool": "cellar"})
    assert (unserved.status_code, unknown.status_code) == (409, 422)
    assert (await user.ended(job))["status"] == "succeeded"


async def test_others_find_nothing_there(user: User) -> None:
    paths = ("tools/sample-echo/pause", "tools/sample-echo/resume", "jobs/job_x/move")
    answers = [(await user.post(f"/api/operator/{path}", json={})).status_code for path in paths]
    assert [*answers, (await user.get("/api/operator/stuck")).status_code] == [404] * 4


async def _waits(user: User, run_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        found: dict[str, Any] = (await user.get(f"/api/runs/{run_id}")).json()
        if step(found, "first")["status"] == "waiting":
            assert step(found, "first")["waiting"]["kind"] == "paused"
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(found)


async def _pending(operator: User, job_id: str, queue: str) -> dict[str, Any]:
    """The job's activity once it is asked for at ``queue``."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        found = (await operator.get("/api/operator/stuck", params={"seconds": 0})).json()
        activities = [each for job in found["jobs"] if job["id"] == job_id for each in job["activities"]]
        if activities and activities[0]["queue"] == queue:
            first: dict[str, Any] = activities[0]
            return first
        await asyncio.sleep(0.1)
    raise AssertionError(found)


async def test_what_a_job_cost_is_given_back_once(user: User, operator: User, database: Database) -> None:
    job = await user.ended(await user.job("sample-echo", {"text": "bad luck"}))
    assert job["credits"]["used"] == 3 and (await user.credits())["available"] == 997
    given = await call(operator, f"jobs/{job['id']}/refund", {"credits": 2, "reason": "the result was no good"})
    assert given == {"job_id": job["id"], "credits": 2} and (await user.credits())["available"] == 999
    again = await operator.post(f"/api/operator/jobs/{job['id']}/refund", json={"reason": "once more"})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_refund")
    await assert_ledger_is_exact(database)
