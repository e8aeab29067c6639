"""Opening a job on behalf of a caller: parse, price, hold, write, remember; then its workflow is started."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from activities.ordering import Orderer, price_call
from activities.tools.parsing import Call, find, parse
from models.errors import Conflict
from models.payloads.jobs import OPEN, JobOrder, PriorityName
from models.repositories.jobs import Jobs, view_open
from models.repositories.tools import Tools
from models.tables import Job
from temporal.ids import of_job
from workflows.starts import start_job

from .beginning import Beginning, Wishes, cancel_or_end, or_left_to_sweep
from .deps import JobsWriter, Platform
from .idempotency import Once
from .platform import Parts
from .schemas.jobs import ExecuteRequest, JobView, given, view


@dataclass(frozen=True)
class Submission(Beginning[Job]):
    """One POST that opens a job."""

    open_states = OPEN

    async def open(
        self, session: AsyncSession, tool_id: str, body: ExecuteRequest, wish: Wishes, comparison_id: str | None = None
    ) -> Job:
        """A new job; raises the caller's mistakes by name and leaves nothing behind."""
        tool = find(self.parts.catalogue, tool_id)
        call = parse(tool, body.inputs, self.parts.library.applied(body.model, tool_id, body.parameters))
        self.check_priority(body.priority)
        priced = await price_call(session, self.parts.settings, self.caller.account_id, call)
        credits = priced.credits
        if body.quote_id is not None:
            quoted = await Tools(session).quoted(self.caller.account_id, body.quote_id, call.fingerprint)
            credits = min(credits, quoted)
        order = self._order(call, body.priority, credits, wish)
        return await Jobs(session).open(order.model_copy(update={"model": body.model, "comparison_id": comparison_id}))

    async def repeat(self, session: AsyncSession, job_id: str, wish: Wishes) -> Job:
        """A new job with the inputs and parameters of an old one, priced anew; ``Conflict`` while that one is open."""
        old = await Jobs(session).get(self.caller.account_id, job_id)
        if old.status in OPEN:
            raise Conflict(reason="The job has not ended yet.", reason_zh="任务尚未结束。")
        call = parse(find(self.parts.catalogue, old.tool_id), given(old), old.parameters)
        priced = await price_call(session, self.parts.settings, self.caller.account_id, call)
        priority = PriorityName(old.priority)
        if priority == PriorityName.high and not self.entitlements.high_priority:
            priority = PriorityName.normal
        order = self._order(call, priority, priced.credits, wish)
        return await Jobs(session).open(order.model_copy(update={"retried_from": old.id, "model": old.model}))

    def _order(self, call: Call, priority: PriorityName, credits: int, wish: Wishes) -> JobOrder:
        caller = self.caller
        orderer = Orderer(caller.account_id, caller.user_id, caller.language, self.request_id, priority)
        return orderer.order(call, credits, wish.cancel_after)

    async def _start(self, begun: Job) -> None:
        await start(self.parts, begun)

    async def _found(self, session: AsyncSession, work_id: str) -> Job:
        return await Jobs(session).get(self.caller.account_id, work_id)

    async def _shown(self, session: AsyncSession, work: Job) -> JobView:
        return view(work, self.caller.language)


def submission(request: Request, parts: Platform, caller: JobsWriter, once: Once) -> Submission:
    """The dependency of handlers that open jobs."""
    return Submission(request, parts, caller, once)


Submit = Annotated[Submission, Depends(submission)]


async def start(parts: Parts, job: Job) -> None:
    """Start the job's workflow."""
    await or_left_to_sweep(
        parts, "the workflow was not started", lambda client: start_job(client, view_open(job)), job_id=job.id
    )


async def cancel_workflow(parts: Parts, job: Job) -> None:
    """Cancel the job's workflow; one that was never started is ended here."""
    await cancel_or_end(parts, of_job(job.id), lambda session: Jobs(session).release(job.id, "canceled", None))
