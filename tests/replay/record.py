"""Records a history of each way that a workflow can end: ``python -m tests.replay.record`` writes ``histories/``.

A recorded history is never edited nor overwritten: it stands for what lies in the servers of those who run an older
release. Record a new one, under a new name, when a workflow learns something new.
"""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHandle

from temporal import ids
from temporal.client import TemporalDoor
from tests.conftest import stack_settings
from tests.running_platform import RunningPlatform, User
from workers.embedded.stack import Stack

HISTORIES = Path(__file__).parent / "histories"
NAMES = ("identity", "stackTrace", "hostName", "workerInstanceKey", "groupingKey")
WORDS = b"a few words in a file of their own"

Recorder = Callable[[RunningPlatform, Client, User], Awaitable[str]]


async def job(user: User, tool: str, **parameters: object) -> str:
    """Run a job to its end and return its workflow's id."""
    inputs = {"text": "x"} if tool == "sample-echo" else {}
    job_id = await user.job(tool, inputs, **parameters)
    await user.ended(job_id)
    return ids.of_job(job_id)


async def succeeded(platform: RunningPlatform, client: Client, user: User) -> str:
    return await job(user, "sample-echo", seconds=0)


async def failed(platform: RunningPlatform, client: Client, user: User) -> str:
    return await job(user, "sample-echo", seconds=0, fail=True)


async def chunked(platform: RunningPlatform, client: Client, user: User) -> str:
    return await job(user, "sample-chunks", chunks=6, seconds=0)


async def canceled(platform: RunningPlatform, client: Client, user: User) -> str:
    job_id = await user.job("sample-echo", {"text": "x"}, seconds=100)
    await user.reaches(job_id, ("running",))
    await user.post(f"/api/jobs/{job_id}/cancel")
    await user.ended(job_id)
    return ids.of_job(job_id)


async def chunked_canceled(platform: RunningPlatform, client: Client, user: User) -> str:
    job_id = await user.job("sample-chunks", chunks=6, seconds=10)
    await user.reaches(job_id, ("running",))
    await asyncio.sleep(1)
    await user.post(f"/api/jobs/{job_id}/cancel")
    await user.ended(job_id)
    return ids.of_job(job_id)


async def ingested(platform: RunningPlatform, client: Client, user: User) -> str:
    answer = await user.post("/api/files/upload", files={"file": ("a.txt", WORDS, "text/plain")})
    return ids.of_file(answer.json()["id"])


async def delivered(platform: RunningPlatform, client: Client, user: User) -> str:
    async for run in client.list_workflows("WorkflowType = 'MailDelivery'", limit=1):
        return run.id
    raise AssertionError("no mail was sent")


async def maintained(platform: RunningPlatform, client: Client, user: User) -> str:
    async for run in client.list_workflows("WorkflowType = 'Maintenance' AND ExecutionStatus = 'Completed'", limit=1):
        return run.id
    raise AssertionError("no maintenance has run")


RECORDERS: dict[str, Recorder] = {
    "tool_run_succeeded": succeeded,
    "tool_run_failed": failed,
    "tool_run_canceled": canceled,
    "tool_run_chunked": chunked,
    "tool_run_chunked_canceled": chunked_canceled,
    "file_ingest": ingested,
    "mail_delivery": delivered,
    "maintenance": maintained,
}


async def record(platform: RunningPlatform, client: Client) -> list[str]:
    """Write the histories that are missing; returns their names."""
    written, user = [], await User.register(platform.url)
    for name, recorder in RECORDERS.items():
        file = HISTORIES / f"{name}.json"
        if not file.exists():
            handle = client.get_workflow_handle(await recorder(platform, client, user))
            await _closed(handle)
            history = _nameless(json.loads((await handle.fetch_history()).to_json()))
            file.write_text(json.dumps(history, indent=2) + "\n", encoding="utf-8")
            written.append(name)
    await user.aclose()
    return written


def _nameless(value: Any) -> Any:
    """The same without the names of the machine that recorded: who polled, and where its code lies."""
    if isinstance(value, list):
        return [_nameless(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _nameless(each) for name, each in value.items() if name not in NAMES}


async def _closed(handle: WorkflowHandle[Any, Any]) -> None:
    while (await handle.describe()).close_time is None:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.1)


async def main() -> None:
    """Start a platform of its own, record what is missing, stop it."""
    HISTORIES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        stack = Stack(stack_settings(Path(home)))
        await stack.start()
        platform = RunningPlatform(stack, stack.settings())
        try:
            await platform.start()
            print("\n".join(await record(platform, await TemporalDoor(stack.settings()).client())))
        finally:
            await platform.stop()
            await stack.stop()


if __name__ == "__main__":
    asyncio.run(main())
