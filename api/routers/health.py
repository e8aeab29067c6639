"""Whether the process lives, and whether what it stands on can be reached."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy import text

from models.errors import Unavailable

from ..deps import Platform
from ..platform import Parts
from ..routing import Router

PATIENCE = 2.0
"""Seconds that a dependency has to answer."""

Status = Literal["ready", "degraded", "unavailable"]

router = Router("/api/health", "health")


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    version: str = "1"


class DependencyState(BaseModel):
    """``latency_ms`` is of the answer, or of giving up."""

    state: Literal["up", "down"]
    latency_ms: float
    reason: str | None = None


class Readiness(BaseModel):
    """``unavailable`` when a dependency is down (503); ``degraded`` while ``stuck_workflows`` wait for a fix."""

    status: Status
    stuck_workflows: int
    dependencies: dict[str, DependencyState]


@router.get("")
async def health() -> Health:
    """The process is alive."""
    return Health()


@router.get("/ready", responses={503: {"model": Readiness}})
async def ready(parts: Platform, response: Response) -> Readiness:
    """Every dependency with its state; 503 when one is down. Workflows stuck in a bug are told."""
    checks = {"postgresql": _postgresql(parts), "store": parts.store.ping, "temporal": parts.temporal.ping}
    states = await asyncio.gather(*(_state(check) for check in checks.values()))
    up = all(each.state == "up" for each in states)
    if not up:
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    stuck = await parts.temporal.stuck() if up else 0
    status: Status = "unavailable" if not up else "degraded" if stuck else "ready"
    return Readiness(status=status, stuck_workflows=stuck, dependencies=dict(zip(checks, states, strict=True)))


def _postgresql(parts: Parts) -> Callable[[], Awaitable[None]]:
    async def ping() -> None:
        async with parts.database.transaction() as session:
            await session.execute(text("SELECT 1"))

    return ping


async def _state(ping: Callable[[], Awaitable[None]]) -> DependencyState:
    started, reason = time.perf_counter(), None
    try:
        async with asyncio.timeout(PATIENCE):
            await ping()
    except Unavailable as error:
        reason = str(error.__cause__ or error)[:200]
    except TimeoutError:
        reason = f"no answer in {PATIENCE:g} s"
    latency = round((time.perf_counter() - started) * 1000, 1)
    return DependencyState(state="down" if reason else "up", latency_ms=latency, reason=reason)
