"""Tools that an operator has paused everywhere."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("tool_configurations", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tool_configurations", sa.Column("pause_reason", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_run_steps_paused",
        "run_steps",
        ["tool_id"],
        postgresql_where=sa.text("status = 'waiting' AND waiting ->> 'kind' = 'paused'"),
    )


def downgrade() -> None:
    op.drop_index("ix_run_steps_paused", "run_steps")
    op.drop_column("tool_configurations", "pause_reason")
    op.drop_column("tool_configurations", "paused_at")
