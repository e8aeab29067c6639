"""Whose turn it is when one slot has a backlog: every account's in turn, and the urgent before the patient."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from temporalio.client import Client

from models.repositories.allowances import Allowances
from models.session import Database
from models.settings import Settings
from temporal.client import TemporalDoor
from temporal.ids import of_job
from tests.end_to_end.belongings import TEXT
from tests.running_platform import User


@pytest.fixture
async def temporal(settings: Settings) -> Client:
    return await TemporalDoor(settings).client()


@asynccontextmanager
async def busy_slot(api_url: str) -> AsyncIterator[None]:
    """Within the block the only slot works for somebody else."""
    other = await User.register(api_url)
    job_id = await other.job("sample-echo", TEXT, seconds=110)
    await other.reaches(job_id, ("running",))
    yield
    await other.post(f"/api/jobs/{job_id}/cancel")
    await other.ended(job_id)
    await other.aclose()


async def waits_for_a_slot(temporal: Client, job_id: str, within: float = 30) -> None:
    """Returns once the job's activity lies in its queue."""
    handle, until = temporal.get_workflow_handle(of_job(job_id)), time.monotonic() + within
    while not (await handle.describe()).raw_description.pending_activities:
        assert time.monotonic() < until, f"{job_id} was not queued within {within} s"
        await asyncio.sleep(0.05)


async def test_a_light_account_does_not_wait_for_a_heavy_ones_backlog(
    user: User, api_url: str, temporal: Client
) -> None:
    small = await User.register(api_url)
    async with busy_slot(api_url):
        backlog = [await user.job("sample-noop") for _ in range(30)]
        await asyncio.gather(*(waits_for_a_slot(temporal, each) for each in backlog))
        few = [await small.job("sample-noop") for _ in range(3)]
        await asyncio.gather(*(waits_for_a_slot(temporal, each) for each in few))
    ended = [await small.ended(each) for each in few] + [await user.ended(each) for each in backlog]
    order = [job["id"] for job in sorted(ended, key=lambda job: str(job["started_at"]))]
    assert max(order.index(each) for each in few) < 10
    await small.aclose()


async def test_the_urgent_go_first_and_the_patient_last(
    user: User, api_url: str, temporal: Client, database: Database
) -> None:
    async with database.transaction() as session:
        await Allowances(session).follow_plan(user.account_id, "pro", None, f"test:{user.account_id}", "operator")
    async with busy_slot(api_url):
        jobs = []
        for priority in ("low", "normal", "normal", "high"):
            answer = await user.post("/api/tools/sample-noop/execute", json={"priority": priority})
            assert answer.status_code == 202, answer.text
            jobs.append(answer.json()["id"])
            await waits_for_a_slot(temporal, jobs[-1])
    ended = sorted([await user.ended(each) for each in jobs], key=lambda job: str(job["started_at"]))
    assert [job["priority"] for job in ended] == ["high", "normal", "normal", "low"]


async def test_high_priority_is_not_for_everybody(user: User) -> None:
    answer = await user.post("/api/tools/sample-noop/execute", json={"priority": "high"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await user.credits())["available"] == 1000
