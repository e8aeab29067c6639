"""Batches and their rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

JSON = postgresql.JSONB(astext_type=sa.Text())
NOW = sa.text("now()")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tool_id", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("timeout", sa.Double(), nullable=False),
        sa.Column("pipeline_id", sa.Text(), nullable=True),
        sa.Column("pipeline_version", sa.Integer(), nullable=True),
        sa.Column("graph", JSON, nullable=True),
        sa.Column("parameters", JSON, nullable=False),
        sa.Column("columns", JSON, nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("priority", sa.Text(), server_default="normal", nullable=False),
        sa.Column("language", sa.Text(), server_default="zh", nullable=False),
        sa.Column("fairness_weight", sa.Double(), server_default="1", nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("succeeded", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("canceled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=False),
        sa.Column("committed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("used", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", JSON, nullable=True),
        sa.Column("report_file_id", sa.Text(), nullable=True),
        sa.Column("table_file_id", sa.Text(), nullable=True),
        sa.Column("zip_file_id", sa.Text(), nullable=True),
        sa.Column("zip_error", JSON, nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("cancel_requested_at", TIME, nullable=True),
        sa.Column("told_at", TIME, nullable=True),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("round_at", TIME, server_default=NOW, nullable=False),
        sa.Column("round_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("completed_at", TIME, nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'paused', 'succeeded', 'failed', 'canceled')",
            name=op.f("ck_batches_status"),
        ),
        sa.CheckConstraint("priority IN ('low', 'normal', 'high')", name=op.f("ck_batches_priority")),
        sa.CheckConstraint("(tool_id IS NULL) <> (graph IS NULL)", name=op.f("ck_batches_target")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_batches_account_id_accounts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_batches_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_index("ix_batches_account", "batches", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_batches_open",
        "batches",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'running', 'paused')"),
    )
    op.create_table(
        "batch_rows",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("input", JSON, nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("ceiling", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("credits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("fence_run", sa.Text(), server_default="", nullable=False),
        sa.Column("fence_attempt", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outputs", JSON, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("data", JSON, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("error", JSON, nullable=True),
        sa.Column("completed_at", TIME, nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'succeeded', 'failed', 'canceled')", name=op.f("ck_batch_rows_state")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_rows_batch_id_batches")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_batch_rows_run_id_runs")),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_batch_rows")),
    )
    op.create_index("ix_batch_rows_state", "batch_rows", ["batch_id", "state", "number"], unique=False)
    op.create_index(
        "ix_batch_rows_run",
        "batch_rows",
        ["run_id"],
        unique=False,
        postgresql_where=sa.text("run_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("batch_rows")
    op.drop_table("batches")
