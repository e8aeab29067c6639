"""Automations and their firings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.tables.events import TransactionId

revision = "0005"
down_revision = "0004"

JSON = postgresql.JSONB(astext_type=sa.Text())
NOW = sa.text("now()")
TIME = sa.DateTime(timezone=True)
EMPTY = sa.text("'{}'")


def upgrade() -> None:
    op.create_table(
        "automations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pipeline_id", sa.Text(), nullable=True),
        sa.Column("tool_id", sa.Text(), nullable=True),
        sa.Column("parameters", JSON, server_default=EMPTY, nullable=False),
        sa.Column("inputs", JSON, server_default=EMPTY, nullable=False),
        sa.Column("trigger", JSON, nullable=False),
        sa.Column("condition", sa.Text(), nullable=True),
        sa.Column("policies", JSON, server_default=EMPTY, nullable=False),
        sa.Column("timezone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("language", sa.Text(), server_default="zh", nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.Column("failures_in_row", sa.Integer(), server_default="0", nullable=False),
        sa.Column("daily_budget", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("listens", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cursor_xid", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("cursor_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("armed", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("hook_seed", sa.Text(), nullable=True),
        sa.Column("hook_digest", sa.Text(), nullable=True),
        sa.Column("backfills", JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.Column("updated_at", TIME, server_default=NOW, nullable=False),
        sa.Column("deleted_at", TIME, nullable=True),
        sa.CheckConstraint("state IN ('active', 'paused')", name=op.f("ck_automations_state")),
        sa.CheckConstraint("(pipeline_id IS NULL) <> (tool_id IS NULL)", name=op.f("ck_automations_target")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_automations_account_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_automations_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automations")),
    )
    for name, columns, unique, where in (
        ("ix_automations_account", ["account_id", "id"], False, "deleted_at IS NULL"),
        ("ix_automations_listening", ["id"], False, "listens AND state = 'active'"),
        ("ix_automations_deleted", ["deleted_at"], False, "deleted_at IS NOT NULL"),
        ("uq_automations_hook", ["hook_digest"], True, "hook_digest IS NOT NULL"),
    ):
        op.create_index(name, "automations", columns, unique=unique, postgresql_where=sa.text(where))
    op.create_table(
        "automation_firings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("automation_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", TIME, server_default=NOW, nullable=False),
        sa.Column("scheduled_for", TIME, nullable=True),
        sa.Column("due_at", TIME, server_default=NOW, nullable=False),
        sa.Column("waiting_since", TIME, server_default=NOW, nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("concurrency_key", sa.Text(), nullable=True),
        sa.Column("event", JSON, server_default=EMPTY, nullable=False),
        sa.Column("ancestry", JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint(
            "why IN ('schedule', 'file', 'job', 'run', 'credits', 'hook', 'manual', 'backfill')",
            name=op.f("ck_automation_firings_why"),
        ),
        sa.CheckConstraint(
            "decision IN ('run', 'skipped', 'failed', 'joined')", name=op.f("ck_automation_firings_decision")
        ),
        sa.ForeignKeyConstraint(
            ["automation_id"], ["automations.id"], name=op.f("fk_automation_firings_automation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_automation_firings_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automation_firings")),
    )
    for name, columns, unique, condition in (
        ("uq_automation_firings_key", ["automation_id", "key"], True, None),
        ("ix_automation_firings_newest", ["automation_id", "id"], False, None),
        ("ix_automation_firings_pending", ["due_at"], False, "decision IS NULL"),
        (
            "ix_automation_firings_open",
            ["automation_id", "concurrency_key"],
            False,
            "decision = 'run' AND outcome IS NULL",
        ),
        ("ix_automation_firings_run", ["run_id"], False, "run_id IS NOT NULL"),
        ("ix_automation_firings_at", ["at"], False, None),
    ):
        partial = sa.text(condition) if condition else None
        op.create_index(name, "automation_firings", columns, unique=unique, postgresql_where=partial)


def downgrade() -> None:
    op.drop_table("automation_firings")
    op.drop_table("automations")
