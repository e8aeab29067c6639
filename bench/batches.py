"""What a batch saves: rows of a 1 ms tool by chunks beside one workflow a row, in one run on the same stack.

Run ``python -m bench.batches``. A row without the batch is a job as the API opens it; both are charged row by row.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from models.ids import new_id
from models.repositories.credits import Credits
from models.session import Database
from temporal import ids
from temporal.client import TemporalDoor
from tests.conftest import stack_settings
from tests.running_platform import RunningPlatform, User
from workers.embedded.stack import Stack

from .overhead import history_length
from .report import write_section

TOOLS: dict[str, dict[str, Any]] = {
    "sample-noop": {"parameters": {"credits": 1}},
    "sample-echo": {"inputs": {"text": "a row"}, "parameters": {"seconds": 0.001}},
}
WORDS = {"sample-noop": "no output", "sample-echo": "1 ms and a file each"}
AT_ONCE = 16
POOLS = ("core", "media")


async def by_jobs(user: User, tool: str, rows: int) -> float:
    """Rows a second, each a workflow of its own; they are all submitted before the first is asked for."""
    gate, began = asyncio.Semaphore(AT_ONCE), time.monotonic()

    async def one() -> None:
        async with gate:
            answer = await user.post(
                f"/api/tools/{tool}/execute", json=TOOLS[tool], headers={"Prefer": "wait=60"}, timeout=90
            )
            assert answer.json()["status"] == "succeeded", answer.text

    await asyncio.gather(*(one() for _ in range(rows)))
    return rows / (time.monotonic() - began)


async def by_batch(user: User, tool: str, rows: int) -> tuple[float, str]:
    """Rows a second from the upload's end to the last row's, and the batch's id."""
    column = "credits" if tool == "sample-noop" else "text"
    table = f"{column}\n" + "1\n" * rows
    file = (await user.post("/api/files/upload", files={"file": ("rows.csv", table.encode())})).json()["id"]
    body = {"tool_id": tool, "file": file, "parameters": TOOLS[tool]["parameters"]}
    began = time.monotonic()
    answer = await user.post("/api/batches", json=body, headers={"Prefer": "wait=60"}, timeout=120)
    batch = answer.json()
    while batch.get("status") not in ("succeeded", "failed", "canceled"):
        assert answer.status_code in (200, 202), answer.text
        await asyncio.sleep(0.2)
        batch = (await user.get(f"/api/batches/{batch['id']}")).json()
    assert batch["rows"]["succeeded"] == rows, batch
    return rows / (time.monotonic() - began), str(batch["id"])


async def compare(rows: int, jobs: int, rounds: int) -> str:
    with tempfile.TemporaryDirectory() as home:
        stack = Stack(stack_settings(Path(home)))
        await stack.start()
        running = RunningPlatform(stack, stack.settings(), {"SLOTS": "2", "SWEEP_INTERVAL": "60"})
        database = Database(stack.settings())
        try:
            await running.start(POOLS)
            client = await TemporalDoor(stack.settings(), lazy=False).client()
            user = await User.register(running.url)
            async with database.transaction() as session:
                gift = new_id("transfer")
                await Credits(session).grant(user.account_id, 10_000_000, source="bench", transfer_id=gift)
            lines = [
                "| | one workflow a row, rows/s | batch, rows/s | ratio | history events |",
                "|---|---|---|---|---|",
            ]
            for tool in TOOLS:
                await by_jobs(user, tool, 20)  # warms everything up
                pairs = []
                for _ in range(rounds):
                    alone = await by_jobs(user, tool, jobs)
                    together, batch_id = await by_batch(user, tool, rows)
                    pairs.append((alone, together))
                events = await history_length(client, ids.of_batch(batch_id, 1))
                alone, together = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
                ratio = statistics.median(pair[1] / pair[0] for pair in pairs)
                lines.append(f"| {rows} rows, {WORDS[tool]} | {alone:.1f} | {together:.0f} | {ratio:.1f} | {events} |")
            await user.aclose()
        finally:
            await database.close()
            await running.stop(POOLS)
            await stack.stop()
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    text = asyncio.run(compare(options.rows, options.jobs, options.rounds))
    print(text)
    command = f"`python -m bench.batches --rows {options.rows} --jobs {options.jobs} --rounds {options.rounds}`"
    write_section("batches", f"{command}\n\n{text}")


if __name__ == "__main__":
    main()
