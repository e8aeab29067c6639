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

from models.payloads.tool_runs import Moved
from temporal import ids
from temporal.client import TemporalDoor
from temporal.queues import pool_queue
from tests.conftest import stack_settings
from tests.end_to_end.graphs import echo, given, node, result
from tests.end_to_end.graphs import graph as drawn
from tests.end_to_end.test_paying import current, pay, until
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


async def moved(client: Client, user: User, tool: str, **parameters: object) -> str:
    """A job that an operator moves while it runs."""
    job_id = await user.job(tool, {"text": "x"} if tool == "sample-echo" else {}, **parameters)
    await user.reaches(job_id, ("running",))
    await asyncio.sleep(0.5)
    wanted = Moved(queue=pool_queue("inference"), timeout=99)
    await client.get_workflow_handle(ids.of_job(job_id)).signal("move", wanted)
    return ids.of_job(job_id)


async def tool_moved(platform: RunningPlatform, client: Client, user: User) -> str:
    return await moved(client, user, "sample-echo", seconds=2)


async def chunked_moved(platform: RunningPlatform, client: Client, user: User) -> str:
    return await moved(client, user, "sample-chunks", chunks=6, seconds=1)


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


async def run_of(user: User, graph: dict[str, Any], **inputs: object) -> str:
    """Begin a run and return its id."""
    answer = await user.post("/api/runs", json={"graph": graph, "inputs": inputs})
    return str(answer.json()["id"])


async def run_succeeded(platform: RunningPlatform, client: Client, user: User) -> str:
    inner = drawn(given("item", "json"), node("more", "transform", expression="value * 2.0"), result("doubled"),
                  edges=["item > more.value", "more.result > doubled"])  # fmt: skip
    outer = drawn(
        given("number", "json"), node("grow", "loop", inner, until="value >= 10.0"), node("rest", "wait", seconds=1),
        node("ask", "condition", expression="value > 0.0"), echo("say", inputs={"text": "recorded"}), result("grown"),
        edges=["number > grow", "grow > rest", "rest > ask", "ask.true > say.parameters.seconds", "say > grown"],
    )  # fmt: skip
    return ids.of_run(await run_of(user, outer, number=0.1))


async def run_approved(platform: RunningPlatform, client: Client, user: User) -> str:
    asked = drawn(given("words"), node("ask", "approval"), result("text"), edges=["words > ask", "ask.approved > text"])
    run_id = await run_of(user, asked, words="x")
    while (await user.get(f"/api/runs/{run_id}")).json()["status"] != "waiting":  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    await user.post(f"/api/runs/{run_id}/steps/ask/approve", json={"approved": True})
    return ids.of_run(run_id)


async def run_failed(platform: RunningPlatform, client: Client, user: User) -> str:
    bad = echo("bad", parameters={"crash": True}, retry={"attempts": 2, "wait": 1})
    graph = drawn(given("words"), bad, echo("slow", 60), edges=["words > bad.text", "words > slow.text"])
    return ids.of_run(await run_of(user, graph, words="failing"))


async def run_canceled(platform: RunningPlatform, client: Client, user: User) -> str:
    run_id = await run_of(user, drawn(given("words"), echo("slow", 100), edges=["words > slow.text"]), words="long")
    await asyncio.sleep(2)
    await user.post(f"/api/runs/{run_id}/cancel")
    return ids.of_run(run_id)


async def mapped(user: User, on_error: str) -> str:
    """A map over three rows, of which the second fails; returns the run's id."""
    inner = drawn(given("item", "json"), echo("say", inputs={"text": "recorded row"}), result("said"),
                  edges=["item > say.parameters.fail", "say > said"])  # fmt: skip
    each = node("each", "map", inner, on_error=on_error, concurrency=2)
    graph = drawn(given("rows", "json", many=True), each, result("all"), edges=["rows > each", "each.items > all"])
    return await run_of(user, graph, rows=[False, True, False])


