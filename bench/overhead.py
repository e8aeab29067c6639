"""What a job costs beyond Temporal itself: a no-op tool over HTTP beside a bare one-activity workflow, in one run.

Run ``python -m bench.overhead``. Both use the same server and the same worker options; the bare workflow's activity is
on a second queue, too, and nothing is started eagerly. CPU is that of every process involved, read from the kernel.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil
from temporalio.client import Client

from temporal import ids
from temporal.client import TemporalDoor
from tests.conftest import stack_settings
from tests.running_platform import RunningPlatform, User
from workers.embedded.program import Program
from workers.embedded.stack import Stack

from .bare import BARE_WORKFLOWS, Bare
from .report import write_section


@dataclass
class Measured:
    """Times in milliseconds (``unwaited``: the start of what nobody waits for), CPU-milliseconds a job, jobs/s."""

    start: list[float] = field(default_factory=list)
    unwaited: list[float] = field(default_factory=list)
    done: list[float] = field(default_factory=list)
    cpu: float = 0.0
    rate: float = 0.0
    events: int = 0
    parts: list[float] = field(default_factory=list)


def cpu_of(processes: list[psutil.Process]) -> float:
    """CPU-seconds that these processes and all their descendants have used."""
    total = 0.0
    for process in processes:
        for each in [process, *process.children(recursive=True)]:
            times = each.cpu_times()
            total += times.user + times.system
    return total


async def measure_bare(client: Client, parties: list[psutil.Process], jobs: int) -> Measured:
    measured = Measured()

    async def one(number: int) -> None:
        sent = time.time()
        name = f"bare-{number}-{sent}"
        began = await client.execute_workflow(Bare.run, number, id=name, task_queue=BARE_WORKFLOWS)
        measured.start.append((began - sent) * 1000)
        measured.done.append((time.time() - sent) * 1000)
        measured.events = await history_length(client, name) if number == 0 else measured.events

    await run_phases(measured, one, parties, jobs)
    return measured


async def measure_jobs(client: Client, user: User, parties: list[psutil.Process], jobs: int) -> Measured:
    measured = Measured()

    async def one(number: int) -> None:
        sent = time.time()
        answer = await user.execute("sample-noop", headers={"Prefer": "wait=30"}, credits=1)
        job = answer.json()
        assert job["status"] == "succeeded", job
        measured.start.append((datetime.fromisoformat(job["started_at"]).timestamp() - sent) * 1000)
        measured.done.append((time.time() - sent) * 1000)
        if number == 0:
            measured.events = await history_length(client, ids.of_job(job["id"]))

    await run_phases(measured, one, parties, jobs)
    measured.unwaited = [await unwaited(user) for _ in range(jobs)]
    return measured


async def unwaited(user: User) -> float:
    """Milliseconds from the request to the start of a job whose end nobody waits for; it is looked at later."""
    sent = time.time()
    job = (await user.execute("sample-noop", credits=1)).json()
    while job["completed_at"] is None:
        await asyncio.sleep(0.2)
        job = (await user.get(f"/api/jobs/{job['id']}")).json()
    return (datetime.fromisoformat(job["started_at"]).timestamp() - sent) * 1000


async def run_phases(measured: Measured, one, parties: list[psutil.Process], jobs: int) -> None:  # type: ignore[no-untyped-def]
    """One after another for the latencies, then many at once for rate and CPU."""
    for number in range(jobs):
        await one(number)
    latencies = (measured.start[5:], measured.done[5:])
    gate = asyncio.Semaphore(8)

    async def gated(number: int) -> None:
        async with gate:
            await one(number)

    before, cpu, began = [cpu_of([each]) for each in parties], cpu_of(parties), time.monotonic()
    await asyncio.gather(*(gated(number) for number in range(1, 2 * jobs + 1)))
    measured.rate = 2 * jobs / (time.monotonic() - began)
    measured.cpu = (cpu_of(parties) - cpu) / (2 * jobs) * 1000
    measured.parts = [(cpu_of([each]) - was) / (2 * jobs) * 1000 for each, was in zip(parties, before, strict=True)]
    measured.start, measured.done = latencies
    measured.unwaited = measured.start


async def history_length(client: Client, workflow_id: str) -> int:
    """Events of a finished workflow's history."""
    return len((await client.get_workflow_handle(workflow_id).fetch_history()).events)


