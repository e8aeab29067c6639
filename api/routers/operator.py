"""For users whose role is operator or admin: pausing tools, finding what is stuck, moving jobs."""

from typing import Annotated

from fastapi import Query

from ..operating import Operate
from ..paging import Limit
from ..routing import Router
from ..schemas.operator import MoveRequest, OpenJobView, PauseRequest, PauseView, StuckView

router = Router(prefix="/api/operator", tag="operator")


@router.post("/tools/{tool_id}/pause")
async def pause_tool(tool_id: str, body: PauseRequest, operate: Operate) -> PauseView:
    """Let nothing of the tool begin, anywhere: new calls are refused with ``tool_paused``, queued jobs and steps of
    pipelines wait, what runs ends."""
    return await operate.pause(tool_id, body.reason)


@router.post("/tools/{tool_id}/resume")
async def resume_tool(tool_id: str, operate: Operate) -> PauseView:
    """Let it begin again; what waited goes on."""
    return await operate.resume(tool_id)


@router.get("/stuck")
async def list_stuck(
    operate: Operate,
    seconds: Annotated[float, Query(ge=0, le=30 * 86_400, description="Open for at least so long.")] = 300,
    tool_id: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
) -> StuckView:
    """Jobs and steps of all accounts that have been open for long, and how each pool stands."""
    return await operate.stuck(seconds, tool_id, limit)


@router.post("/jobs/{job_id}/move")
async def move_job(job_id: str, body: MoveRequest, operate: Operate) -> OpenJobView:
    """Begin the job's open work anew on another pool, or with another limit of time."""
    return await operate.move(job_id, body)
