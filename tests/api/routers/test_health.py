"""Readiness turns yellow for a bug in workflow code, and green again once the bug is mended."""

import asyncio
import time
from datetime import timedelta

import httpx
from temporalio import workflow
from temporalio.client import WorkflowHandle
from temporalio.worker import Worker

from models.settings import Settings
from temporal.client import TemporalDoor

QUEUE = "broken"


@workflow.defn(name="Broken", sandboxed=False)
class Broken:
    """A workflow with a bug, until somebody mends it."""

    mended = False

    @workflow.run
    async def run(self) -> str:
        if not Broken.mended:
            raise ZeroDivisionError("a bug in workflow code")
        return "mended"


async def status_becomes(http: httpx.AsyncClient, status: str, within: float = 30) -> httpx.Response:
    until = time.monotonic() + within
    while (answer := await http.get("/api/health/ready")).json()["status"] != status:
        assert time.monotonic() < until, answer.text
        await asyncio.sleep(0.2)
    return answer


async def test_a_bug_in_workflow_code_is_seen_and_its_fix_resumes(http: httpx.AsyncClient, settings: Settings) -> None:
    await status_becomes(http, "ready")
    client = await TemporalDoor(settings, lazy=False).client()
    async with Worker(client, task_queue=QUEUE, workflows=[Broken], max_cached_workflows=0):
        handle: WorkflowHandle[Broken, str] = await client.start_workflow(
            Broken.run, id=QUEUE, task_queue=QUEUE, task_timeout=timedelta(seconds=2)
        )
        yellow = await status_becomes(http, "degraded")
        assert (yellow.status_code, yellow.json()["stuck_workflows"]) == (200, 1)
        Broken.mended = True
        assert await handle.result() == "mended"
        green = await status_becomes(http, "ready")
        assert green.json()["stuck_workflows"] == 0


async def test_a_store_without_credentials_is_down(settings: Settings, monkeypatch) -> None:
    from pydantic import SecretStr

    from api.main import create_app
    from tests.api.conftest import client_of

    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    none = settings.model_copy(update={"s3_access_key": SecretStr(""), "s3_secret_key": SecretStr("")})
    app = create_app(none)
    async with app.router.lifespan_context(app), client_of(app) as client:
        answer = await client.get("/api/health/ready")
    assert answer.status_code == 503
    assert answer.json()["dependencies"]["store"]["state"] == "down"
    assert "credentials" in answer.json()["dependencies"]["store"]["reason"]
