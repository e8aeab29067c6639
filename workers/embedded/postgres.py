"""PostgreSQL from the wheel: TCP on loopback with scram passwords, no socket files, in a folder of ours."""

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psycopg

from .binaries import found, postgres_program
from .errors import StackError
from .keys import Keys, private_folder
from .program import Program

SUPERUSER, ROLE, DATABASE = "postgres", "workshop", "workshop"
MAPPED = "65534"
"""The id that root takes in a user namespace: PostgreSQL refuses root and wants an id with a name (nobody)."""
NO_NAMESPACE = (
    "PostgreSQL refuses to run as root, and this machine lets us make no user namespace (unshare --user).\n"
    "Run the workshop as an ordinary user, or set DATABASE_URL to a PostgreSQL of yours."
)
TUNING = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "idle_session_timeout": "0",
    "log_min_messages": "warning",
}


class Postgres:
    """One PostgreSQL in ``folder`` on ``port``."""

    def __init__(self, folder: Path, port: int, keys: Keys) -> None:
        self._data = folder
        self._port = port
        self._superuser_password = keys.get("postgres_superuser")
        self._password = keys.get("postgres")

    @property
    def url(self) -> str:
        """For the product: a role of its own that owns its database."""
        return f"postgresql+psycopg://{ROLE}:{self._password}@127.0.0.1:{self._port}/{DATABASE}"

    def program(self) -> Program:
        """Start with ``create`` done; fast shutdown (SIGINT) rolls back what is open."""
        options = [word for key, value in TUNING.items() for word in ("-c", f"{key}={value}")]
        argv = [*drop_root(), postgres_program("postgres"), "-D", str(self._data), "-p", str(self._port), *options]
        return Program(
            name="postgres",
            argv=argv,
            environment=_environment(),
            folder=self._data,
            ready=self._ready,
            stop_signal=signal.SIGINT,
            prepare=self._forget_stale_lock,
        )

    async def create(self) -> None:
        """Make the cluster, unless it is there. A first start that was cut off begins anew."""
        if not (self._data / "PG_VERSION").exists():
            await asyncio.to_thread(self._initialize)

    async def create_database(self) -> None:
        """Make the product's role and database, unless they are there."""
        async with await self._connect() as connection:
            if not await _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
                password = psycopg.sql.Literal(self._password)
                create = psycopg.sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                await connection.execute(create.format(psycopg.sql.Identifier(ROLE), password))
            if not await _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
                create = psycopg.sql.SQL("CREATE DATABASE {} OWNER {}")
                await connection.execute(create.format(psycopg.sql.Identifier(DATABASE), psycopg.sql.Identifier(ROLE)))

    def _initialize(self) -> None:
        draft = private_folder(self._data.with_name(self._data.name + ".new"))
        _empty(draft)
        with tempfile.NamedTemporaryFile("w", dir=self._data.parent, prefix=".initdb") as file:
            file.write(self._superuser_password)
            file.flush()
            argv = [
                *drop_root(),
                postgres_program("initdb"),
                *("-D", str(draft), "-U", SUPERUSER, f"--pwfile={file.name}", "--auth=scram-sha-256"),
                *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
            ]
            done = subprocess.run(argv, env=_environment(), cwd=draft, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackError(f"PostgreSQL could not make its files in {draft}:\n{done.stdout}{done.stderr}")
        draft.rename(self._data)

    def _forget_stale_lock(self) -> None:
        """After a crash of the machine the process id in PostgreSQL's lock file may be anybody's now; after a kill at
        its very beginning the file is empty, which PostgreSQL refuses to start with."""
        file = self._data / "postmaster.pid"
        if file.exists():
            words = file.read_text().split()
            if not words or not _is_postgres(int(words[0])):
                file.unlink()

    async def _connect(self) -> psycopg.AsyncConnection[tuple[object, ...]]:
        return await psycopg.AsyncConnection.connect(
            host="127.0.0.1",
            port=self._port,
            user=SUPERUSER,
            password=self._superuser_password,
            dbname="postgres",
            connect_timeout=2,
            autocommit=True,
        )

    async def _ready(self) -> bool:
        try:
            async with await self._connect():
                return True
        except psycopg.OperationalError:
            return False


def drop_root() -> list[str]:
    """What to put before a PostgreSQL program so that it is not root: nothing for an ordinary user."""
    if os.geteuid() != 0:
        return []
    unshare = found("unshare")
    prefix = [unshare or "unshare", "--user", f"--map-user={MAPPED}", f"--map-group={MAPPED}"]
    if unshare is None or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        raise StackError(NO_NAMESPACE)
    return prefix


def _environment() -> Mapping[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _empty(folder: Path) -> None:
    """Remove what an ``initdb`` that was cut off left."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def _is_postgres(pid: int) -> bool:
    try:
        return "postgres" in Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return False


async def _exists(connection: psycopg.AsyncConnection[tuple[object, ...]], query: str, name: str) -> bool:
    return await (await connection.execute(query.encode(), (name,))).fetchone() is not None
