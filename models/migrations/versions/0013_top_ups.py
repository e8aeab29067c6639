"""Packs that are bought by themselves when few credits are left."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "top_ups",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("pack_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("below", sa.BigInteger(), nullable=False),
        sa.Column("most_a_month", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("below > 0 AND most_a_month > 0", name=op.f("ck_top_ups_sound")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_top_ups_account_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_top_ups_user_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_top_ups")),
    )
    op.add_column("purchases", sa.Column("automatic", sa.Boolean(), server_default="false", nullable=False))
    op.create_index(
        "ix_purchases_automatic",
        "purchases",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("automatic AND status = 'open'"),
    )


def downgrade() -> None:
    op.drop_index("ix_purchases_automatic", "purchases")
    op.drop_column("purchases", "automatic")
    op.drop_table("top_ups")