async def run_mapped(platform: RunningPlatform, client: Client, user: User) -> str:
    return ids.of_run(await mapped(user, "stop"))


async def section(platform: RunningPlatform, client: Client, user: User) -> str:
    run_id = await mapped(user, "skip")
    while (await user.get(f"/api/runs/{run_id}")).json()["completed_at"] is None:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return ids.of_section(run_id, "each", 0)


async def fired(user: User, **more: Any) -> str:
    """Trigger an automation by hand; returns its workflow's id."""
    body = {"name": "recorded", "tool_id": "sample-echo", "trigger": {"type": "hook"}, **more}
    automation = (await user.post("/api/automations", json=body)).json()["id"]
    firing = (await user.post(f"/api/automations/{automation}/trigger", json={})).json()["id"]
    return ids.of_firing(firing)


async def automation_run(platform: RunningPlatform, client: Client, user: User) -> str:
    return await fired(user, inputs={"text": "recorded firing"}, parameters={"seconds": 1})


async def automation_skipped(platform: RunningPlatform, client: Client, user: User) -> str:
    return await fired(user, inputs={"text": "x"}, condition="false")


async def automation_debounced(platform: RunningPlatform, client: Client, user: User) -> str:
    body = {"name": "quiet", "tool_id": "sample-noop", "trigger": {"type": "hook"}, "policies": {"debounce": 1}}
    hook = (await user.post("/api/automations", json=body)).json()["hook"]["url"]
    return ids.of_firing((await user.post(hook, json={})).json()["firing_id"])


async def automation_scheduled(platform: RunningPlatform, client: Client, user: User) -> str:
    """One whose run the next one cancels."""
    trigger = {"type": "schedule", "cron": "0 0 1 * *", "overlap": "cancel_other"}
    body = {"name": "late", "tool_id": "sample-echo", "inputs": {"text": "x"}, "parameters": {"seconds": 60}}
    automation = (await user.post("/api/automations", json={**body, "trigger": trigger})).json()["id"]
    month = {"from": "2027-02-15T00:00:00Z", "to": "2027-03-15T00:00:00Z"}
    await user.post(f"/api/automations/{automation}/backfill", json=month)
    while True:
        found = (await user.get(f"/api/automations/{automation}/runs")).json()["data"]
        if found and found[0]["run_status"] == "running":
            break
        await asyncio.sleep(0.1)
    async for run in client.list_workflows("WorkflowType = 'AutomationRun' AND ExecutionStatus = 'Running'"):
        if run.id.startswith(ids.SCHEDULES + automation):
            await client.get_workflow_handle(run.id).cancel()
            return run.id
    raise AssertionError("no schedule has run")


async def batch_of(user: User, **body: Any) -> str:
    """Open a batch and return its id."""
    return str((await user.post("/api/batches", json=body)).json()["id"])


async def batch_ended(user: User, batch_id: str) -> None:
    while (await user.get(f"/api/batches/{batch_id}")).json()["completed_at"] is None:  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def batch_of_tool(platform: RunningPlatform, client: Client, user: User) -> str:
    rows = [{"text": f"row {at}", "seconds": 0, "fail": at == 3} for at in range(60)]
    return ids.of_batch(await batch_of(user, tool_id="sample-echo", rows=rows), 1)


async def batch_paused(platform: RunningPlatform, client: Client, user: User) -> str:
    batch_id = await batch_of(user, tool_id="sample-echo", rows=[{"text": "slow", "seconds": 0.3}] * 12)
    await asyncio.sleep(1)
    await user.post(f"/api/batches/{batch_id}/pause")
    await asyncio.sleep(1)
    await user.post(f"/api/batches/{batch_id}/resume")
    return ids.of_batch(batch_id, 1)


async def batch_canceled(platform: RunningPlatform, client: Client, user: User) -> str:
    batch_id = await batch_of(user, tool_id="sample-echo", rows=[{"text": "long", "seconds": 60}] * 3)
    await asyncio.sleep(1)
    await user.post(f"/api/batches/{batch_id}/cancel")
    return ids.of_batch(batch_id, 1)


