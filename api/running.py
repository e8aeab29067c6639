"""Opening runs of pipelines on behalf of a caller: validate, quote, hold, write, remember; then start the workflow."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.service import RPCError, RPCStatusCode

from activities.graph_prices import Line
from activities.run_opening import RunOpener, Wanted
from models.errors import Forbidden, Unavailable
from models.payloads.accounts import Identity
from models.payloads.jobs import PriorityName
from models.payloads.runs import OPEN_RUN
from models.repositories.run_steps import RunSteps
from models.repositories.runs import Runs, view_open
from models.tables import Run
from temporal.ids import of_run
from temporal.policies import RPC_TIMEOUT
from workflows.starts import start_run

from .deps import JobsWriter, Platform
from .execution import NO_HIGH, Wishes, entitled, wait_until, wishes
from .idempotency import Once, OnceOnly
from .platform import Parts
from .rate_limit import count, executes
from .schemas.runs import RunView, run_view

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RunSubmission:
    """One POST that opens a run: who asks, in which process, under which headers."""

    request: Request
    parts: Parts
    caller: Identity
    once: OnceOnly

    async def answer(self, limit: str, open_it: Callable[[AsyncSession], Awaitable[Run]]) -> JSONResponse:
        """Open a run by ``open_it`` unless the key is known, start it, and answer 202, or 200 when it ended in time."""
        wish: Wishes = wishes(self.request)
        await self.parts.temporal.check()
        async with self.parts.database.transaction() as session:
            replayed = await self.once.replay(session)
            if replayed is not None:
                return replayed
            policy = executes(self.parts.settings, self.caller.tier)
            await count(self.request, session, policy, f"{self.caller.user_id}:{limit}")
            run = await open_it(session)
            accepted = await self.once.answer(session, await shown(session, run, self.caller.language), 202)
        await self._start(run)
        if not wish.wait:
            return accepted
        async with self.parts.hub.subscribed(run.id) as news:
            look = lambda session: Runs(session).get(self.caller.account_id, run.id)  # noqa: E731
            ended = await wait_until(self.parts, news, wish.wait, look, lambda found: found.status not in OPEN_RUN)
        async with self.parts.database.transaction() as session:
            body = (await shown(session, ended, self.caller.language)).model_dump(mode="json")
        return JSONResponse(body, 202 if ended.status in OPEN_RUN else 200)

    async def quote(self, session: AsyncSession, wanted: Wanted) -> list[Line]:
        """What each step may cost; raises ``InvalidInput`` for a graph or inputs that cannot be run."""
        return await self._opener.quote(session, wanted)

    async def open(self, session: AsyncSession, wanted: Wanted) -> Run:
        """A new run with its credits set aside; raises the caller's mistakes by name and leaves nothing behind."""
        if wanted.priority == PriorityName.high and not entitled(self.caller):
            raise Forbidden(reason=NO_HIGH["en"], reason_zh=NO_HIGH["zh"])
        return await self._opener.open(session, wanted)

    @property
    def _opener(self) -> RunOpener:
        return RunOpener(
            self.parts.catalogue,
            self.parts.settings,
            self.caller.account_id,
            self.caller.user_id,
            self.caller.language,
            self.request.scope["state"]["request_id"],
        )

    async def _start(self, run: Run) -> None:
        """Start the run's workflow. It is committed already: where Temporal fails now, the sweep starts it."""
        try:
            await self.parts.temporal.promptly(start_run(await self.parts.temporal.client(), view_open(run)))
        except (RPCError, Unavailable) as error:
            log.warning("the workflow was not started; the sweep will", run_id=run.id, error=str(error))


def run_submission(request: Request, parts: Platform, caller: JobsWriter, once: Once) -> RunSubmission:
    """The dependency of handlers that open runs."""
    return RunSubmission(request, parts, caller, once)


SubmitRun = Annotated[RunSubmission, Depends(run_submission)]


async def shown(session: AsyncSession, run: Run, language: str) -> RunView:
    """A run with its graph's steps and what it still holds."""
    names = [node["id"] for node in run.graph.get("nodes", [])]
    rows = await RunSteps(session).rows(run.id, names)
    return run_view(run, rows.values(), await Runs(session).held(run.id), language)


async def cancel_run(parts: Parts, run: Run) -> None:
    """Cancel the run's workflow; one that was never started is ended here, by the same conditional update."""
    handle = (await parts.temporal.client()).get_workflow_handle(of_run(run.id))
    try:
        await parts.temporal.promptly(handle.cancel(rpc_timeout=RPC_TIMEOUT))
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        async with parts.database.transaction() as session:
            await Runs(session).end(run.id, "canceled", None, None)


async def tell_decision(parts: Parts, workflow_id: str, step: str) -> None:
    """Wake the workflow that waits for a decision. It is committed: what fails now the sweep repeats."""
    try:
        handle = (await parts.temporal.client()).get_workflow_handle(workflow_id)
        await parts.temporal.promptly(handle.signal("decided", step, rpc_timeout=RPC_TIMEOUT))
    except (RPCError, Unavailable) as error:
        log.warning("the workflow was not told of a decision; the sweep will", step=step, error=str(error))
