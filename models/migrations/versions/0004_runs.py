"""Runs of pipelines, their steps, and the calls that need not be made again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

JSON = postgresql.JSONB(astext_type=sa.Text())
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("pipeline_id", sa.Text(), nullable=True),
        sa.Column("pipeline_version", sa.Integer(), nullable=True),
        sa.Column("graph", JSON, nullable=False),
        sa.Column("plan", JSON, nullable=False),
        sa.Column("inputs", JSON, nullable=False),
        sa.Column("outputs", JSON, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("priority", sa.Text(), server_default="normal", nullable=False),
        sa.Column("language", sa.Text(), server_default="zh", nullable=False),
        sa.Column("fairness_weight", sa.Double(), server_default="1", nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=False),
        sa.Column("committed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("used", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", JSON, nullable=True),
        sa.Column("failed_step", sa.Text(), nullable=True),
        sa.Column("resumed_from", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("event_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'canceled')",
            name=op.f("ck_runs_status"),
        ),
        sa.CheckConstraint("priority IN ('low', 'normal', 'high')", name=op.f("ck_runs_priority")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_runs_account_id_accounts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_runs_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_account", "runs", ["account_id", "id"], unique=False)
    op.create_index("ix_runs_pipeline", "runs", ["pipeline_id", "id"], unique=False)
    op.create_index(
        "ix_runs_open",
        "runs",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'running', 'waiting')"),
    )
    op.add_column("jobs", sa.Column("pipeline_run", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("pipeline_step", sa.Text(), nullable=True))
    op.create_foreign_key(op.f("fk_jobs_pipeline_run_runs"), "jobs", "runs", ["pipeline_run"], ["id"])
    op.create_index(
        "ix_jobs_pipeline_run",
        "jobs",
        ["pipeline_run"],
        unique=False,
        postgresql_where=sa.text("pipeline_run IS NOT NULL"),
    )
    op.add_column("events", sa.Column("run_id", sa.Text(), nullable=True))
    op.create_foreign_key(op.f("fk_events_run_id_runs"), "events", "runs", ["run_id"], ["id"])
    op.create_index(
        "uq_events_run_id_seq",
        "events",
        ["run_id", "seq"],
        unique=True,
        postgresql_where=sa.text("run_id IS NOT NULL"),
    )
    op.create_table(
        "run_steps",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("tool_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="running", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("cached", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("credits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outputs", JSON, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("items", JSON, nullable=True),
        sa.Column("error", JSON, nullable=True),
        sa.Column("waiting", JSON, nullable=True),
        sa.Column("decision", JSON, nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('running', 'waiting', 'succeeded', 'failed', 'canceled')", name=op.f("ck_run_steps_status")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_run_steps_job_id_jobs")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_steps_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", "step", name=op.f("pk_run_steps")),
    )
    op.create_index("ix_run_steps_job", "run_steps", ["job_id"], unique=False)
    op.create_table(
        "cached_steps",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_cached_steps_account_id_accounts")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_cached_steps_job_id_jobs")),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_cached_steps")),
    )
    op.create_index(op.f("ix_cached_steps_job_id"), "cached_steps", ["job_id"], unique=False)
    op.create_index(op.f("ix_cached_steps_created_at"), "cached_steps", ["created_at"], unique=False)


def downgrade() -> None:
    op.drop_table("cached_steps")
    op.drop_table("run_steps")
    op.drop_index("uq_events_run_id_seq", "events")
    op.drop_column("events", "run_id")
    op.drop_index("ix_jobs_pipeline_run", "jobs")
    op.drop_column("jobs", "pipeline_step")
    op.drop_column("jobs", "pipeline_run")
    op.drop_table("runs")
