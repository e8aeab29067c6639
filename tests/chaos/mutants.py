"""Planted mutants: each removes one safeguard of the product, and a named test must turn red.

``python -m tests.chaos.mutants`` tries them all, or those that are named, each in a temporary copy of the tree; the
exit code is 1 if one survives.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".workshop", ".cache", "__pycache__", "node_modules", "*.log")
PATIENCE = 280
KILLS = "tests/chaos/test_kills.py::test_a_kill_at_a_point_changes_nothing"
FENCE = "tests/chaos/test_fence.py::"
OUTAGES = "tests/chaos/test_outages.py::"
LEDGER = "tests/models/repositories/test_credits.py::"


@dataclass(frozen=True)
class Mutant:
    """``old`` stands exactly once in ``file``; with ``new`` in its place, ``test`` must fail."""

    name: str
    file: str
    old: str
    new: str
    test: str


MUTANTS = (
    Mutant(
        "transfers without their unique id",
        "models/migrations/versions/0002_rules.py",
        "    op.execute(SUMS_TO_ZERO)\n",
        '    op.execute(SUMS_TO_ZERO)\n    op.execute("ALTER TABLE transfers DROP CONSTRAINT pk_transfers CASCADE")\n',
        LEDGER + "test_a_repeated_grant_is_given_once",
    ),
    Mutant(
        "a hold that asks nobody",
        "models/repositories/credit_statements.py",
        "WHERE id = :account AND balance - held >= :amount RETURNING id",
        "WHERE id = :account RETURNING id",
        LEDGER + "test_64_clients_spend_one_balance_exactly",
    ),
    Mutant(
        "a hold that ends as often as it is told",
        "models/repositories/credit_statements.py",
        " AND holds.state = 'open'",
        "",
        LEDGER + "test_a_hold_that_is_posted_charges_what_was_used",
    ),
    Mutant(
        "an end that is not conditional",
        "models/repositories/jobs.py",
        "            .where(Job.id == job_id, OPEN_STATES)\n            .with_for_update(",
        "            .where(Job.id == job_id)\n            .with_for_update(",
        FENCE + "test_an_end_that_comes_twice_is_one",
    ),
    Mutant(
        "an end without a shield",
        "workflows/calls.py",
        "            await asyncio.shield(task)\n        except asyncio.CancelledError:\n            continue\n",
        "            await task\n        except asyncio.CancelledError:\n            raise\n",
        "tests/workflows/test_tool_run.py::test_a_cancel_during_settle_does_not_undo_it",
    ),
    Mutant(
        "progress without a fence",
        "models/repositories/jobs.py",
        "            .where(Job.run_id == fence.run_id, Job.attempt == fence.attempt)\n",
        "",
        FENCE + "test_an_old_attempt_cannot_write",
    ),
    Mutant(
        "begin without a fence",
        "models/repositories/jobs.py",
        "            .where(or_(Job.run_id != fence.run_id, Job.attempt < fence.attempt))\n",
        "",
        FENCE + "test_an_old_attempt_cannot_write",
    ),
    Mutant(
        "a lost lease that ends its job",
        "temporal/errors.py",
        "type=SUPERSEDED)",
        "type=SUPERSEDED, non_retryable=True)",
        FENCE + "test_a_lease_that_a_stray_took_is_taken_back",
    ),
    Mutant(
        "keys that are not remembered",
        "api/beginning.py",
        "            if replayed is not None:\n",
        "            if replayed is not None and wish.wait > 100:\n",
        KILLS + "[api]",
    ),
    Mutant(
        "workflow ids of the moment",
        "workflows/starts.py",
        "order, ids.of_job(job.id), orders",
        'order, f"{ids.of_job(job.id)}-{datetime.now(UTC).timestamp()}", orders',
        FENCE + "test_an_end_that_comes_twice_is_one",
    ),
    Mutant(
        "bytes that are believed before they are put",
        "activities/storage.py",
        "        await store.put_file(blob_key(account_id, sha256), path, mime_type)\n"
        "        async with database.transaction() as session:\n"
        "            if await Blobs(session).stored(account_id, sha256):\n"
        "                return True\n",
        "        async with database.transaction() as session:\n"
        "            kept = await Blobs(session).stored(account_id, sha256)\n"
        "        if kept:\n"
        "            await store.put_file(blob_key(account_id, sha256), path, mime_type)\n"
        "            return True\n",
        KILLS + "[media-worker]",
    ),
    Mutant(
        "a chunk that is kept before it is put",
        "activities/tool_runs.py",
        "        await self._publisher.keep_piece(work.job_id, sha256, path)\n"
        "        async with self._database.transaction() as session:\n"
        "            kept = await JobChunks(session).finish(work.job_id, position, fence, sha256)\n",
        "        async with self._database.transaction() as session:\n"
        "            kept = await JobChunks(session).finish(work.job_id, position, fence, sha256)\n"
        "        await self._publisher.keep_piece(work.job_id, sha256, path)\n",
        KILLS + "[media-worker-chunks]",
    ),
    Mutant(
        "a sweep that starts nothing",
        "activities/maintenance.py",
        "        await self._starts.job(self._client, job)\n",
        "",
        KILLS + "[api]",
    ),
    Mutant(
        "pieces that are never swept",
        "activities/files.py",
        "            if not open_jobs[job_id]:\n",
        "            if removed < 0:\n",
        "tests/chaos/test_kills.py::test_a_kill_while_the_tool_runs[slots]",
    ),
    Mutant(
        "a schedule that is made once",
        "workers/run.py",
        "            ensured, pause = True, every.total_seconds()\n",
        "            return None\n",
        OUTAGES + "test_temporal_loses_everything",
    ),
    Mutant(
        "a database that is waited for",
        "models/session.py",
        "asyncio.timeout(ANSWERS_WITHIN)",
        "asyncio.timeout(ANSWERS_WITHIN * 10)",
        OUTAGES + "test_an_outage_is_told_at_once_and_passes[postgres-PostgreSQL-frozen]",
    ),
)


def red(mutant: Mutant) -> bool:
    """Whether the mutant's test fails in a copy of the tree that has the mutant."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(REPOSITORY, copy, ignore=NOT_COPIED, symlinks=True)
        file = copy / mutant.file
        file.write_text(mutated(mutant, file.read_text(encoding="utf-8")), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", mutant.test]
        run = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=PATIENCE, check=False)
        (REPOSITORY / ".cache" / "last-mutant.log").write_text(run.stdout + run.stderr, encoding="utf-8")
        return run.returncode == 1 and " failed" in run.stdout


def mutated(mutant: Mutant, source: str) -> str:
    """The source with the mutant in it; ``ValueError`` if its text does not stand there exactly once."""
    if source.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: its text stands {source.count(mutant.old)} times in {mutant.file}")
    return source.replace(mutant.old, mutant.new)


def main() -> None:
    """Try the mutants whose names contain an argument, or all of them."""
    wanted = [each for each in MUTANTS if not sys.argv[1:] or any(word in each.name for word in sys.argv[1:])]
    survivors = []
    for mutant in wanted:
        began = time.monotonic()
        killed = red(mutant)
        verdict, took = "red " if killed else "LIVE", time.monotonic() - began
        print(f"{verdict} {took:4.0f} s  {mutant.name}  ({mutant.test})", flush=True)
        survivors += [] if killed else [mutant.name]
    raise SystemExit(1 if survivors else 0)


if __name__ == "__main__":
    main()
