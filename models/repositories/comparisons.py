"""Comparisons: the jobs that one input was given to, each with a model of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import NotFound
from ..ids import new_id
from ..payloads.jobs import OPEN
from ..tables import Comparison, Job


@dataclass(frozen=True)
class Compared:
    """A comparison with its jobs as they stand, in the order in which their models were given."""

    row: Comparison
    jobs: Sequence[Job]

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def status(self) -> str:
        """``running`` or ``ended``."""
        return "running" if any(job.status in OPEN for job in self.jobs) else "ended"


class Comparisons:
    """Verbs of comparisons inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def open(self, account_id: str, tool_id: str) -> Comparison:
        """A new one; its jobs name it."""
        comparison = Comparison(id=new_id("comparison"), account_id=account_id, tool_id=tool_id)
        self.session.add(comparison)
        await self.session.flush()
        await self.session.refresh(comparison)
        return comparison

    async def get(self, account_id: str, comparison_id: str) -> Compared:
        """The account's own; raises ``NotFound`` for any other."""
        found = await self._with_jobs(Comparison.id == comparison_id, Comparison.account_id == account_id)
        if not found:
            raise NotFound(what="comparison")
        return found[0]

    async def list(self, account_id: str, limit: int, before: str | None) -> list[Compared]:
        """Newest first, below the id ``before``."""
        older = [Comparison.id < before] if before else []
        return [*await self._with_jobs(Comparison.account_id == account_id, *older, limit=limit)]

    async def _with_jobs(self, *which: ColumnElement[bool], limit: int = 1) -> Sequence[Compared]:
        rows = await self.session.execute(select(Comparison).where(*which).order_by(Comparison.id.desc()).limit(limit))
        comparisons = rows.scalars().all()
        jobs: dict[str | None, list[Job]] = {each.id: [] for each in comparisons}
        for job in await self.session.scalars(select(Job).where(Job.comparison_id.in_(jobs)).order_by(Job.id)):
            jobs[job.comparison_id].append(job)
        return [Compared(each, jobs[each.id]) for each in comparisons]
