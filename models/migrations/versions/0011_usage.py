"""Sums of what accounts used by day and tool, the days that are made, favorite tools, and jobs by when they ended."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

COUNTS = ("jobs", "succeeded", "failed", "canceled", "credits")
NOW = sa.func.now()


def upgrade() -> None:
    op.create_table(
        "usage_analytics",
        sa.Column("account_id", sa.Text(), sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("tool_id", sa.Text(), primary_key=True),
        *[sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS],
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_usage_analytics_day", "usage_analytics", ["day"])
    op.create_table(
        "usage_days",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("rolled_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.create_table(
        "favorites",
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("tool_id", sa.Text(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    ended = sa.text("completed_at IS NOT NULL")
    op.create_index("ix_jobs_ended", "jobs", ["account_id", "completed_at"], postgresql_where=ended)
    op.create_index(
        "ix_jobs_completed_at",
        "jobs",
        ["completed_at"],
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
    )


def downgrade() -> None:
    op.drop_index("ix_jobs_completed_at", "jobs")
    op.drop_index("ix_jobs_ended", "jobs")
    for table in ("favorites", "usage_days", "usage_analytics"):
        op.drop_table(table)
