"""Comparisons as the API shows and takes them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from models.repositories.comparisons import Compared

from .base import Body, View
from .jobs import JobView, view

MOST = 8
"""Models of one comparison."""


class ComparisonRequest(Body):
    """One call of a tool for several models of its; each is a job of its own, with its own price."""

    tool_id: str = Field(max_length=64)
    inputs: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    models: list[Annotated[str, Field(max_length=200)]] = Field(min_length=2, max_length=MOST)


class CreditsOfComparison(View):
    held: int
    used: int


class ComparisonView(View):
    """``jobs`` are in the order of the request; each says its model, time, credits and outputs."""

    id: str
    tool_id: str
    status: str = Field(description="running or ended")
    credits: CreditsOfComparison
    jobs: list[JobView]
    created_at: datetime


class ComparisonPage(View):
    data: list[ComparisonView]
    next_cursor: str | None


def comparison_view(compared: Compared, language: str) -> ComparisonView:
    jobs = compared.jobs
    return ComparisonView(
        id=compared.id,
        tool_id=compared.row.tool_id,
        status=compared.status,
        credits=CreditsOfComparison(held=sum(job.held for job in jobs), used=sum(job.used for job in jobs)),
        jobs=[view(job, language) for job in jobs],
        created_at=compared.row.created_at,
    )
