"""Our own processes as the supervisor sees them: the API and a worker a pool, told where the stack is by settings."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from models.settings import Settings, inherited_environment

from ..pools import POOLS
from .program import Program

GRACE = 5.0
"""Seconds for running work, where the settings don't say: all of the platform must be gone within ten."""


def child_environment(settings: Settings, stack: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process of ours: what we were given, and where the embedded parts are."""
    grace = {} if "grace" in settings.model_fields_set else {"GRACE": str(GRACE)}
    return {**inherited_environment(), **grace, **stack, "PYTHONUNBUFFERED": "1"}


def api_program(settings: Settings, environment: Mapping[str, str]) -> Program:
    """The API, ready when it says that all it stands on is."""
    url = f"{reachable(settings)}/api/health/ready"
    return Program(
        name="api",
        argv=[sys.executable, "-m", "api"],
        environment=environment,
        folder=Path.cwd(),
        ready=lambda: _answers(url),
        stop_within=_patience(settings),
    )


def pool_program(pool: str, settings: Settings, environment: Mapping[str, str]) -> Program:
    """The worker of one pool; its metrics are on ``METRICS_PORT`` plus its place among the pools."""
    port = settings.metrics_port
    own = {"METRICS_PORT": str(port + POOLS.index(pool))} if port else {}
    return Program(
        name=f"worker-{pool}",
        argv=[sys.executable, "-m", "workers", pool],
        environment={**environment, **own},
        folder=Path.cwd(),
        stop_within=_patience(settings),
    )


def weights_program(names: tuple[str, ...], environment: Mapping[str, str]) -> Program:
    """Fetches weights to the end, once."""
    argv = [sys.executable, "-m", "workers.embedded.prefetch", *names]
    return Program(name="weights", argv=argv, environment=environment, folder=Path.cwd(), stop_within=0.2)


def reachable(settings: Settings) -> str:
    """Where this machine reaches the API, also when it listens on every address."""
    host = "127.0.0.1" if settings.api_host in {"0.0.0.0", "::", ""} else settings.api_host  # noqa: S104 - compared
    return f"http://{host}:{settings.api_port}"


def _patience(settings: Settings) -> float:
    return (settings.grace if "grace" in settings.model_fields_set else GRACE) + 1.5


async def _answers(url: str) -> bool:
    """Whether a server gives its word (200) now."""
    try:
        async with asyncio.timeout(3), httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(url)).status_code == 200
    except (httpx.HTTPError, TimeoutError):
        return False
