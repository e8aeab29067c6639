"""Folders of the store that automations watch: which of their objects have become files."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

BEFORE = "why IN ('schedule', 'file', 'job', 'run', 'credits', 'hook', 'manual', 'backfill')"
AFTER = "why IN ('schedule', 'file', 'folder', 'job', 'run', 'credits', 'hook', 'manual', 'backfill')"


def upgrade() -> None:
    op.create_table(
        "watched_objects",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_watched_objects_account_id_accounts")),
        sa.PrimaryKeyConstraint("account_id", "key", "modified", name=op.f("pk_watched_objects")),
    )
    op.create_index(
        "ix_automations_watching",
        "automations",
        ["account_id"],
        postgresql_where=sa.text("state = 'active' AND trigger ->> 'type' = 'folder'"),
    )
    _why(AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM automation_firings WHERE why = 'folder'")
    _why(BEFORE)
    op.drop_index("ix_automations_watching", "automations")
    op.drop_table("watched_objects")


def _why(rule: str) -> None:
    op.drop_constraint(op.f("ck_automation_firings_why"), "automation_firings", type_="check")
    op.create_check_constraint(op.f("ck_automation_firings_why"), "automation_firings", sa.text(rule))
