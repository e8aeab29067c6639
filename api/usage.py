"""Adds up what an account used for the pages that show it. What is read is bounded by days and tools, not by jobs."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from models.entitlements import plan_now
from models.payloads.accounts import Identity
from models.payloads.usage import Used, UsedOfDay, added
from models.plans import plan
from models.repositories.credits import Credits
from models.repositories.favorites import Favorites
from models.repositories.jobs import Jobs
from models.repositories.usage import UsageBook
from models.tables import Account, Favorite

from .platform import Parts
from .schemas.usage import (
    AnalyticsView,
    Cost,
    CreditsNow,
    DashboardView,
    FavoriteView,
    PlanNow,
    RecentJob,
    Span,
    UsedByTool,
    UsedOnDay,
)

MONTH, SHOWN, MOST_OPEN = 30, 5, 1000


class Names(dict[str, str]):
    """Names of tools in one language; a tool that is no longer there keeps its id."""

    def __init__(self, parts: Parts, language: str) -> None:
        super().__init__({tool.id: tool.title.of(language) for tool in parts.catalogue.all()})

    def __missing__(self, tool_id: str) -> str:
        return tool_id


async def analytics(session: AsyncSession, account_id: str, days: int, span: Span, names: Names) -> AnalyticsView:
    """The last ``days`` days (UTC), today among them."""
    rows, first, today = await used(session, account_id, days)
    return AnalyticsView(
        first_day=first,
        last_day=today,
        total=_sum(rows),
        days=_by_day(rows, first, today),
        tools=_by_tool(rows, names),
        costs=_costs(rows, first, span, names),
    )


async def used(session: AsyncSession, account_id: str, days: int) -> tuple[list[UsedOfDay], date, date]:
    """The sums by day and tool, and the first and the last day."""
    now = datetime.now(UTC)
    first = now.date() - timedelta(days=days - 1)
    return await UsageBook(session).of_account(account_id, first, now), first, now.date()


async def dashboard(session: AsyncSession, caller: Identity, language: str, names: Names) -> DashboardView:
    """All that the first page shows, in one transaction."""
    rows, first, today = await used(session, caller.account_id, MONTH)
    account = await session.get_one(Account, caller.account_id)
    until = account.plan_until
    plan_id = plan_now(account.plan, until, datetime.now(UTC))
    recent = await Jobs(session).list(caller.account_id, SHOWN, None, {}, None)
    return DashboardView(
        credits=CreditsNow(balance=account.balance, held=account.held, available=account.balance - account.held),
        plan=PlanNow(
            id=plan_id, title=plan(plan_id).title.of(language), until=until if plan_id == account.plan else None
        ),
        open=await Credits(session).open_holds(caller.account_id, MOST_OPEN),
        today=_sum(row for row in rows if row.day == today),
        month=_sum(rows),
        days=_by_day(rows, first, today),
        tools=_by_tool(rows, names)[:SHOWN],
        recent=[
            RecentJob(
                id=job.id,
                tool_id=job.tool_id,
                name=names[job.tool_id],
                status=job.status,
                credits_used=job.used,
                created_at=job.created_at,
                completed_at=job.completed_at,
            )
            for job in recent
        ],
        favorites=[favorite_view(each, names) for each in await Favorites(session).list(caller.user_id)],
    )


def favorite_view(favorite: Favorite, names: Names) -> FavoriteView:
    """A favorite with its tool's name."""
    tool_id = favorite.tool_id
    return FavoriteView(tool_id=tool_id, name=names[tool_id], created_at=favorite.created_at)


def _sum(rows: Iterable[UsedOfDay]) -> Used:
    return added(rows, lambda _: None).get(None, Used())


def _by_day(rows: list[UsedOfDay], first: date, last: date) -> list[UsedOnDay]:
    sums, days = added(rows, lambda row: row.day), (last - first).days + 1
    every = (first + timedelta(days=number) for number in range(days))
    return [UsedOnDay(day=day, **sums.get(day, Used()).model_dump()) for day in every]


def _by_tool(rows: list[UsedOfDay], names: Names) -> list[UsedByTool]:
    sums = added(rows, lambda row: row.tool_id)
    dearest = sorted(sums.items(), key=lambda each: (-each[1].credits, -each[1].jobs, each[0]))
    return [UsedByTool(tool_id=tool_id, name=names[tool_id], **sum_.model_dump()) for tool_id, sum_ in dearest]


def _costs(rows: list[UsedOfDay], first: date, span: Span, names: Names) -> list[Cost]:
    sums = added(rows, lambda row: (max(first, _begin(row.day, span)), row.tool_id))
    return [
        Cost(start=start, tool_id=tool_id, name=names[tool_id], jobs=sum_.jobs, credits=sum_.credits)
        for (start, tool_id), sum_ in sorted(sums.items(), key=lambda each: each[0])
    ]


def _begin(day: date, span: Span) -> date:
    if span == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if span == "week" else day
