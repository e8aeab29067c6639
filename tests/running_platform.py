"""The whole platform as real processes for tests: API, core and tool pools on the real stack, killable from outside."""

import asyncio
import os
import secrets
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import text

from models.session import Database
from models.settings import Settings
from workers.embedded.program import Program
from workers.embedded.stack import Stack

REPOSITORY = Path(__file__).parent.parent
POOLS = ("core", "media", "inference")


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_for(wanted: int) -> int:
    """``wanted``, to which the stand-in for payments sends its webhooks, or another if that is taken."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        return wanted


class RunningPlatform:
    """API and workers under the stack's supervisor, which starts again whatever a test kills."""

    def __init__(self, stack: Stack, settings: Settings, overrides: dict[str, str] | None = None) -> None:
        self.stack = stack
        self.port = port_for(settings.api_port)
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(stack.home),
            **stack.environment(),
            "WEIGHTS_CACHE": str(settings.weights_folder),
            "API_PORT": str(self.port),
            "EXTRA_TOOLS": '["tests.sample_tools"]',
            "REGISTRATIONS_PER_HOUR": "100000",
            "EXECUTES_PER_MINUTE": "100000",
            "UPLOADS_PER_MINUTE": "100000",
            "SWEEP_INTERVAL": "10",
            "WATCH_INTERVAL": "1",
            "LOG_FORMAT": "json",
            **(overrides or {}),
        }

    async def start(self, pools: tuple[str, ...] = POOLS) -> None:
        """Start the API and ``pools``; returns when the API is ready."""
        await asyncio.gather(
            self.stack.supervisor.start(self._program("api", ["-m", "api"], self._ready)),
            *(self.stack.supervisor.start(self._program(pool, ["-m", "workers", pool])) for pool in pools),
        )

    async def stop(self, pools: tuple[str, ...] = POOLS) -> None:
        """Stop what ``start`` started."""
        await asyncio.gather(*(self.stack.supervisor.stop(name) for name in ("api", *pools)))

    def kill(self, name: str) -> None:
        """SIGKILL a program of ours or of the stack, from outside and without warning."""
        os.kill(self.stack.supervisor.pid(name), signal.SIGKILL)

    def slot_children(self, pool: str) -> list[psutil.Process]:
        """The child processes of a pool's worker that run tools."""
        worker = psutil.Process(self.stack.supervisor.pid(pool))
        return [child for child in worker.children() if "activities.slots.child" in " ".join(child.cmdline())]

    def _program(self, name: str, arguments: list[str], ready: Any = None) -> Program:
        more = {"ready": ready} if ready else {}
        return Program(name, [sys.executable, *arguments], self.environment, REPOSITORY, stop_within=9.0, **more)

    async def _ready(self) -> bool:
        async with httpx.AsyncClient(timeout=2) as client:
            try:
                return (await client.get(f"{self.url}/api/health/ready")).status_code == 200
            except httpx.TransportError:
                return False


