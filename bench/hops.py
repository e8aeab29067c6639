"""What a step of a pipeline costs beyond Temporal itself: a chain of no-op tools beside a chain of bare children.

Run ``python -m bench.hops``. Both use the same server, the same worker options and the same number of transactions in
the parent; the bare child's activity is on a second queue. The step cache is off. Ratios of paired runs count.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from temporalio.client import Client

from models.graphs.graph import Graph
from models.graphs.validation import validate
from temporal.client import TemporalDoor
from tests.conftest import stack_settings
from tests.running_platform import RunningPlatform, User
from workers.embedded.program import Program
from workers.embedded.stack import Stack

from .bare import BARE_WORKFLOWS, BareChain
from .report import write_section

NODES = 1_000


def chain(hops: int) -> dict[str, Any]:
    """No-op tools one after the other."""
    nodes = [
        {"id": f"s{at}", "type": "tool", "tool": "sample-noop", "parameters": {"credits": 1}, "cache": False}
        for at in range(hops)
    ]
    edges = [
        {"from": f"s{at}", "from_port": "data", "to": f"s{at + 1}", "to_port": "parameters.after"}
        for at in range(hops - 1)
    ]
    return {"nodes": nodes, "edges": edges}


async def bare_seconds(client: Client, hops: int) -> float:
    began = time.monotonic()
    name = f"chain-{time.time()}"
    await client.execute_workflow(BareChain.run, hops, id=name, task_queue=BARE_WORKFLOWS)
    return time.monotonic() - began


async def run_seconds(url: str, hops: int) -> float:
    user = await User.register(url)
    began = time.monotonic()
    answer = await user.post("/api/runs", json={"graph": chain(hops)}, headers={"Prefer": "wait=60"})
    seconds = time.monotonic() - began
    assert answer.json()["status"] == "succeeded", answer.text
    await user.aclose()
    return seconds


def validation_milliseconds() -> float:
    """The median of validating a graph of a thousand nodes."""
    from activities.graph_tools import GraphTools
    from activities.tools import discover

    tools = GraphTools(discover(["tests.sample_tools"]), frozenset())
    graph = Graph.model_validate(chain(NODES))
    taken = []
    for _ in range(5):
        began = time.monotonic()
        assert not validate(graph, tools)
        taken.append((time.monotonic() - began) * 1000)
    return statistics.median(taken)


async def compare(hops: int, rounds: int) -> str:
    with tempfile.TemporaryDirectory() as home:
        stack = Stack(stack_settings(Path(home)))
        await stack.start()
        running = RunningPlatform(stack, stack.settings(), {"SLOTS": "2", "SWEEP_INTERVAL": "60"})
        pools = ("core", "media")
        try:
            await running.start(pools)
            argv = [sys.executable, "-m", "bench.bare_worker"]
            await stack.supervisor.start(Program("bare", argv, {**running.environment}, Path.cwd()))
            client = await TemporalDoor(stack.settings(), lazy=False).client()
            pairs = []
            for number in range(rounds + 1):
                pair = (await bare_seconds(client, hops), await run_seconds(running.url, hops))
                if number:  # the first round warms everything up
                    pairs.append(pair)
        finally:
            await running.stop(pools)
            await stack.stop()
    bare, ours = (statistics.median(pair[at] for pair in pairs) / hops * 1000 for at in (0, 1))
    ratio = statistics.median(pair[1] / pair[0] for pair in pairs)
    return (
        "| | bare | ours | ratio |\n|---|---|---|---|\n"
        f"| a hop in a chain of {hops} (ms) | {bare:.1f} | {ours:.1f} | {ratio:.2f} |\n\n"
        f"A graph of {NODES} nodes is validated in {validation_milliseconds():.0f} ms."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hops", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    text = asyncio.run(compare(options.hops, options.rounds))
    print(text)
    write_section("hops", f"`python -m bench.hops --hops {options.hops} --rounds {options.rounds}`\n\n{text}")


if __name__ == "__main__":
    main()
