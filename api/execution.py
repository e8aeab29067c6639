"""Opening a job on behalf of a caller: parse, price, hold, write, remember; then start its workflow and wait, if asked.

One transaction, committed before anybody is answered; a workflow that cannot be started then is started by the sweep.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

import structlog
from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.service import RPCError, RPCStatusCode

from activities.ordering import Orderer, price_call
from activities.tools.parsing import Call, find, parse
from models.errors import Conflict, Forbidden, InvalidInput, Unavailable, wrong
from models.payloads.accounts import Identity
from models.payloads.jobs import OPEN, JobOrder, PriorityName
from models.repositories.jobs import Jobs, view_open
from models.repositories.tools import Tools
from models.tables import Job
from temporal.ids import of_job
from temporal.policies import RPC_TIMEOUT
from workflows.starts import start_job

from .deps import JobsWriter, Platform
from .event_hub import REREAD, wait_for_news
from .idempotency import Once, OnceOnly
from .platform import Parts
from .rate_limit import count, executes
from .schemas.jobs import ExecuteRequest, given, view

T = TypeVar("T")

MAX_WAIT = 60.0
MAX_CANCEL_AFTER = 86_400.0

NO_HIGH = {
    "en": "Your plan has no high priority; use normal or low.",
    "zh": "您的套餐不含高优先级,请使用 normal 或 low。",
}

log = structlog.get_logger(__name__)


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
class Submission:
    """One POST that opens a job: who asks, in which process, under which headers."""

    request: Request
    parts: Parts
    caller: Identity
    once: OnceOnly

    async def answer(self, limit: str, open_it: Callable[[AsyncSession, Wishes], Awaitable[Job]]) -> JSONResponse:
        """Open a job by ``open_it`` unless the key is known, start it, and answer 202, or 200 when it ended in time.

        ``limit`` names what is counted; Temporal known to be down is 503 before anything is written.
        """
        wish = wishes(self.request)
        await self.parts.temporal.check()
        async with self.parts.database.transaction() as session:
            replayed = await self.once.replay(session)
            if replayed is not None:
                return replayed
            await self._count(session, limit)
            job = await open_it(session, wish)
            accepted = await self.once.answer(session, view(job, self.caller.language), 202)
        await start(self.parts, job)
        if not wish.wait:
            return accepted
        ended = await wait_until_ended(self.parts, self.caller, job, wish.wait)
        body = view(ended, self.caller.language).model_dump(mode="json")
        return JSONResponse(body, 202 if ended.status in OPEN else 200)

    async def open(self, session: AsyncSession, tool_id: str, body: ExecuteRequest, wish: Wishes) -> Job:
        """A new job; raises the caller's mistakes by name and leaves nothing behind."""
        call = parse(find(self.parts.catalogue, tool_id), body.inputs, body.parameters)
        if body.priority == PriorityName.high and not entitled(self.caller):
            raise Forbidden(reason=NO_HIGH["en"], reason_zh=NO_HIGH["zh"])
        priced = await price_call(session, self.parts.settings, self.caller.account_id, call)
        credits = priced.credits
        if body.quote_id is not None:
            quoted = await Tools(session).quoted(self.caller.account_id, body.quote_id, call.fingerprint)
            credits = min(credits, quoted)
        return await Jobs(session).open(self._order(call, body.priority, credits, wish))

    async def repeat(self, session: AsyncSession, job_id: str, wish: Wishes) -> Job:
        """A new job with the inputs and parameters of an old one, priced anew; ``Conflict`` while that one is open."""
        old = await Jobs(session).get(self.caller.account_id, job_id)
        if old.status in OPEN:
            raise Conflict(reason="The job has not ended yet.", reason_zh="任务尚未结束。")
        call = parse(find(self.parts.catalogue, old.tool_id), given(old), old.parameters)
        priced = await price_call(session, self.parts.settings, self.caller.account_id, call)
        priority = PriorityName(old.priority)
        if priority == PriorityName.high and not entitled(self.caller):
            priority = PriorityName.normal
        order = self._order(call, priority, priced.credits, wish)
        return await Jobs(session).open(order.model_copy(update={"retried_from": old.id}))

    async def _count(self, session: AsyncSession, limit: str) -> None:
        policy = executes(self.parts.settings, self.caller.tier)
        await count(self.request, session, policy, f"{self.caller.user_id}:{limit}")

    def _order(self, call: Call, priority: PriorityName, credits: int, wish: Wishes) -> JobOrder:
        orderer = Orderer(
            self.caller.account_id,
            self.caller.user_id,
            self.caller.language,
            self.request.scope["state"]["request_id"],
            priority,
        )
        return orderer.order(call, credits, wish.cancel_after)


def entitled(caller: Identity) -> bool:
    """Whether the caller's plan lets jobs go first: every tier above the free one."""
    return caller.tier > 1


def submission(request: Request, parts: Platform, caller: JobsWriter, once: Once) -> Submission:
    """The dependency of handlers that open jobs."""
    return Submission(request, parts, caller, once)


Submit = Annotated[Submission, Depends(submission)]


async def start(parts: Parts, job: Job) -> None:
    """Start the job's workflow. It is committed already: where Temporal fails now, the sweep starts it."""
    try:
        await parts.temporal.promptly(start_job(await parts.temporal.client(), view_open(job)))
    except (RPCError, Unavailable) as error:
        log.warning("the workflow was not started; the sweep will", job_id=job.id, error=str(error))


async def cancel_workflow(parts: Parts, job: Job) -> None:
    """Cancel the job's workflow; one that was never started is ended here, by the same conditional update."""
    handle = (await parts.temporal.client()).get_workflow_handle(of_job(job.id))
    try:
        await parts.temporal.promptly(handle.cancel(rpc_timeout=RPC_TIMEOUT))
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        async with parts.database.transaction() as session:
            await Jobs(session).release(job.id, "canceled", None)


async def wait_until_ended(parts: Parts, caller: Identity, job: Job, seconds: float) -> Job:
    """The job as it stands when it has ended, or after ``seconds``. Holds no connection while it waits."""
    job_id = job.id
    async with parts.hub.subscribed(job_id) as news:
        return await wait_until(
            parts,
            news,
            seconds,
            lambda session: Jobs(session).get(caller.account_id, job_id),
            lambda found: found.status not in OPEN,
        )


async def wait_until(
    parts: Parts,
    news: asyncio.Event,
    seconds: float,
    look: Callable[[AsyncSession], Awaitable[T]],
    ended: Callable[[T], bool],
) -> T:
    """What ``look`` finds once it has ``ended``, or after ``seconds``; looks again whenever there is news."""
    until = time.monotonic() + seconds
    found = await parts.database.once(look)
    while not ended(found) and (left := until - time.monotonic()) > 0:
        await wait_for_news(news, min(left, REREAD))
        found = await parts.database.once(look)
    return found


def _seconds(header: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= MAX_CANCEL_AFTER:
        zh, en = "应为 1 至 86400 秒", "seconds from 1 to 86400 are wanted"
        raise InvalidInput(errors=[wrong(f"headers.{header}", zh, en)])
    return seconds
