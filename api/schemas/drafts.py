"""Drafts of pipelines as the API shows them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from models.payloads.jobs import Status

from .jobs import JobError


class DraftRequest(BaseModel):
    """What the pipeline shall do, in Chinese or English."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(min_length=2, max_length=2000, strip_whitespace=True)]


class NearView(BaseModel):
    """Something near to what was asked: a template, or a tool by itself. The higher its score, the nearer."""

    kind: Literal["template", "tool"]
    id: str
    title: str
    score: float


class DraftView(BaseModel):
    """A draft, which is not saved, and the job that made it. ``graph`` can be run as it is; null until that has ended.

    ``by``: a text provider wrote it, or it is the nearest that was found. ``near``: what else was near, best first.
    """

    job_id: str
    status: Status
    by: Literal["provider", "search"] | None = None
    engine: str | None = None
    graph: dict[str, Any] | None = None
    explanation: str | None = None
    near: list[NearView] = []
    credits: int = 0
    error: JobError | None = None
