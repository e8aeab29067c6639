"""Jobs: one run of a tool each. The row is the truth; its workflow ``job-{id}`` is kept in step with it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Created, Id, Json, Table


class Job(Table):
    """``run_id`` and ``attempt`` fence: only the newest attempt may write. ``event_seq`` numbers the job's events.

    ``pipeline_run`` and ``pipeline_step`` say for which run of a pipeline it works; ``model`` is what the call named.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("status IN ('queued', 'running', 'succeeded', 'failed', 'canceled')", name="status"),
        CheckConstraint("priority IN ('low', 'normal', 'high')", name="priority"),
        Index("ix_jobs_account", "account_id", "id"),
        Index("ix_jobs_pipeline_run", "pipeline_run", postgresql_where=text("pipeline_run IS NOT NULL")),
        Index("ix_jobs_open", "queue", "created_at", postgresql_where=text("status IN ('queued', 'running')")),
        Index("ix_jobs_ended", "account_id", "completed_at", postgresql_where=text("completed_at IS NOT NULL")),
        Index("ix_jobs_model", "model", "completed_at", postgresql_where=text("model IS NOT NULL")),
        Index("ix_jobs_model_ended", "completed_at", "model", postgresql_where=text("model IS NOT NULL")),
        Index("ix_jobs_comparison", "comparison_id", postgresql_where=text("comparison_id IS NOT NULL")),
        Index("ix_jobs_completed_at", "completed_at", postgresql_using="brin", postgresql_with={"autosummarize": "on"}),
    )

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    tool_id: Mapped[str]
    tool_version: Mapped[str]
    queue: Mapped[str]
    chunked: Mapped[bool] = mapped_column(server_default=text("false"))
    timeout: Mapped[float]
    fairness_weight: Mapped[float] = mapped_column(server_default="1")
    status: Mapped[str] = mapped_column(server_default="queued")
    priority: Mapped[str] = mapped_column(server_default="normal")
    inputs: Mapped[Json]
    parameters: Mapped[Json]
    language: Mapped[str] = mapped_column(server_default="zh")
    run_id: Mapped[str] = mapped_column(server_default="")
    attempt: Mapped[int] = mapped_column(server_default="0")
    fraction: Mapped[float] = mapped_column(server_default="0")
    step: Mapped[str] = mapped_column(server_default="queued")
    message: Mapped[str] = mapped_column(server_default="")
    held: Mapped[int]
    used: Mapped[int] = mapped_column(server_default="0")
    outputs: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    data: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    error: Mapped[Json | None]
    engine: Mapped[str | None]
    retried_from: Mapped[str | None]
    request_id: Mapped[str | None]
    pipeline_run: Mapped[str | None] = mapped_column(ForeignKey("runs.id"))
    pipeline_step: Mapped[str | None]
    model: Mapped[str | None]
    comparison_id: Mapped[str | None] = mapped_column(ForeignKey("comparisons.id"))
    event_seq: Mapped[int] = mapped_column(server_default="0")
    cancel_requested_at: Mapped[datetime | None]
    deadline: Mapped[datetime | None]
    created_at: Mapped[Created]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]


class JobChunk(Table):
    """A planned piece of a chunked tool; a finished one's file is kept under ``work/{job}/`` until the job ends."""

    __tablename__ = "job_chunks"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    description: Mapped[Json]
    run_id: Mapped[str] = mapped_column(server_default="")
    attempt: Mapped[int] = mapped_column(server_default="0")
    sha256: Mapped[str | None]
    created_at: Mapped[Created]
