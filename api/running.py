"""Opening runs of pipelines on behalf of a caller: validate, quote, hold, write, remember; then start the workflow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client

from activities.graph_prices import Line
from activities.run_opening import RunOpener, Wanted
from models.payloads.runs import OPEN_RUN
from models.repositories.run_steps import RunSteps
from models.repositories.runs import Runs, view_open
from models.tables import Run
from temporal.ids import of_run
from temporal.policies import RPC_TIMEOUT
from workflows.starts import start_run

from .beginning import Beginning, cancel_or_end, or_left_to_sweep
from .deps import JobsWriter, Platform
from .idempotency import Once
from .platform import Parts
from .schemas.runs import RunView, run_view


@dataclass(frozen=True)
class RunSubmission(Beginning[Run]):
    """One POST that opens a run."""

    open_states = OPEN_RUN

    async def quote(self, session: AsyncSession, wanted: Wanted) -> list[Line]:
        """What each step may cost; raises ``InvalidInput`` for a graph or inputs that cannot be run."""
        return await self._opener.quote(session, wanted)

    async def open(self, session: AsyncSession, wanted: Wanted) -> Run:
        """A new run with its credits set aside; raises the caller's mistakes by name and leaves nothing behind."""
        self.check_priority(wanted.priority)
        return await self._opener.open(session, wanted)

    @property
    def _opener(self) -> RunOpener:
        caller, parts = self.caller, self.parts
        return RunOpener(
            parts.catalogue, parts.settings, caller.account_id, caller.user_id, caller.language, self.request_id
        )

    async def _start(self, begun: Run) -> None:
        await or_left_to_sweep(
            self.parts,
            "the workflow was not started",
            lambda client: start_run(client, view_open(begun)),
            run_id=begun.id,
        )

    async def _found(self, session: AsyncSession, work_id: str) -> Run:
        return await Runs(session).get(self.caller.account_id, work_id)

    async def _shown(self, session: AsyncSession, work: Run) -> RunView:
        return await shown(session, work, self.caller.language)


def run_submission(request: Request, parts: Platform, caller: JobsWriter, once: Once) -> RunSubmission:
    """The dependency of handlers that open runs."""
    return RunSubmission(request, parts, caller, once)


SubmitRun = Annotated[RunSubmission, Depends(run_submission)]


async def shown(session: AsyncSession, run: Run, language: str) -> RunView:
    """A run with its graph's steps and what it still holds."""
    return (await all_shown(session, [run], language))[0]


async def all_shown(session: AsyncSession, runs: Sequence[Run], language: str) -> list[RunView]:
    """The same of many, by two queries."""
    names = {run.id: [node["id"] for node in run.graph.get("nodes", [])] for run in runs}
    rows = await RunSteps(session).rows_of(names)
    held = await Runs(session).held(names)
    return [run_view(run, rows.get(run.id, []), held.get(run.id, 0), language) for run in runs]


async def cancel_run(parts: Parts, run: Run) -> None:
    """Cancel the run's workflow; one that was never started is ended here."""
    await cancel_or_end(parts, of_run(run.id), lambda session: Runs(session).end(run.id, "canceled", None, None))


async def tell_decision(parts: Parts, workflow_id: str, step: str) -> None:
    """Wake the workflow that waits for a decision."""

    async def tell(client: Client) -> None:
        await client.get_workflow_handle(workflow_id).signal("decided", step, rpc_timeout=RPC_TIMEOUT)

    await or_left_to_sweep(parts, "the workflow was not told of a decision", tell, step=step)
