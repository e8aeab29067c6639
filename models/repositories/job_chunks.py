"""The pieces of a chunked tool's job: planned, taken by fenced attempts, kept as they end."""

from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..payloads.jobs import OPEN, Fence
from ..tables import Job, JobChunk

JOB_IS_OPEN = select(Job.id).where(Job.id == JobChunk.job_id, Job.status.in_(OPEN)).exists()


class JobChunks:
    """Verbs of chunks inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def plan(self, job_id: str, descriptions: list[dict[str, Any]]) -> None:
        """Write the plan. The same plan again keeps the chunks that are finished; another one starts afresh."""
        if await self._described(job_id) == descriptions:
            return
        await self.session.execute(delete(JobChunk).where(JobChunk.job_id == job_id))
        rows = [{"job_id": job_id, "position": at, "description": each} for at, each in enumerate(descriptions)]
        if rows:
            await self.session.execute(insert(JobChunk), rows)

    async def begin(self, job_id: str, position: int, fence: Fence) -> dict[str, Any] | None:
        """Take a chunk for this attempt and return its description; None if the job ended or a newer attempt has it."""
        taken = await self.session.execute(
            update(JobChunk)
            .where(JobChunk.job_id == job_id, JobChunk.position == position, JOB_IS_OPEN)
            .where(or_(JobChunk.run_id != fence.run_id, JobChunk.attempt < fence.attempt))
            .values(run_id=fence.run_id, attempt=fence.attempt)
            .returning(JobChunk.description)
        )
        return taken.scalar()

    async def holds(self, job_id: str, position: int, fence: Fence) -> bool:
        """Whether this attempt is still the one that counts."""
        found = await self.session.execute(
            select(JobChunk.position)
            .where(JobChunk.job_id == job_id, JobChunk.position == position, JOB_IS_OPEN)
            .where(JobChunk.run_id == fence.run_id, JobChunk.attempt == fence.attempt)
        )
        return found.scalar() is not None

    async def finish(self, job_id: str, position: int, fence: Fence, sha256: str) -> bool:
        """Keep a chunk's digest; False if the attempt has lost its lease or the job has ended."""
        kept = await self.session.execute(
            update(JobChunk)
            .where(JobChunk.job_id == job_id, JobChunk.position == position, JOB_IS_OPEN)
            .where(JobChunk.run_id == fence.run_id, JobChunk.attempt == fence.attempt)
            .values(sha256=sha256)
            .returning(JobChunk.position)
        )
        return kept.scalar() is not None

    async def digest(self, job_id: str, position: int) -> str | None:
        """Digest of a finished chunk, or None."""
        found = await self.session.execute(
            select(JobChunk.sha256).where(JobChunk.job_id == job_id, JobChunk.position == position)
        )
        return found.scalar()

    async def digests(self, job_id: str) -> list[str]:
        """Digests of the finished chunks in the plan's order."""
        found = await self.session.execute(
            select(JobChunk.sha256)
            .where(JobChunk.job_id == job_id, JobChunk.sha256.is_not(None))
            .order_by(JobChunk.position)
        )
        return [str(each) for each in found.scalars()]

    async def done(self, job_id: str) -> tuple[int, int]:
        """How many chunks are finished, of how many."""
        counts = await self.session.execute(
            select(func.count(JobChunk.sha256), func.count()).where(JobChunk.job_id == job_id)
        )
        finished, planned = counts.one()
        return int(finished), int(planned)

    async def _described(self, job_id: str) -> list[dict[str, Any]]:
        found = await self.session.execute(
            select(JobChunk.description).where(JobChunk.job_id == job_id).order_by(JobChunk.position)
        )
        return list(found.scalars())
