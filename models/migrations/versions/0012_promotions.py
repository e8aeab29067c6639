"""Promotions, and when an account is told that its credits are low."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("low_below", sa.BigInteger(), server_default="50", nullable=False))
    op.add_column("accounts", sa.Column("low_told", sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "promotions",
        sa.Column("code", postgresql.CITEXT(), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("valid_days", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("credits > 0", name=op.f("ck_promotions_credits")),
        sa.CheckConstraint("used >= 0 AND (most IS NULL OR used <= most)", name=op.f("ck_promotions_used")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_promotions")),
    )


def downgrade() -> None:
    op.drop_table("promotions")
    op.drop_column("accounts", "low_told")
    op.drop_column("accounts", "low_below")
