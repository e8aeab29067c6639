"""What accounts used, by day and tool: sums of what has ended, so that nobody counts a year of jobs to show a chart."""

from datetime import date

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from .base import Big, Created, Table


class Usage(Table):
    """A day (UTC) of one tool: jobs and rows of batches that ended on it.

    ``seconds`` is the time that jobs ran for (rows of batches have no time of their own), ``bytes`` the size of the
    files that were made, ``credits`` what was charged.
    """

    __tablename__ = "usage_analytics"
    __table_args__ = (Index(None, "day"),)

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    tool_id: Mapped[str] = mapped_column(primary_key=True)
    jobs: Mapped[Big]
    succeeded: Mapped[Big]
    failed: Mapped[Big]
    canceled: Mapped[Big]
    credits: Mapped[Big]
    seconds: Mapped[float]
    bytes: Mapped[Big]


class UsageDay(Table):
    """A day (UTC) whose sums are made for every account; days are made in their order."""

    __tablename__ = "usage_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    rolled_at: Mapped[Created]


class Favorite(Table):
    """A tool that somebody wants to find again."""

    __tablename__ = "favorites"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    tool_id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[Created]
