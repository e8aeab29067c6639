"""Opening comparisons on behalf of a caller: one input through several models of a tool, a job each."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from activities.tools.parsing import find
from models.errors import InvalidInput, wrong
from models.repositories.comparisons import Compared, Comparisons

from .beginning import Beginning, Wishes
from .deps import JobsWriter, Platform
from .execution import Submission, start
from .idempotency import Once
from .schemas.comparisons import ComparisonRequest, ComparisonView, comparison_view
from .schemas.jobs import ExecuteRequest


@dataclass(frozen=True)
class ComparisonSubmission(Beginning[Compared]):
    """One POST that opens a comparison."""

    open_states = ("running",)

    async def create(self, body: ComparisonRequest) -> JSONResponse:
        """Open its jobs, all or none, start them, and answer 202, or 200 when all ended in time."""
        tool = find(self.parts.catalogue, body.tool_id)
        if len(set(body.models)) != len(body.models):
            raise InvalidInput(errors=[wrong("models", "模型不能重复", "each model once")])

        async def open_it(session: AsyncSession, wish: Wishes) -> Compared:
            await self.check_room(session, len(body.models))
            row = await Comparisons(session).open(self.caller.account_id, tool.id)
            calls = [ExecuteRequest(inputs=body.inputs, parameters=body.parameters, model=each) for each in body.models]
            return Compared(row, [await self._jobs.open(session, tool.id, call, wish, row.id) for call in calls])

        return await self.answer("comparisons", open_it)

    @property
    def _jobs(self) -> Submission:
        return Submission(self.request, self.parts, self.caller, self.once)

    async def _start(self, begun: Compared) -> None:
        await asyncio.gather(*(start(self.parts, job) for job in begun.jobs))

    async def _found(self, session: AsyncSession, work_id: str) -> Compared:
        return await Comparisons(session).get(self.caller.account_id, work_id)

    async def _shown(self, session: AsyncSession, work: Compared) -> ComparisonView:
        return comparison_view(work, self.caller.language)

    async def waited(self, begun: Compared, seconds: float) -> Compared:
        jobs = await asyncio.gather(*(self._jobs.waited(job, seconds) for job in begun.jobs))
        return Compared(begun.row, jobs)


def comparison_submission(request: Request, parts: Platform, caller: JobsWriter, once: Once) -> ComparisonSubmission:
    """The dependency of handlers that open comparisons."""
    return ComparisonSubmission(request, parts, caller, once)


SubmitComparison = Annotated[ComparisonSubmission, Depends(comparison_submission)]