async def batch_of_pipeline(platform: RunningPlatform, client: Client, user: User) -> str:
    graph = drawn(given("words"), given("bad", "boolean"), echo("say"), result("said"),
                  edges=["words > say.text", "bad > say.parameters.fail", "say > said"])  # fmt: skip
    rows = [{"words": f"line {at}", "bad": at == 2} for at in range(5)]
    return ids.of_batch(await batch_of(user, graph=graph, rows=rows, concurrency=2), 1)


async def batch_packed(platform: RunningPlatform, client: Client, user: User) -> str:
    batch_id = await batch_of(user, tool_id="sample-echo", rows=[{"text": "packed", "seconds": 0}])
    await batch_ended(user, batch_id)
    await user.get(f"/api/batches/{batch_id}/results")
    return ids.of_results(batch_id, 1)


async def subscription_canceled(platform: RunningPlatform, client: Client, user: User) -> str:
    """Paid, made better, and ended at once."""
    made = (await user.post("/api/subscriptions", json={"plan_id": "pro"})).json()
    await pay(made["url"])
    await until(lambda: current(user), lambda seen: seen["plan_id"] == "pro")
    await user.patch(f"/api/subscriptions/{made['id']}", json={"plan_id": "enterprise"})
    await user.delete(f"/api/subscriptions/{made['id']}")
    return ids.of_subscription(made["id"])


async def subscription_by_link(platform: RunningPlatform, client: Client, user: User) -> str:
    """Paid by an invoice's link; a wish that is refused; ended."""
    body = {"plan_id": "pro", "payment_method": "alipay", "currency": "CNY"}
    made = (await user.post("/api/subscriptions", json=body)).json()
    path = f"/api/subscriptions/{made['id']}"
    await user.patch(path, json={"paused": True})
    await pay(made["url"])
    await until(lambda: current(user), lambda seen: seen["plan_id"] == "pro")
    await user.delete(path)
    return ids.of_subscription(made["id"])


async def purchase_paid(platform: RunningPlatform, client: Client, user: User) -> str:
    body = {"pack_id": "pack_1000", "currency": "USD"}
    made = (await user.post("/api/checkout/create-session", json=body)).json()
    await pay(made["url"])
    return ids.of_purchase(made["id"])


async def reconciled(platform: RunningPlatform, client: Client, user: User) -> str:
    """The first run of its schedule."""
    handle = client.get_schedule_handle(ids.RECONCILE)
    await handle.trigger()
    while not (found := (await handle.describe()).info.recent_actions):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return str(found[0].action.workflow_id)


RECORDERS: dict[str, Recorder] = {
    "subscription_canceled": subscription_canceled,
    "subscription_by_link": subscription_by_link,
    "purchase_paid": purchase_paid,
    "reconcile": reconciled,
    "batch_of_tool": batch_of_tool,
    "batch_paused": batch_paused,
    "batch_canceled": batch_canceled,
    "batch_of_pipeline": batch_of_pipeline,
    "batch_results": batch_packed,
    "tool_run_succeeded": succeeded,
    "tool_run_failed": failed,
    "tool_run_canceled": canceled,
    "tool_run_chunked": chunked,
    "tool_run_chunked_canceled": chunked_canceled,
    "tool_run_moved": tool_moved,
    "tool_run_chunked_moved": chunked_moved,
    "pipeline_run_succeeded": run_succeeded,
    "pipeline_run_approved": run_approved,
    "pipeline_run_failed": run_failed,
    "pipeline_run_canceled": run_canceled,
    "pipeline_run_mapped": run_mapped,
    "pipeline_section": section,
    "automation_run": automation_run,
    "automation_run_skipped": automation_skipped,
    "automation_run_debounced": automation_debounced,
    "automation_run_scheduled": automation_scheduled,
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
