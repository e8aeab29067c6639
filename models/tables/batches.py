"""Batches: one tool or pipeline over many rows. The row is the truth; its workflow ``batch-{id}-{round}`` follows."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .base import Big, Created, Id, Json, Table

NULLABLE = JSONB(none_as_null=True)


class Batch(Table):
    """``tool_id`` or ``graph`` says what is run. ``parameters`` are common to all rows.

    ``round`` counts from 1; each retry of the failed rows is another, with a workflow and a hold of its own.
    ``committed`` is what ended rows were charged and open ones may cost at most; ``used`` what was charged.
    """

    __tablename__ = "batches"
    __table_args__ = (
        CheckConstraint("status IN ('queued', 'running', 'paused', 'succeeded', 'failed', 'canceled')", name="status"),
        CheckConstraint("priority IN ('low', 'normal', 'high')", name="priority"),
        CheckConstraint("(tool_id IS NULL) <> (graph IS NULL)", name="target"),
        Index("ix_batches_account", "account_id", "id"),
        Index("ix_batches_open", "id", postgresql_where=text("status IN ('queued', 'running', 'paused')")),
    )

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    tool_id: Mapped[str | None]
    queue: Mapped[str]
    timeout: Mapped[float]
    pipeline_id: Mapped[str | None]
    pipeline_version: Mapped[int | None]
    graph: Mapped[Json | None] = mapped_column(NULLABLE)
    parameters: Mapped[Json]
    columns: Mapped[Json]
    status: Mapped[str] = mapped_column(server_default="queued")
    priority: Mapped[str] = mapped_column(server_default="normal")
    language: Mapped[str] = mapped_column(server_default="zh")
    fairness_weight: Mapped[float] = mapped_column(server_default="1")
    concurrency: Mapped[int]
    round: Mapped[int] = mapped_column(server_default="1")
    total: Mapped[int]
    succeeded: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    canceled: Mapped[int] = mapped_column(server_default="0")
    budget: Mapped[Big]
    committed: Mapped[Big] = mapped_column(server_default="0")
    used: Mapped[Big] = mapped_column(server_default="0")
    error: Mapped[Json | None] = mapped_column(NULLABLE)
    report_file_id: Mapped[str | None]
    table_file_id: Mapped[str | None]
    zip_file_id: Mapped[str | None]
    zip_error: Mapped[Json | None] = mapped_column(NULLABLE)
    request_id: Mapped[str | None]
    cancel_requested_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    created_at: Mapped[Created]
    started_at: Mapped[datetime | None]
    round_at: Mapped[Created]
    round_done: Mapped[int] = mapped_column(server_default="0")
    completed_at: Mapped[datetime | None]


class BatchRow(Table):
    """``input`` is the row's own part of the call. ``ceiling`` is what the batch's hold has for it while it is open.

    ``run_id`` is the run of a row of a pipeline. ``fence_run`` and ``fence_attempt`` say which attempt of a chunk may
    end it. ``outputs`` by name: file ids, lists of them, or values. ``attempt`` is the round that did it last.
    """

    __tablename__ = "batch_rows"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'running', 'succeeded', 'failed', 'canceled')", name="state"),
        Index("ix_batch_rows_state", "batch_id", "state", "number"),
        Index("ix_batch_rows_run", "run_id", postgresql_where=text("run_id IS NOT NULL")),
    )

    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    input: Mapped[Json]
    state: Mapped[str] = mapped_column(server_default="pending")
    ceiling: Mapped[Big] = mapped_column(server_default="0")
    credits: Mapped[Big] = mapped_column(server_default="0")
    attempt: Mapped[int] = mapped_column(server_default="1")
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id"))
    fence_run: Mapped[str] = mapped_column(server_default="")
    fence_attempt: Mapped[Big] = mapped_column(server_default="0")
    outputs: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    data: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    error: Mapped[Json | None] = mapped_column(NULLABLE)
    completed_at: Mapped[datetime | None]
