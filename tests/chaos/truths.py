"""The five truths of the design, asked of everything that a platform has done so far."""

import asyncio
import time
from collections import Counter

from sqlalchemy import text
from temporalio.worker import Replayer

from temporal.ids import of_job
from temporal.plugin import workshop_plugin
from tests.chaos.disturbed_platform import DisturbedPlatform
from tests.running_platform import User, assert_ledger_is_exact
from workers.run import WORKFLOWS

SWEPT_WITHIN = 20.0


async def assert_five_truths(platform: DisturbedPlatform) -> None:
    """Whoever died, however often: this is what must be so once the jobs have ended."""
    await _assert_nothing_is_lost(platform)
    await assert_ledger_is_exact(platform.database)
    await _assert_strangers_see_nothing(platform)
    await _assert_no_orphans(platform)
    await _assert_histories_replay(platform)


async def _assert_nothing_is_lost(platform: DisturbedPlatform) -> None:
    still_open = await _rows(platform, "SELECT id, status FROM jobs WHERE status IN ('queued', 'running')")
    assert not still_open, f"jobs that have not ended: {still_open}"
    runs = await _rows(platform, "SELECT id, status FROM runs WHERE completed_at IS NULL")
    assert not runs, f"runs that have not ended: {runs}"


async def _assert_strangers_see_nothing(platform: DisturbedPlatform) -> None:
    stranger = await User.register(platform.url)
    files = await _rows(platform, "SELECT id FROM files ORDER BY created_at DESC LIMIT 3")
    jobs = await _rows(platform, "SELECT id FROM jobs ORDER BY created_at DESC LIMIT 3")
    paths = [f"/api/files/{file}" for (file,) in files] + [f"/api/files/{file}/content" for (file,) in files]
    for path in paths + [f"/api/jobs/{job}" for (job,) in jobs]:
        status = (await stranger.get(path)).status_code
        assert status == 404 or (status in {401, 403} and path.endswith("/content")), (path, status)
    await stranger.aclose()


async def _assert_no_orphans(platform: DisturbedPlatform) -> None:
    until = time.monotonic() + SWEPT_WITHIN
    while (left := await _orphans(platform)) and time.monotonic() < until:  # noqa: ASYNC110 - of another process
        await asyncio.sleep(0.2)
    assert not left, left


async def _orphans(platform: DisturbedPlatform) -> list[str]:
    """Objects without rows, rows without objects, pieces of jobs, files of attempts, children without a worker."""
    objects = {each.key async for each in platform.store.list("blobs/")}
    rows = await _rows(platform, "SELECT account_id, sha256, status FROM blobs")
    keys = {f"blobs/{account}/{sha256[:2]}/{sha256}": status for account, sha256, status in rows}
    pieces = [each.key async for each in platform.store.list("work/")]
    scratch = [
        str(path)
        for path in platform.settings.scratch_folder.glob("worker-*/**/*")
        if path.is_file() and path.name != "owner.lock"
    ]
    return [
        *(f"an object without a row: {key}" for key in objects - keys.keys()),
        *(
            f"a row without an object: {key}"
            for key, status in keys.items()
            if status == "stored" and key not in objects
        ),
        *(f"a piece of an ended job: {key}" for key in pieces),
        *(f"a file of an ended attempt: {path}" for path in scratch),
        *(f"a child that outlived its worker: {process}" for process in platform.bereaved()),
    ]


async def _assert_histories_replay(platform: DisturbedPlatform) -> None:
    """Also: each job had one workflow, and no workflow is stuck on an error of its own code."""
    client = await platform.client()
    runs = [each async for each in client.list_workflows("WorkflowType = 'ToolRun'")]
    repeated = [workflow_id for workflow_id, times in Counter(run.id for run in runs).items() if times > 1]
    assert not repeated, f"jobs with more than one workflow: {repeated}"
    jobs = {of_job(job) for (job,) in await _rows(platform, "SELECT id FROM jobs")}
    assert {run.id for run in runs} <= jobs, "workflows that are nobody's"
    runs += [each async for each in client.list_workflows("WorkflowType IN ('PipelineRun', 'PipelineSection')")]
    replayer = Replayer(workflows=WORKFLOWS, plugins=[workshop_plugin()])
    for run in runs:
        if run.run_id not in platform.replayed:
            handle = client.get_workflow_handle(run.id, run_id=run.run_id)
            await replayer.replay_workflow(await handle.fetch_history())
            platform.replayed.add(run.run_id)


async def _rows(platform: DisturbedPlatform, query: str) -> list[tuple[str, ...]]:
    async with platform.database.transaction() as session:
        return [tuple(row) for row in (await session.execute(text(query))).all()]
