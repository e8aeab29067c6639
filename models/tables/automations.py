"""Automations: what runs by itself, when, and every time that it did or did not, with the reason."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Big, Created, Id, Json, Table
from .events import TransactionId


class Automation(Table):
    """``trigger`` and ``policies`` as in ``models/payloads/automations.py``.

    ``revision`` counts changes: a schedule of Temporal's belongs to one of them. ``listens`` to events after the cursor
    ``(cursor_xid, cursor_id)``. ``armed``: the credits were above the threshold since it fired last. ``hook_digest`` is
    that of the hook's token, which is made of ``hook_seed``. ``backfills`` are the ranges that were asked for.
    """

    __tablename__ = "automations"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'paused')", name="state"),
        CheckConstraint("(pipeline_id IS NULL) <> (tool_id IS NULL)", name="target"),
        Index("ix_automations_account", "account_id", "id", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_automations_listening", "id", postgresql_where=text("listens AND state = 'active'")),
        Index(
            "ix_automations_watching",
            "account_id",
            postgresql_where=text("state = 'active' AND trigger ->> 'type' = 'folder'"),
        ),
        Index("ix_automations_deleted", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
        Index("uq_automations_hook", "hook_digest", unique=True, postgresql_where=text("hook_digest IS NOT NULL")),
    )

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    pipeline_id: Mapped[str | None]
    tool_id: Mapped[str | None]
    parameters: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    inputs: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    trigger: Mapped[Json]
    condition: Mapped[str | None]
    policies: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    language: Mapped[str] = mapped_column(server_default="zh")
    state: Mapped[str] = mapped_column(server_default="active")
    paused_reason: Mapped[str | None]
    failures_in_row: Mapped[int] = mapped_column(server_default="0")
    daily_budget: Mapped[int | None] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(server_default="1")
    listens: Mapped[bool] = mapped_column(server_default=text("false"))
    cursor_xid: Mapped[Big] = mapped_column(TransactionId, server_default=text("pg_current_xact_id()"))
    cursor_id: Mapped[Big] = mapped_column(server_default="0")
    armed: Mapped[bool] = mapped_column(server_default=text("true"))
    hook_seed: Mapped[str | None]
    hook_digest: Mapped[str | None]
    backfills: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    created_at: Mapped[Created]
    updated_at: Mapped[Created]
    deleted_at: Mapped[datetime | None]


class Firing(Table):
    """One time that an automation was to run. ``decision`` is null until it is made; ``outcome`` until its run ends.

    ``key`` names the cause, so that none is recorded twice. ``ancestry`` are the automations whose runs led to it.
    ``waiting_since`` is when the first of the causes came that were joined into this one; it is decided at ``due_at``.
    """

    __tablename__ = "automation_firings"
    __table_args__ = (
        CheckConstraint(
            "why IN ('schedule', 'file', 'folder', 'job', 'run', 'credits', 'hook', 'manual', 'backfill')", name="why"
        ),
        CheckConstraint("decision IN ('run', 'skipped', 'failed', 'joined')", name="decision"),
        Index("uq_automation_firings_key", "automation_id", "key", unique=True),
        Index("ix_automation_firings_newest", "automation_id", "id"),
        Index("ix_automation_firings_pending", "due_at", postgresql_where=text("decision IS NULL")),
        Index(
            "ix_automation_firings_open",
            "automation_id",
            "concurrency_key",
            postgresql_where=text("decision = 'run' AND outcome IS NULL"),
        ),
        Index("ix_automation_firings_run", "run_id", postgresql_where=text("run_id IS NOT NULL")),
        Index("ix_automation_firings_at", "at"),
    )

    id: Mapped[Id]
    automation_id: Mapped[str] = mapped_column(ForeignKey("automations.id", ondelete="CASCADE"))
    key: Mapped[str]
    why: Mapped[str]
    at: Mapped[Created]
    scheduled_for: Mapped[datetime | None]
    due_at: Mapped[Created]
    waiting_since: Mapped[Created]
    decision: Mapped[str | None]
    reason: Mapped[str | None]
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id"))
    outcome: Mapped[str | None]
    concurrency_key: Mapped[str | None]
    event: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    ancestry: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))


class WatchedObject(Table):
    """An object of a watched folder that was dealt with: it became a file, or ``refusal`` says why it did not.

    ``key`` is below the account's folder. What is overwritten has another ``modified``, and counts anew.
    """

    __tablename__ = "watched_objects"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    modified: Mapped[datetime] = mapped_column(primary_key=True)
    refusal: Mapped[str | None]
    created_at: Mapped[Created]
