"""One request's id is found in what every process logs of it, as JSON that a collector can read."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from models.settings import Settings
from temporal.client import TemporalDoor
from temporal.ids import of_job
from tests.end_to_end.belongings import TEXT
from tests.running_platform import RunningPlatform, User

REQUEST_ID = "trace-of-a-test/1"


def lines(file: Path) -> list[dict[str, Any]]:
    """Every line; one that is no JSON fails the test."""
    return [json.loads(line) for line in file.read_text().splitlines() if line.startswith("{")]


async def line_with(file: Path, within: float = 5, **wanted: str) -> dict[str, Any]:
    until = time.monotonic() + within
    while True:
        for line in lines(file):
            if wanted.items() <= line.items():
                return line
        assert time.monotonic() < until, f"{file.name} has no line with {wanted}"
        await asyncio.sleep(0.1)


async def test_one_request_id_leads_through_all_processes(
    user: User, platform: RunningPlatform, settings: Settings
) -> None:
    headers = {"Prefer": "wait=30", "X-Request-Id": REQUEST_ID}
    job = (await user.execute("sample-echo", TEXT, headers, seconds=0)).json()
    logs, known = platform.stack.home / "logs", {"request_id": REQUEST_ID}
    found = await (await TemporalDoor(settings).client()).get_workflow_handle(of_job(job["id"])).describe()
    assert await found.memo() == known
    request = await line_with(logs / "api.log", event="request", **known)
    assert (request["path"], request["user_id"]) == ("/api/tools/sample-echo/execute", user.user_id)
    ours = {**known, "job_id": job["id"], "workflow_id": of_job(job["id"])}
    assert (await line_with(logs / "media.log", event="slot task", **ours))["outcome"] == "done"
    assert (await line_with(logs / "core.log", event="job ended", **ours))["status"] == "succeeded"


async def test_an_upload_and_its_ingest_share_an_id(user: User, platform: RunningPlatform) -> None:
    headers = {"X-Request-Id": "trace-of-an-upload"}
    answer = await user.post(
        "/api/files/upload", files={"file": ("note.txt", b"An upload to be traced.")}, headers=headers
    )
    wanted = {"request_id": "trace-of-an-upload", "file_id": answer.json()["id"]}
    line = await line_with(platform.stack.home / "logs" / "core.log", within=20, event="file ingested", **wanted)
    assert line["status"] == "ready"


async def test_every_line_is_json_with_a_time_and_a_level(platform: RunningPlatform) -> None:
    for name in ("api", "core"):
        written = (platform.stack.home / "logs" / f"{name}.log").read_text().splitlines()
        assert written
        for line in written:
            assert {"event", "level", "timestamp", "logger"} <= json.loads(line).keys(), line
