"""The first page's sums, what was used by day and tool, its export, and favorite tools."""

from enum import IntEnum
from typing import Annotated

from fastapi import Query, Response

from activities.tools.parsing import find
from models.payloads.usage import Used
from models.repositories.favorites import Favorites

from .. import tables, usage
from ..deps import AccountReader, InPerson, Language, Platform
from ..routing import Router
from ..schemas.usage import AnalyticsView, DashboardView, FavoriteList, FavoriteView, Span

router = Router(prefix="/api/users/me", tag="usage")


class Days(IntEnum):
    """How far back, today among them."""

    week = 7
    month = 30
    quarter = 90


LastDays = Annotated[Days, Query(description="7, 30 or 90 days to today (UTC).")]
COLUMNS = ("day", "tool_id", "name", *Used.model_fields)


@router.get("/dashboard")
async def get_dashboard(caller: AccountReader, platform: Platform, language: Language) -> DashboardView:
    """Credits, plan, what is open, what was used today and in 30 days, the latest jobs and favorites."""
    names = usage.Names(platform, language)
    async with platform.database.transaction() as session:
        return await usage.dashboard(session, caller, language, names)


@router.get("/analytics")
async def get_analytics(
    caller: AccountReader,
    platform: Platform,
    language: Language,
    days: LastDays = Days.month,
    span: Annotated[Span, Query(description="Periods of ``costs``.")] = "day",
) -> AnalyticsView:
    """What was used by day and by tool, and what each tool cost in each period."""
    names = usage.Names(platform, language)
    async with platform.database.transaction() as session:
        return await usage.analytics(session, caller.account_id, days, span, names)


@router.get("/analytics/export", response_class=Response)
async def export_analytics(
    caller: AccountReader,
    platform: Platform,
    language: Language,
    days: LastDays = Days.month,
    form: Annotated[tables.Format, Query(alias="format")] = "csv",
) -> Response:
    """A line for each day and tool, as a file."""
    names = usage.Names(platform, language)
    async with platform.database.transaction() as session:
        rows, first, last = await usage.used(session, caller.account_id, days)
    lines = [{**row.model_dump(), "name": names[row.tool_id]} for row in rows]
    cells = [[line[name] for name in COLUMNS] for line in lines]
    return tables.attachment(tables.written(COLUMNS, cells, form), f"usage-{first}-{last}.{form}", form)


@router.get("/favorites")
async def list_favorites(caller: AccountReader, platform: Platform, language: Language) -> FavoriteList:
    """My favorite tools, the latest first."""
    names = usage.Names(platform, language)
    async with platform.database.transaction() as session:
        found = await Favorites(session).list(caller.user_id)
    return FavoriteList(data=[usage.favorite_view(each, names) for each in found])


@router.get("/favorites/{tool_id}")
async def get_favorite(tool_id: str, caller: AccountReader, platform: Platform, language: Language) -> FavoriteView:
    """Whether a tool is a favorite: 404 if not."""
    async with platform.database.transaction() as session:
        found = await Favorites(session).get(caller.user_id, tool_id)
    return usage.favorite_view(found, usage.Names(platform, language))


@router.put("/favorites/{tool_id}")
async def add_favorite(tool_id: str, caller: InPerson, platform: Platform, language: Language) -> FavoriteView:
    """Make a tool a favorite; a second time changes nothing."""
    tool = find(platform.catalogue, tool_id)
    async with platform.database.transaction() as session:
        found = await Favorites(session).add(caller.user_id, tool.id)
    return usage.favorite_view(found, usage.Names(platform, language))


@router.delete("/favorites/{tool_id}", status_code=204)
async def remove_favorite(tool_id: str, caller: InPerson, platform: Platform) -> None:
    """It is none any longer; a second time changes nothing."""
    async with platform.database.transaction() as session:
        await Favorites(session).remove(caller.user_id, tool_id)
