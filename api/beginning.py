"""Beginning durable work on behalf of a caller: one transaction, then a workflow; and its end, when it is asked for.

Committed before anybody is answered: what Temporal fails to do then, the sweep does.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.entitlements import Entitlements
from models.errors import Forbidden, InvalidInput, TooManyOpen, Unavailable, wrong
from models.payloads.accounts import Identity
from models.payloads.jobs import PriorityName
from models.repositories.credits import Credits
from temporal.policies import RPC_TIMEOUT

from .event_hub import wait_until
from .idempotency import OnceOnly
from .platform import Parts
from .rate_limit import count, executes

MAX_WAIT = 60.0
MAX_CANCEL_AFTER = 86_400.0

NO_HIGH = {
    "en": "Your plan has no high priority; use normal or low.",
    "zh": "您的套餐不含高优先级,请使用 normal 或 low。",
}

log = structlog.get_logger(__name__)


class Work(Protocol):
    """The row of a job, a run, a batch."""

    @property
    def id(self) -> Any: ...

    @property
    def status(self) -> Any: ...


W = TypeVar("W", bound=Work)


@dataclass(frozen=True)
class Wishes:
    """What the headers ask for, in seconds: how long to wait for the end, and after how long to give up."""

    wait: float = 0.0
    cancel_after: float | None = None


def wishes(request: Request) -> Wishes:
    """Read ``Prefer: wait=N`` (RFC 7240; at most 60) and ``Cancel-After: 90s``; raises ``InvalidInput``."""
    wait = 0.0
    for part in request.headers.get("prefer", "").split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "wait":
            wait = min(MAX_WAIT, _seconds("Prefer", value))
    given = request.headers.get("cancel-after")
    return Wishes(wait, _seconds("Cancel-After", given.removesuffix("s")) if given else None)


@dataclass(frozen=True)
class Beginning(ABC, Generic[W]):
    """One POST that begins work of one kind: who asks, in which process, under which headers."""

    request: Request
    parts: Parts
    caller: Identity
    once: OnceOnly

    open_states: ClassVar[Collection[str]]
    usual_wait: ClassVar[float] = 0.0
    """Seconds to wait for the end where the caller says nothing."""

    async def answer(self, limit: str, open_it: Callable[[AsyncSession, Wishes], Awaitable[W]]) -> JSONResponse:
        """Open work by ``open_it`` unless the key is known, start it, and answer 202, or 200 when it ended in time.

        ``limit`` names what is counted; Temporal known to be down is 503 before anything is written.
        """
        wish = wishes(self.request)
        await self.parts.temporal.check()
        async with self.parts.database.transaction() as session:
            replayed = await self.once.replay(session)
            if replayed is not None:
                return replayed
            policy = executes(self.parts.settings, self.entitlements.rate_factor)
            await count(self.request, session, policy, f"{self.caller.user_id}:{limit}")
            await self.check_room(session)
            begun = await open_it(session, wish)
            accepted = await self.once.answer(session, await self._shown(session, begun), 202)
        await self._start(begun)
        wait = wish.wait or self.usual_wait
        if not wait:
            return accepted
        ended = await self.waited(begun, wait)
        async with self.parts.database.transaction() as session:
            body = (await self._shown(session, ended)).model_dump(mode="json")
        return JSONResponse(body, 202 if ended.status in self.open_states else 200)

    def check_priority(self, priority: PriorityName) -> None:
        """Raises ``Forbidden`` where the caller's plan has none so high."""
        if priority == PriorityName.high and not self.entitlements.high_priority:
            raise Forbidden(reason=NO_HIGH["en"], reason_zh=NO_HIGH["zh"])

    @property
    def entitlements(self) -> Entitlements:
        """What the caller's account may do now."""
        return self.parts.entitled(self.caller)

    @property
    def request_id(self) -> str:
        return str(self.request.scope["state"]["request_id"])

    async def check_room(self, session: AsyncSession, wanted: int = 1) -> None:
        """Raises ``TooManyOpen`` unless the plan has room for so many more."""
        most = self.entitlements.open_jobs
        if await Credits(session).open_holds(self.caller.account_id, most) + wanted > most:
            raise TooManyOpen(most=most, retry_after=5.0)

    @abstractmethod
    async def _start(self, begun: W) -> None:
        """Start its workflow, or leave that to the sweep."""

    @abstractmethod
    async def _found(self, session: AsyncSession, work_id: str) -> W:
        """The caller's own, as it stands."""

    @abstractmethod
    async def _shown(self, session: AsyncSession, work: W) -> BaseModel:
        """The body of the answer."""

    async def waited(self, begun: W, seconds: float) -> W:
        """The work as it stands when it has ended, or after ``seconds``. Holds no connection while it waits."""
        work_id = begun.id
        async with self.parts.hub.subscribed(work_id) as news:
            return await wait_until(
                self.parts.database,
                news,
                seconds,
                lambda session: self._found(session, work_id),
                lambda found: found.status not in self.open_states,
            )


async def or_left_to_sweep(parts: Parts, what: str, act: Callable[[Client], Awaitable[None]], **told: str) -> None:
    """Do it at Temporal. What it follows from is committed already: where Temporal fails now, the sweep does it."""
    try:
        await parts.temporal.promptly(act(await parts.temporal.client()))
    except (RPCError, Unavailable) as error:
        log.warning(f"{what}; the sweep will", error=str(error), **told)


async def cancel_or_end(parts: Parts, workflow_id: str, end: Callable[[AsyncSession], Awaitable[object]]) -> None:
    """Cancel a workflow; what was never started is ended here by ``end``, the same conditional update."""
    handle = (await parts.temporal.client()).get_workflow_handle(workflow_id)
    try:
        await parts.temporal.promptly(handle.cancel(rpc_timeout=RPC_TIMEOUT))
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        async with parts.database.transaction() as session:
            await end(session)


def _seconds(header: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= MAX_CANCEL_AFTER:
        zh, en = "应为 1 至 86400 秒", "seconds from 1 to 86400 are wanted"
        raise InvalidInput(errors=[wrong(f"headers.{header}", zh, en)])
    return seconds
