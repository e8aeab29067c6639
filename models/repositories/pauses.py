"""Tools that an operator has paused: nothing of them begins, what runs ends, what waits goes on once they resume."""

from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import ToolPaused
from ..tables import Job, RunStep, ToolConfiguration

PAUSED = "paused"
"""The ``kind`` of a step's ``waiting``."""


class Pauses:
    """Pausing inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def pause(self, tool_id: str, reason: str) -> bool:
        """Let nothing of the tool begin from now on; False if it was paused, whose reason is then replaced."""
        found = await self.session.execute(
            select(ToolConfiguration.paused_at).where(ToolConfiguration.tool_id == tool_id).with_for_update()
        )
        before = found.scalar()
        values = {"paused_at": func.now() if before is None else before, "pause_reason": reason}
        await self.session.execute(
            upsert(ToolConfiguration)
            .values(tool_id=tool_id, **values)
            .on_conflict_do_update(index_elements=["tool_id"], set_=values)
        )
        return before is None

    async def resume(self, tool_id: str) -> list[tuple[str, str]]:
        """Let it begin again: ``(workflow, step)`` of every step that waited and is to be told.

        They are decided here, so that the sweep tells those whom the caller cannot.
        """
        await self.session.execute(
            update(ToolConfiguration)
            .where(ToolConfiguration.tool_id == tool_id)
            .values(paused_at=None, pause_reason="")
        )
        decided = await self.session.execute(
            update(RunStep)
            .where(RunStep.tool_id == tool_id, RunStep.status == "waiting")
            .where(RunStep.waiting["kind"].astext == PAUSED)
            .values(decision={"approved": True, "at": datetime.now(UTC).isoformat()})
            .returning(RunStep.waiting["workflow_id"].astext, RunStep.step)
        )
        return [(row[0], row[1]) for row in decided.all()]

    async def holds(self, tool_id: str) -> bool:
        """Whether the tool is paused; what is written in this transaction, its resuming will find."""
        found = await self.session.execute(
            select(ToolConfiguration.paused_at).where(ToolConfiguration.tool_id == tool_id).with_for_update(read=True)
        )
        return found.scalar() is not None

    async def check(self, tool_id: str, job_id: str | None = None) -> None:
        """Raises ``ToolPaused``; not for a job that has begun."""
        query = select(ToolConfiguration.pause_reason).where(
            ToolConfiguration.tool_id == tool_id, ToolConfiguration.paused_at.is_not(None)
        )
        if job_id is not None:
            begun = select(Job.id).where(Job.id == job_id, Job.status != "queued")
            query = query.where(~begun.exists())
        reason = (await self.session.execute(query)).scalar()
        if reason is not None:
            raise ToolPaused(tool=tool_id, reason=reason)
