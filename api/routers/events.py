"""Streams of events (Server-Sent Events, WHATWG HTML 9.2): of one job, and of the whole account."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from sse_starlette import EventSourceResponse, ServerSentEvent

from models.errors import InvalidInput, Unauthenticated, wrong
from models.payloads.accounts import Identity
from models.payloads.events import EventView
from models.payloads.jobs import OPEN
from models.payloads.runs import OPEN_RUN
from models.repositories.events import Events
from models.repositories.jobs import Jobs
from models.repositories.runs import Runs
from models.repositories.tokens import EVENTS, LIFETIMES, Tokens
from models.repositories.users import Users

from ..deps import JobsReader, Platform, scoped, signed_in, verified
from ..event_hub import wait_for_news
from ..platform import Parts
from ..routing import Router

PING = 15
"""Seconds between comments that keep proxies from closing a quiet stream."""

router = Router(prefix="/api", tag="events")


class Ticket(BaseModel):
    """Opens one stream as ``?ticket=``, once, within 60 seconds."""

    ticket: str
    expires_in: int


async def listener(
    request: Request, parts: Platform, ticket: Annotated[str | None, Query(max_length=200)] = None
) -> Identity:
    """The caller by ticket, or else by cookie or Bearer; raises ``Unauthenticated``."""
    if ticket is None:
        return scoped("jobs:read")(await verified(request, await signed_in(request, parts)))
    async with parts.database.transaction() as session:
        user_id = await Tokens(session).consume(ticket, EVENTS)
        caller = await Users(session).identity(user_id) if user_id else None
    if caller is None:
        raise Unauthenticated
    return caller


Listener = Annotated[Identity, Depends(listener)]
LastEventId = Annotated[str, Header(alias="last-event-id")]


@router.post("/events/ticket", status_code=201)
async def create_ticket(caller: JobsReader, platform: Platform) -> Ticket:
    """A ticket for an EventSource, which cannot send headers."""
    async with platform.database.transaction() as session:
        token = await Tokens(session).issue(caller.user_id, EVENTS)
    return Ticket(ticket=token, expires_in=round(LIFETIMES[EVENTS].total_seconds()))


@router.get("/jobs/{job_id}/events", response_class=EventSourceResponse)
async def job_events(
    job_id: str, caller: Listener, platform: Platform, last_event_id: LastEventId = "0"
) -> EventSourceResponse:
    """The job's events from the first, or after ``Last-Event-ID``; the stream ends when the job has ended."""

    async def read(session: AsyncSession, after: int) -> tuple[bool, int, Sequence[EventView]]:
        job = await Jobs(session).get(caller.account_id, job_id)
        return job.status not in OPEN, job.event_seq, await Events(session).of_job(job_id, after)

    after = _number(last_event_id)
    async with platform.database.transaction() as session:
        await Jobs(session).get(caller.account_id, job_id)
    return EventSourceResponse(_of_work(platform, caller, job_id, after, read), ping=PING)


@router.get("/runs/{run_id}/events", response_class=EventSourceResponse)
async def run_events(
    run_id: str, caller: Listener, platform: Platform, last_event_id: LastEventId = "0"
) -> EventSourceResponse:
    """The run's events from the first, or after ``Last-Event-ID``; the stream ends when the run has ended."""

    async def read(session: AsyncSession, after: int) -> tuple[bool, int, Sequence[EventView]]:
        run = await Runs(session).get(caller.account_id, run_id)
        return run.status not in OPEN_RUN, run.event_seq, await Events(session).of_run(run_id, after)

    after = _number(last_event_id)
    async with platform.database.transaction() as session:
        await Runs(session).get(caller.account_id, run_id)
    return EventSourceResponse(_of_work(platform, caller, run_id, after, read), ping=PING)


@router.get("/events", response_class=EventSourceResponse)
async def account_events(caller: Listener, platform: Platform, last_event_id: LastEventId = "") -> EventSourceResponse:
    """Everything that happens to the account from now on, or after ``Last-Event-ID``."""
    if last_event_id:
        first, _, second = last_event_id.partition("-")
        after = (_number(first), _number(second))
    else:
        async with platform.database.transaction() as session:
            after = await Events(session).newest(caller.account_id)
    return EventSourceResponse(_of_account(platform, caller, after), ping=PING)


async def _of_work(
    parts: Parts,
    caller: Identity,
    work_id: str,
    after: int,
    read: Callable[[AsyncSession, int], Awaitable[tuple[bool, int, Sequence[EventView]]]],
) -> AsyncIterator[ServerSentEvent]:
    """What ``read`` finds after a number, until it tells that the work has ended and which number was the last."""
    async with parts.hub.subscribed(work_id) as news:
        while True:
            async with parts.database.transaction() as session:
                if not await Users(session).may_listen(caller.user_id):
                    return
                ended, last, events = await read(session, after)
            for event in events:
                after = int(event.id)
                yield _rendered(event)
            if ended and after >= last:
                return
            if not events:
                await wait_for_news(news)


async def _of_account(parts: Parts, caller: Identity, after: tuple[int, int]) -> AsyncIterator[ServerSentEvent]:
    async with parts.hub.subscribed(caller.account_id) as news:
        while True:
            async with parts.database.transaction() as session:
                if not await Users(session).may_listen(caller.user_id):
                    return
                events = await Events(session).of_account(caller.account_id, after)
            for event in events:
                first, _, second = event.id.partition("-")
                after = (int(first), int(second))
                yield _rendered(event)
            if not events:
                await wait_for_news(news)


def _rendered(event: EventView) -> ServerSentEvent:
    data = {**event.data, "job_id": event.job_id, "run_id": event.run_id, "created_at": event.created_at.isoformat()}
    return ServerSentEvent(data=json.dumps(data, ensure_ascii=False), event=event.type, id=event.id)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        zh, en = "应为此事件流的编号", "an id of this stream is wanted"
        raise InvalidInput(errors=[wrong("headers.Last-Event-ID", zh, en)])
    return int(text)