async def compare(jobs: int, rounds: int) -> str:
    with tempfile.TemporaryDirectory() as home:
        stack = Stack(stack_settings(Path(home)))
        await stack.start()
        running = RunningPlatform(stack, stack.settings(), {"SLOTS": "2", "SWEEP_INTERVAL": "60"})
        environment = {**running.environment}
        pools = ("core", "media")
        try:
            await running.start(pools)
            argv = [sys.executable, "-m", "bench.bare_worker"]
            await stack.supervisor.start(Program("bare", argv, environment, Path.cwd()))
            client = await TemporalDoor(stack.settings(), lazy=False).client()
            user = await User.register(running.url)
            me = psutil.Process(os.getpid())
            pid = stack.supervisor.pid
            names = [name for name in stack.supervisor.names if name != "bare"]
            ours = [psutil.Process(pid(name)) for name in names]
            theirs = [psutil.Process(pid(name)) for name in ("temporal", "bare")]
            pairs = []
            for number in range(rounds + 1):
                pair = (
                    await measure_bare(client, [*theirs, me_only(me)], jobs),
                    await measure_jobs(client, user, ours, jobs),
                )
                if number:  # the first round warms everything up
                    pairs.append(pair)
            await user.aclose()
        finally:
            await running.stop(pools)
            await stack.stop()
    return table(pairs) + breakdown(names, pairs[-1][1])


def me_only(me: psutil.Process) -> psutil.Process:
    """The bare form has its client in this process; ours has it in the API. Counted without children."""

    class Alone(psutil.Process):
        def children(self, recursive: bool = False) -> list[psutil.Process]:
            return []

    return Alone(me.pid)


def table(pairs: list[tuple[Measured, Measured]]) -> str:
    """Medians over the rounds and their ratio."""

    def middle(which: int, of) -> float:  # type: ignore[no-untyped-def]
        return statistics.median(of(pair[which]) for pair in pairs)

    def p95(values: list[float]) -> float:
        return statistics.quantiles(values, n=20)[-1]

    rows = {
        "submit → activity start, p50 (ms)": lambda m: statistics.median(m.start),
        "submit → activity start, p95 (ms)": lambda m: p95(m.start),
        "submit → activity start without waiting, p50 (ms)": lambda m: statistics.median(m.unwaited),
        "submit → done, p50 (ms)": lambda m: statistics.median(m.done),
        "submit → done, p95 (ms)": lambda m: p95(m.done),
        "jobs/s, 8 at once": lambda m: m.rate,
        "CPU-ms a job, every process": lambda m: m.cpu,
        "history events": lambda m: m.events,
    }
    lines = ["| | bare workflow | job over HTTP | ratio |", "|---|---|---|---|"]
    for name, of in rows.items():
        theirs, ours = middle(0, of), middle(1, of)
        lines.append(f"| {name} | {theirs:.1f} | {ours:.1f} | {ours / theirs:.2f} |")
    return "\n".join(lines)


def breakdown(names: list[str], ours: Measured) -> str:
    """Where a job's CPU goes, by process."""
    parts = ", ".join(f"{name} {cpu:.1f}" for name, cpu in zip(names, ours.parts, strict=True))
    return f"\n\nCPU-ms of a job by process: {parts}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    text = asyncio.run(compare(options.jobs, options.rounds))
    print(text)
    write_section("overhead", f"`python -m bench.overhead --jobs {options.jobs} --rounds {options.rounds}`\n\n{text}")


if __name__ == "__main__":
    main()
