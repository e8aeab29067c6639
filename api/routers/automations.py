"""Automations: what runs by itself, by a schedule, by events or by a call of its hook."""

from datetime import UTC, datetime
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Request
from fastapi.responses import JSONResponse

from models.automations import cron as crons
from models.automations.clocks import upcoming
from models.payloads.automations import CronLine, ZoneName
from models.repositories.automations import Automations
from models.repositories.firings import Firings

from ..automating import Desk, backfill
from ..deps import JobsReader, JobsWriter, Platform, Work
from ..idempotency import Once
from ..paging import Limit, page
from ..rate_limit import count, executes
from ..routing import Router
from ..schemas.automations import (
    AutomationChange,
    AutomationPage,
    AutomationView,
    Backfilling,
    DueList,
    FiringPage,
    FiringView,
    NewAutomation,
    Triggering,
    due_view,
    firing_view,
)
from ..schemas.base import Time

router = Router(prefix="/api/automations", tag="automations")


@router.get("/preview")
async def preview_schedule(
    caller: JobsReader,
    cron: CronLine,
    timezone: ZoneName = "UTC",
    times: Annotated[int, Query(alias="count", ge=1, le=100)] = 10,
    after: Annotated[Time | None, Query(description="Now by default.")] = None,
) -> DueList:
    """When a cron line is due next, with what changes of clocks do to it."""
    start = (after or datetime.now(UTC)).astimezone(UTC)
    due = islice(upcoming(crons.parse(cron), ZoneInfo(timezone), start), times)
    return DueList(data=[due_view(each) for each in due])


@router.post("", status_code=201, response_model=AutomationView)
async def create_automation(
    caller: JobsWriter, body: NewAutomation, desk: Desk, work: Work, once: Once
) -> JSONResponse:
    """A new automation, active at once."""
    replayed = await once.replay(work.session)
    if replayed is not None:
        return replayed
    return await once.answer(work.session, desk.view(await desk.create(body)), 201)


@router.get("")
async def list_automations(
    caller: JobsReader, desk: Desk, work: Work, limit: Limit = 50, cursor: str = ""
) -> AutomationPage:
    """The account's automations, newest first."""
    found = await Automations(work.session).list(caller.account_id, limit + 1, cursor or None)
    rows, next_cursor = page(found, limit, lambda row: row.id)
    return AutomationPage(data=[desk.view(row) for row in rows], next_cursor=next_cursor)


@router.get("/{automation_id}")
async def get_automation(caller: JobsReader, automation_id: str, desk: Desk, work: Work) -> AutomationView:
    """An automation with its next times."""
    return desk.view(await Automations(work.session).get(caller.account_id, automation_id))


@router.patch("/{automation_id}")
async def change_automation(
    caller: JobsWriter, automation_id: str, body: AutomationChange, desk: Desk
) -> AutomationView:
    """Change what is sent, leave the rest."""
    return desk.view(await desk.change(automation_id, body))


@router.delete("/{automation_id}", status_code=204)
async def delete_automation(caller: JobsWriter, automation_id: str, desk: Desk) -> None:
    """Gone at once; runs that were begun go on."""
    await desk.delete(automation_id)


@router.post("/{automation_id}/pause")
async def pause_automation(caller: JobsWriter, automation_id: str, desk: Desk) -> AutomationView:
    """It no longer runs by itself; what happens meanwhile is not made up for."""
    return desk.view(await desk.pause(automation_id))


@router.post("/{automation_id}/resume")
async def resume_automation(caller: JobsWriter, automation_id: str, desk: Desk) -> AutomationView:
    """It runs again, for what happens from now on."""
    return desk.view(await desk.resume(automation_id))


@router.post("/{automation_id}/trigger", status_code=202, response_model=FiringView)
async def trigger_automation(
    caller: JobsWriter, automation_id: str, desk: Desk, request: Request, once: Once, body: Triggering | None = None
) -> JSONResponse:
    """Fire now, also while it is paused; the firing tells what becomes of it."""
    session = desk.work.session
    replayed = await once.replay(session)
    if replayed is not None:
        return replayed
    policy = executes(desk.parts.settings, desk.parts.entitled(caller).rate_factor)
    await count(request, session, policy, f"{caller.user_id}:automations")
    firing = await desk.trigger(automation_id, body.event if body else {})
    return await once.answer(session, firing_view(firing, None, caller.language), 202)


@router.post("/{automation_id}/backfill", status_code=202)
async def backfill_automation(caller: JobsWriter, automation_id: str, body: Backfilling, platform: Platform) -> None:
    """Fire for every time of the schedule in a range: one run after the other, unless its runs may overlap."""
    await backfill(platform, caller, automation_id, body)


@router.get("/{automation_id}/runs")
async def list_firings(
    caller: JobsReader, automation_id: str, work: Work, limit: Limit = 50, cursor: str = ""
) -> FiringPage:
    """Every time that it was to run, with why it did or did not, newest first; kept for 90 days."""
    await Automations(work.session).get(caller.account_id, automation_id)
    found = await Firings(work.session).list(automation_id, limit + 1, cursor or None)
    rows, next_cursor = page(found, limit, lambda row: row[0].id)
    shown = [firing_view(firing, status, caller.language) for firing, status in rows]
    return FiringPage(data=shown, next_cursor=next_cursor)
