"""Runs of pipelines: the row is the truth, its workflow ``run-{id}`` is kept in step with it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .base import Big, Created, Id, Json, Table


class Run(Table):
    """``graph`` and ``plan`` are snapshots, read only where they are asked for. ``budget`` is the most that may be
    charged; ``committed`` what ended steps were charged and open ones hold. Credits are set aside by the hold of the
    run's id; steps carve theirs out of it."""

    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint("status IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'canceled')", name="status"),
        CheckConstraint("priority IN ('low', 'normal', 'high')", name="priority"),
        Index("ix_runs_account", "account_id", "id"),
        Index("ix_runs_pipeline", "pipeline_id", "id"),
        Index("ix_runs_open", "id", postgresql_where=text("status IN ('queued', 'running', 'waiting')")),
    )

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    pipeline_id: Mapped[str | None]
    pipeline_version: Mapped[int | None]
    graph: Mapped[Json] = mapped_column(deferred=True)
    plan: Mapped[Json] = mapped_column(deferred=True)
    inputs: Mapped[Json]
    outputs: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    status: Mapped[str] = mapped_column(server_default="queued")
    priority: Mapped[str] = mapped_column(server_default="normal")
    language: Mapped[str] = mapped_column(server_default="zh")
    fairness_weight: Mapped[float] = mapped_column(server_default="1")
    budget: Mapped[Big]
    committed: Mapped[Big] = mapped_column(server_default="0")
    used: Mapped[Big] = mapped_column(server_default="0")
    error: Mapped[Json | None]
    failed_step: Mapped[str | None]
    resumed_from: Mapped[str | None]
    request_id: Mapped[str | None]
    event_seq: Mapped[int] = mapped_column(server_default="0")
    cancel_requested_at: Mapped[datetime | None]
    created_at: Mapped[Created]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]


class RunStep(Table):
    """One step that was begun. ``step`` is its path: ``resize``, or ``each[3]/resize`` within a map or a loop.

    ``outputs`` is what it gave, by port. ``waiting`` says for what it waits and in which workflow; ``decision`` is
    what a person answered.
    """

    __tablename__ = "run_steps"
    __table_args__ = (
        CheckConstraint("status IN ('running', 'waiting', 'succeeded', 'failed', 'canceled')", name="status"),
        Index("ix_run_steps_job", "job_id"),
        Index(
            "ix_run_steps_paused",
            "tool_id",
            postgresql_where=text("status = 'waiting' AND waiting ->> 'kind' = 'paused'"),
        ),
    )

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    tool_id: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="running")
    attempt: Mapped[int] = mapped_column(server_default="1")
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    cached: Mapped[bool] = mapped_column(server_default=text("false"))
    reused: Mapped[bool] = mapped_column(server_default=text("false"))
    credits: Mapped[Big] = mapped_column(server_default="0")
    outputs: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    items: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    error: Mapped[Json | None]
    waiting: Mapped[Json | None]
    decision: Mapped[Json | None]
    started_at: Mapped[Created]
    completed_at: Mapped[datetime | None]


class CachedStep(Table):
    """By which job exactly this call was made last. ``key`` is the digest of tool, parameters and inputs."""

    __tablename__ = "cached_steps"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    created_at: Mapped[Created] = mapped_column(index=True)