class User(httpx.AsyncClient):
    """A registered user's HTTP client."""

    account_id: str
    user_id: str
    email: str

    @classmethod
    async def register(cls, url: str) -> "User":
        """A new user with the welcome credits."""
        user = cls(base_url=url, timeout=30)
        user.email = f"{secrets.token_hex(8)}@example.com"
        body = {"email": user.email, "password": "correct horse battery staple", "name": "Test"}
        answer = await user.post("/api/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        user.cookies.clear()
        user.headers["Authorization"] = f"Bearer {answer.json()['session']['token']}"
        user.account_id = answer.json()["user"]["account_id"]
        user.user_id = answer.json()["user"]["id"]
        return user

    async def execute(
        self, tool: str, inputs: Any = None, headers: dict[str, str] | None = None, **parameters: Any
    ) -> httpx.Response:
        """POST execute."""
        body = {"inputs": inputs or {}, "parameters": parameters}
        return await self.post(f"/api/tools/{tool}/execute", json=body, headers=headers)

    async def job(self, tool: str, inputs: Any = None, **parameters: Any) -> str:
        """Open a job and return its id."""
        answer = await self.execute(tool, inputs, **parameters)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def ended(self, job_id: str, within: float = 60) -> dict[str, Any]:
        """The job once it has ended; fails the test if that takes longer than ``within`` seconds."""
        return await self.reaches(job_id, ("succeeded", "failed", "canceled"), within)

    async def reaches(self, job_id: str, statuses: tuple[str, ...], within: float = 60) -> dict[str, Any]:
        """The job once its status is one of ``statuses``; an API that is down meanwhile is waited for."""
        deadline = time.monotonic() + within
        seen: object = None
        while time.monotonic() < deadline:
            try:
                answer = await self.get(f"/api/jobs/{job_id}")
                seen = answer.text
                if answer.status_code == 200 and answer.json()["status"] in statuses:
                    found: dict[str, Any] = answer.json()
                    return found
            except httpx.TransportError as error:
                seen = error
            await asyncio.sleep(0.05)
        raise AssertionError(f"{job_id} did not become {statuses} within {within} s: {seen}")

    async def credits(self) -> dict[str, int]:
        """The balance."""
        found: dict[str, int] = (await self.get("/api/users/me/credits")).json()
        return found

    async def upload(self, path: Path, name: str | None = None) -> str:
        """Upload a file and return its id."""
        with path.open("rb") as file:
            answer = await self.post("/api/files/upload", files={"file": (name or path.name, file)})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


LEDGER_FAULTS = {
    "entries that do not sum to zero": "SELECT sum(amount) FROM entries HAVING sum(amount) <> 0",
    "balances unlike their entries": """
        SELECT accounts.id FROM accounts LEFT JOIN entries ON entries.account_id = accounts.id
        WHERE accounts.kind = 'customer' GROUP BY accounts.id HAVING accounts.balance <> coalesce(sum(amount), 0)""",
    "held credits unlike the open holds": """
        SELECT accounts.id FROM accounts LEFT JOIN holds ON holds.account_id = accounts.id AND holds.state = 'open'
        WHERE accounts.kind = 'customer' GROUP BY accounts.id HAVING accounts.held <> coalesce(sum(amount), 0)""",
    "grants unlike what is available": """
        SELECT accounts.id FROM accounts LEFT JOIN grants ON grants.account_id = accounts.id
        WHERE accounts.kind = 'customer'
        GROUP BY accounts.id HAVING accounts.balance - accounts.held <> coalesce(sum(remaining), 0)""",
    "ended jobs with an open hold, or open jobs without": """
        SELECT jobs.id FROM jobs LEFT JOIN holds ON holds.id = jobs.id
        WHERE (jobs.status IN ('queued', 'running')) <> (holds.state IS NOT DISTINCT FROM 'open')""",
    "charges unlike the job": """
        SELECT jobs.id FROM jobs LEFT JOIN holds ON holds.id = jobs.id
        LEFT JOIN entries ON entries.transfer_id = 'post:' || jobs.id AND entries.account_id = jobs.account_id
        WHERE coalesce(-entries.amount, 0) <> CASE jobs.status WHEN 'succeeded' THEN jobs.used ELSE 0 END""",
    "events with a gap": """
        SELECT job_id FROM events WHERE job_id IS NOT NULL GROUP BY job_id HAVING max(seq) <> count(*)""",
    "jobs with more than one end": """
        SELECT job_id FROM events WHERE type IN ('job.succeeded', 'job.failed', 'job.canceled')
        GROUP BY job_id HAVING count(*) > 1""",
    "ended batches with an open hold, or open ones without": """
        SELECT batches.id FROM batches LEFT JOIN holds ON holds.id = batches.id || '.' || batches.round
        WHERE (batches.status IN ('queued', 'running', 'paused')) <> (holds.state IS NOT DISTINCT FROM 'open')""",
    "open batches whose hold is less than their open rows may cost": """
        SELECT batches.id FROM batches JOIN holds ON holds.id = batches.id || '.' || batches.round
        JOIN batch_rows ON batch_rows.batch_id = batches.id AND batch_rows.run_id IS NULL
        AND batch_rows.state IN ('pending', 'running')
        WHERE holds.state = 'open' GROUP BY batches.id, holds.amount HAVING holds.amount < sum(ceiling)""",
    "batches unlike their rows": """
        SELECT batches.id FROM batches JOIN batch_rows ON batch_rows.batch_id = batches.id GROUP BY batches.id
        HAVING batches.used <> sum(credits) OR batches.total <> count(*)
        OR batches.succeeded <> count(*) FILTER (WHERE state = 'succeeded')
        OR batches.failed <> count(*) FILTER (WHERE state = 'failed')
        OR batches.canceled <> count(*) FILTER (WHERE state = 'canceled')
        OR batches.committed <> sum(credits) + coalesce(sum(ceiling) FILTER (WHERE state IN ('pending', 'running')), 0)
        """,
    "charges unlike the row of a batch": """
        SELECT batch_id, number FROM batch_rows JOIN batches ON batches.id = batch_id
        LEFT JOIN entries ON entries.account_id = batches.account_id
        AND entries.transfer_id = 'row:' || batch_id || ':' || number || ':' || attempt
        WHERE run_id IS NULL
        AND coalesce(-entries.amount, 0) <> CASE batch_rows.state WHEN 'succeeded' THEN credits ELSE 0 END""",
    "transfers of rows that nobody knows": """
        SELECT transfers.id FROM transfers LEFT JOIN batch_rows
        ON transfers.id = 'row:' || batch_id || ':' || number || ':' || attempt
        WHERE transfers.kind = 'batch' AND batch_rows.state IS DISTINCT FROM 'succeeded'""",
}


async def assert_ledger_is_exact(database: Database) -> None:
    """The second truth, by SQL over everything that the suite has done so far."""
    for fault, query in LEDGER_FAULTS.items():
        async with database.transaction() as session:
            rows = (await session.execute(text(query))).all()
        assert not rows, f"{fault}: {rows[:5]}"
