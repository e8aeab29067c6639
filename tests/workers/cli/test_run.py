"""A tool from the shell: files up, progress, results down, and each way in which it can end."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.running_platform import RunningPlatform, User
from tests.workers.cli.conftest import Workshop, start

TEXT = ("-i", "text=你好")


async def test_a_text_goes_through_a_tool(signed_in: Workshop, tmp_path: Path) -> None:
    arguments = ("run", "sample-echo", *TEXT, "-p", "seconds=0.2", "-o", tmp_path / "out", "--json")
    first, second = await signed_in(*arguments), await signed_in(*arguments)
    assert first.code == 0, first.err
    assert first.document["job"]["credits"] == {"held": 0, "used": 3}
    results = [Path(each.document["files"][0]) for each in (first, second)]
    assert results[0] != results[1]
    assert [path.read_text() for path in results] == ["你好", "你好"]
    assert {path.parent for path in results} == {tmp_path / "out"}


async def test_people_see_the_job_and_its_price(signed_in: Workshop, tmp_path: Path) -> None:
    ended = await signed_in("run", "sample-echo", *TEXT, "-p", "seconds=0", "-o", tmp_path, "--lang", "en")
    assert (ended.code, "3 credits used" in ended.out, "Job job_" in ended.out) == (0, True, True), ended.err


async def test_a_quote_runs_nothing(signed_in: Workshop) -> None:
    ended = await signed_in("run", "sample-echo", *TEXT, "--quote", "--json")
    assert (ended.code, ended.document["credits"]) == (0, 3)
    assert (await signed_in("jobs", "list", "--json")).document["data"] == []


async def test_a_photo_goes_up(signed_in: Workshop, user: User) -> None:
    photo = Path(__file__).parents[3] / "workers" / "sample.jpg"
    ended = await signed_in("run", "background-replace", photo, "--quote", "--json")
    assert ended.code == 0, ended.err
    uploaded = (await user.get("/api/files")).json()["data"]
    assert [each["file_size"] for each in uploaded] == [photo.stat().st_size]


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("sample-echo", *TEXT, "-p", "seconds=0", "-p", "fail=true"), 1, "invalid_input"),
        (("sample-echo", *TEXT, "-p", "second=0"), 2, "usage"),
        (("sample-echo",), 2, "usage"),
        (("sample-noop", "-p", "credits=1000"), 0, None),
        (("no-such-tool",), 1, "not_found"),
    ],
)
async def test_exit_codes(
    signed_in: Workshop, tmp_path: Path, arguments: tuple[str, ...], code: int, named: str | None
) -> None:
    ended = await signed_in("run", *arguments, "-o", tmp_path, "--json")
    assert ended.code == code, ended.err
    assert named is None or ended.problem["code"] == named


async def test_without_credits(signed_in: Workshop) -> None:
    assert (await signed_in("run", "sample-noop", "-p", "credits=1000")).code == 0
    poor = await signed_in("run", "sample-noop", "-p", "credits=1", "--json")
    assert (poor.code, poor.problem["code"]) == (4, "insufficient_credits")


async def test_ctrl_c_cancels_the_job(signed_in: Workshop, environment: dict[str, str], user: User) -> None:
    process = await start(environment, "run", "sample-echo", *TEXT, "-p", "seconds=100", "--lang", "en")
    assert process.stdout is not None
    job_id = (await process.stdout.readline()).decode().split()[-1]
    await user.reaches(job_id, ("running",))
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 130
    assert (await user.ended(job_id))["status"] == "canceled"


async def test_a_job_that_somebody_else_cancels(signed_in: Workshop, environment: dict[str, str], user: User) -> None:
    process = await start(environment, "run", "sample-echo", *TEXT, "-p", "seconds=100", "--lang", "en")
    assert process.stdout is not None
    job_id = (await process.stdout.readline()).decode().split()[-1]
    assert (await signed_in("jobs", "cancel", job_id)).code == 0
    await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 6


async def test_a_run_outlives_the_api(
    signed_in: Workshop, environment: dict[str, str], platform: RunningPlatform, user: User, tmp_path: Path
) -> None:
    arguments = ("run", "sample-echo", *TEXT, "-p", "seconds=4", "-o", tmp_path / "out", "--lang", "en")
    process = await start(environment, *arguments)
    assert process.stdout is not None
    job_id = (await process.stdout.readline()).decode().split()[-1]
    await user.reaches(job_id, ("running",))
    platform.kill("api")
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err
    assert [path.read_text() for path in (tmp_path / "out").iterdir()] == ["你好"]


async def test_jobs_are_shown_and_tried_again(signed_in: Workshop, tmp_path: Path) -> None:
    ran = await signed_in("run", "sample-echo", *TEXT, "-p", "seconds=0", "-o", tmp_path, "--json")
    job_id = ran.document["job"]["id"]
    assert (await signed_in("jobs", "show", job_id, "--json")).document["status"] == "succeeded"
    again = await signed_in("jobs", "retry", job_id, "--json")
    assert (again.code, again.document["retried_from"]) == (0, job_id)
    listed = await signed_in("jobs", "list", "--json", "--tool", "sample-echo")
    assert {job["id"] for job in listed.document["data"]} == {job_id, again.document["id"]}


async def test_tools_are_listed_without_a_login(workshop: Workshop, api_url: str) -> None:
    listed = await workshop("tools", "list", "--server", api_url, "--json")
    assert "background-replace" in {tool["id"] for tool in listed.document["data"]}
    shown = await workshop("tools", "show", "background-replace", "--server", api_url, "--lang", "en")
    assert (shown.code, "image" in shown.out) == (0, True)
