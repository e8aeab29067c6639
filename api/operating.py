"""What operators do: pause a tool everywhere, find what is stuck, move a job to another pool or a longer limit."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import structlog
from fastapi import Depends
from temporalio.service import RPCError, RPCStatusCode

from activities.tools.base import Pool
from activities.tools.parsing import find
from models.errors import Conflict, InvalidInput, NotFound, Unavailable, wrong
from models.payloads.accounts import Identity
from models.payloads.tool_runs import Moved
from models.repositories.audit import Audit
from models.repositories.pauses import Pauses
from models.repositories.stuck import Backlog, Stuck
from models.tables import Job
from temporal.ids import of_job
from temporal.pending import Pending, listeners, pending
from temporal.policies import RPC_TIMEOUT
from temporal.queues import pool_queue

from .deps import Caller, Platform, RequestId, in_person
from .platform import Parts
from .running import tell_decision
from .schemas.operator import (
    MoveRequest,
    OpenJobView,
    PauseView,
    QueueView,
    StuckView,
    job_view,
    open_step_view,
    queue_view,
)

ROLES = frozenset({"operator", "admin"})
TOLD_AT_ONCE = 20
TOLD_BY_HAND = 500
"""Steps that a request tells to go on; the sweep tells the others."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Operating:
    """One operator's request."""

    parts: Parts
    caller: Identity
    request_id: str

    async def pause(self, tool_id: str, reason: str) -> PauseView:
        """Nothing of the tool begins from now on; what runs ends. Raises ``NotFound``."""
        find(self.parts.catalogue, tool_id)
        async with self.parts.database.transaction() as session:
            await Pauses(session).pause(tool_id, reason)
            await Audit(session, self.request_id).record(self.caller.user_id, "tool.pause", tool_id, reason=reason)
        return PauseView(tool_id=tool_id, paused=True, reason=reason)

    async def resume(self, tool_id: str) -> PauseView:
        """It begins again, and steps that waited go on. Harmless where it was not paused."""
        find(self.parts.catalogue, tool_id)
        async with self.parts.database.transaction() as session:
            waited = await Pauses(session).resume(tool_id)
            await Audit(session, self.request_id).record(self.caller.user_id, "tool.resume", tool_id, steps=len(waited))
        gate = asyncio.Semaphore(TOLD_AT_ONCE)

        async def tell(workflow_id: str, step: str) -> None:
            async with gate:
                await tell_decision(self.parts, workflow_id, step)

        await asyncio.gather(*(tell(*each) for each in waited[:TOLD_BY_HAND]))
        return PauseView(tool_id=tool_id, paused=False, told=len(waited))

    async def stuck(self, seconds: float, tool_id: str | None, limit: int) -> StuckView:
        """What has been open for so long, with what Temporal says of it where it answers."""
        async with self.parts.database.transaction() as session:
            found = Stuck(session)
            jobs = await found.jobs(timedelta(seconds=seconds), tool_id, limit)
            steps = await found.steps(timedelta(seconds=seconds), tool_id, limit)
            backlogs = await found.backlogs()
        workers = await self._workers()
        queues = [self._queue(str(pool), backlogs, workers) for pool in Pool]
        return StuckView(
            jobs=await asyncio.gather(*(self._job(job, asked=workers is not None) for job in jobs)),
            steps=[open_step_view(row, account_id) for row, account_id in steps],
            queues=queues,
        )

    async def move(self, job_id: str, wanted: MoveRequest) -> OpenJobView:
        """Let the job's open work begin anew on another pool, or with more time; its row keeps that for the sweep.

        Raises ``NotFound``, ``Conflict`` where nobody works for the pool, and ``Unavailable``: then ask again.
        """
        queue = await self._pool(wanted.pool) if wanted.pool is not None else None
        if queue is None and wanted.timeout is None:
            zh, en = "请给出 pool 或 timeout", "give pool or timeout"
            raise InvalidInput(errors=[wrong("pool", zh, en)])
        async with self.parts.database.transaction() as session:
            job = await Stuck(session).move(job_id, queue, wanted.timeout)
            told = wanted.model_dump(exclude_none=True)
            await Audit(session, self.request_id).record(self.caller.user_id, "job.move", job_id, **told)
        await self._signal(job)
        return await self._job(job, asked=True)

    async def _pool(self, pool: str) -> str:
        if pool not in {str(each) for each in Pool}:
            known = ", ".join(str(each) for each in Pool)
            raise InvalidInput(errors=[wrong("pool", f"应为 {known} 之一", f"one of {known} is wanted")])
        queue = pool_queue(pool)
        workers = await self.parts.temporal.promptly(listeners(await self.parts.temporal.client(), [queue]))
        if not workers[queue]:
            raise Conflict(reason=f"No worker serves the pool {pool}.", reason_zh=f"没有进程服务于 {pool}。")
        return queue

    async def _signal(self, job: Job) -> None:
        """A workflow that was never started begins from the row."""
        client = await self.parts.temporal.client()
        moved = Moved(queue=job.queue, timeout=job.timeout)
        handle = client.get_workflow_handle(of_job(job.id))
        try:
            await self.parts.temporal.promptly(handle.signal("move", moved, rpc_timeout=RPC_TIMEOUT))
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise

    async def _workers(self) -> dict[str, int] | None:
        queues = [pool_queue(str(pool)) for pool in Pool]
        try:
            return await self.parts.temporal.promptly(listeners(await self.parts.temporal.client(), queues))
        except (RPCError, Unavailable) as error:
            log.warning("Temporal was not asked", error=str(error))
            return None

    def _queue(self, pool: str, backlogs: dict[str, Backlog], workers: dict[str, int] | None) -> QueueView:
        queue = pool_queue(pool)
        return queue_view(pool, queue, backlogs.get(queue, Backlog()), None if workers is None else workers[queue])

    async def _job(self, job: Job, asked: bool) -> OpenJobView:
        found: list[Pending] | None = None
        if asked:
            try:
                found = await self.parts.temporal.promptly(pending(await self.parts.temporal.client(), of_job(job.id)))
            except (RPCError, Unavailable) as error:
                log.warning("Temporal was not asked", job_id=job.id, error=str(error))
        return job_view(job, of_job(job.id), found)


def operating(parts: Platform, caller: Caller, request_id: RequestId) -> Operating:
    """The dependency of operators' handlers: for anybody else there is nothing here."""
    if caller.role not in ROLES:
        raise NotFound(what="page")
    return Operating(parts, in_person(caller), request_id)


Operate = Annotated[Operating, Depends(operating)]
