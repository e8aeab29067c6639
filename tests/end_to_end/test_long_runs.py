"""A run of a thousand tools on a platform that runs: no history passes ten thousand events."""

import time
from itertools import pairwise

import pytest

from models.settings import Settings
from temporal import ids
from temporal.client import TemporalDoor
from tests.end_to_end.graphs import graph, node
from tests.end_to_end.test_runs import reaches
from tests.running_platform import User

CHAINS, LENGTH = 20, 50
MOST_EVENTS = 10_000


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_a_thousand_nodes_run_and_no_history_is_too_long(user: User, settings: Settings) -> None:
    names = [[f"c{chain}n{at}" for at in range(LENGTH)] for chain in range(CHAINS)]
    nodes = [node(name, "tool", credits=1) | {"tool": "sample-noop", "cache": False} for row in names for name in row]
    edges = [f"{a}.data > {b}.parameters.after" for row in names for a, b in pairwise(row)]
    began = time.monotonic()
    answer = await user.post("/api/runs", json={"graph": graph(*nodes, edges=edges)}, timeout=60)
    opened = time.monotonic() - began
    assert answer.status_code == 202, answer.text
    run_id = answer.json()["id"]
    found = await reaches(user, run_id, "succeeded", within=550)
    taken = time.monotonic() - began
    assert (found["credits"]["used"], len(nodes)) == (1000, 1000)
    client = await TemporalDoor(settings, lazy=False).client()
    name = ids.of_run(run_id)
    lengths = [
        (await client.get_workflow_handle(name, run_id=each.run_id).describe()).history_length
        async for each in client.list_workflows(f"WorkflowId = '{name}'")
    ]
    print(f"accepted after {opened:.1f} s, ended after {taken:.0f} s, histories of {sorted(lengths)} events")
    assert max(lengths) < MOST_EVENTS
