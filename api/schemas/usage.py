"""What an account used, as the API shows it."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from models.payloads.jobs import Status
from models.payloads.usage import Used

Span = Literal["day", "week", "month"]


class UsedOnDay(Used):
    """A day (UTC)."""

    day: date


class UsedByTool(Used):
    """A tool; ``name`` is in the caller's language, or the id of one that is no longer offered."""

    tool_id: str
    name: str


class Cost(BaseModel):
    """What a tool cost in the period that begins at ``start``: a day, a week from its Monday, a month from its first;
    the first period begins no sooner than the days that were asked for."""

    start: date
    tool_id: str
    name: str
    jobs: int
    credits: int


class AnalyticsView(BaseModel):
    """``days`` has each day from the first to the last, also those without work; the dearest tools come first."""

    first_day: date
    last_day: date
    total: Used
    days: list[UsedOnDay]
    tools: list[UsedByTool]
    costs: list[Cost]


class CreditsNow(BaseModel):
    """``available`` = ``balance`` - ``held``."""

    balance: int
    held: int
    available: int


class PlanNow(BaseModel):
    """``until`` None: for ever."""

    id: str
    title: str
    until: datetime | None


class RecentJob(BaseModel):
    id: str
    tool_id: str
    name: str
    status: Status
    credits_used: int
    created_at: datetime
    completed_at: datetime | None


class FavoriteView(BaseModel):
    tool_id: str
    name: str
    created_at: datetime


class FavoriteList(BaseModel):
    data: list[FavoriteView]
    next_cursor: str | None = None


class DashboardView(BaseModel):
    """``today`` and ``month`` (30 days to today) count what has ended (UTC); ``tools`` the five dearest of the month.

    ``open`` is how many jobs, runs and batches wait or run, counted up to 1,000.
    """

    credits: CreditsNow
    plan: PlanNow
    open: int
    today: Used
    month: Used
    days: list[UsedOnDay]
    tools: list[UsedByTool]
    recent: list[RecentJob]
    favorites: list[FavoriteView]
