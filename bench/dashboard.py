"""How long the first page takes with a million jobs of one account, beside counting those jobs once.

Run ``python -m bench.dashboard``. The jobs are written by SQL into the real PostgreSQL, spread evenly over 90 days to
this moment, with an output file each in the last two days; the days that are over are summed as the sweep does. The
page is asked for over HTTP of the real API; the bare COUNT goes over a connection of its own, in turns with it.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from models.repositories.model_use import ModelUse
from models.repositories.usage import UsageBook
from models.session import Database
from tests.conftest import stack_settings
from tests.running_platform import RunningPlatform, User
from workers.embedded.stack import Stack

from .report import write_section

JOBS = text(
    """
    INSERT INTO jobs (id, account_id, user_id, tool_id, tool_version, queue, timeout, status, inputs, parameters, held,
                      used, outputs, model, created_at, started_at, completed_at)
    SELECT 'job_' || lpad(to_hex(n), 32, '0'), :account, :user, 'tool-' || n % 30, '1', 'media', 60,
        CASE WHEN n % 20 = 0 THEN 'failed' WHEN n % 33 = 0 THEN 'canceled' ELSE 'succeeded' END,
        '{"files": {}, "texts": {}, "many": []}', '{"width": 1024, "height": 1024, "style": "plain"}', 0,
        CASE WHEN n % 20 = 0 THEN 0 ELSE n % 7 END,
        CAST(CASE WHEN :filed <= n THEN '[{"name": "image"}]' ELSE '[]' END AS jsonb),
        CASE WHEN n % 3 = 0 THEN 'preset-' || n % 800 END,
        ended - interval '5 seconds', ended - interval '3 seconds', ended
    FROM (SELECT n, now() - (:jobs - n) * (interval '90 days' / :jobs) AS ended
          FROM generate_series(1, CAST(:jobs AS integer)) AS n) AS made
    """
)
BLOBS = text(
    """
    INSERT INTO blobs (account_id, sha256, size, status)
    SELECT :account, md5(CAST(n AS text)), 100000, 'stored'
    FROM generate_series(CAST(:filed AS integer), CAST(:jobs AS integer)) AS n
    """
)
FILES = text(
    """
    INSERT INTO files (id, account_id, job_id, filename, original_filename, size, mime_type, kind, sha256, ingested_at)
    SELECT 'file_' || lpad(to_hex(n), 32, '0'), :account, 'job_' || lpad(to_hex(n), 32, '0'), 'a.png', 'a.png', 100000,
        'image/png', 'image', md5(CAST(n AS text)), now()
    FROM generate_series(CAST(:filed AS integer), CAST(:jobs AS integer)) AS n
    """
)
USES = "the count of the uses of models, once a minute"
COUNT = text("SELECT count(*) FROM jobs WHERE account_id = :account")


async def fill(database: Database, user: User, jobs: int) -> tuple[float, int]:
    """Write the jobs and sum the days that are over; seconds for a day's sum, and how many days there were."""
    values = {"account": user.account_id, "user": user.user_id, "jobs": jobs, "filed": jobs - jobs * 2 // 90}
    for statement in (JOBS, BLOBS, FILES):
        async with database.transaction() as session:
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            await session.execute(statement, values)
    async with database.engine.connect() as connection:  # outside of a transaction
        await connection.execute(text("VACUUM ANALYZE"))
    days, began = 0, time.monotonic()
    while True:
        async with database.transaction() as session:
            if await UsageBook(session).roll_due(datetime.now(UTC)) is None:
                return (time.monotonic() - began) / max(1, days), days
        days += 1


async def timed(call: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await call()
    return (time.perf_counter() - began) * 1000


async def measure(jobs: int, turns: int) -> str:
    with tempfile.TemporaryDirectory() as home:
        stack = Stack(stack_settings(Path(home)))
        await stack.start()
        running = RunningPlatform(stack, stack.settings(), {"SWEEP_INTERVAL": "3600"})
        database = Database(stack.settings())
        try:
            await running.start(())
            user = await User.register(running.url)
            day, days = await fill(database, user, jobs)

            async def counted() -> None:
                async with database.transaction() as session:
                    found = await session.execute(COUNT, {"account": user.account_id})
                    assert found.scalar_one() == jobs

            async def used() -> None:
                async with database.transaction() as session:
                    assert await ModelUse(session).uses()

            async def asked(path: str) -> None:
                answer = await user.get(f"/api/users/me/{path}")
                assert answer.status_code == 200 and answer.content, answer.text

            pages: dict[str, list[float]] = {
                path: [] for path in ("dashboard", "analytics?days=90", "analytics/export?days=90&format=xlsx")
            }
            models: list[float] = []
            bare: list[float] = []
            for turn in range(turns + 3):
                times = {path: await timed(lambda path=path: asked(path)) for path in pages}  # type: ignore[misc]
                count = await timed(counted)
                uses = await timed(used)
                if turn >= 3:  # the first warm everything up
                    bare.append(count)
                    models.append(uses)
                    for path, took in times.items():
                        pages[path].append(took)
            await user.aclose()
        finally:
            await database.close()
            await running.stop(())
            await stack.stop()
    lines = [
        "| | median ms | p95 ms | it / bare COUNT |",
        "|---|---|---|---|",
        f"| bare COUNT of the account's jobs | {middle(bare):.1f} | {late(bare):.1f} | 1.00 |",
    ]
    lines += [
        f"| {path} | {middle(took):.1f} | {late(took):.1f} | {middle(took) / middle(bare):.2f} |"
        for path, took in [*(("GET /" + path, took) for path, took in pages.items()), (USES, models)]
    ]
    return (
        "\n".join(lines)
        + f"\n\n{jobs:,} jobs of one account in 90 days. The sum of a day took {day * 1000:.0f} ms ({days} days)."
    )


def middle(times: list[float]) -> float:
    return statistics.median(times)


def late(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=40)
    options = parser.parse_args()
    table = asyncio.run(measure(options.jobs, options.turns))
    print(table)
    command = f"`python -m bench.dashboard --jobs {options.jobs} --turns {options.turns}`"
    write_section("dashboard", f"{command}\n\n{table}")


if __name__ == "__main__":
    main()
