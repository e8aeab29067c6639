"""Plans of accounts and the terms for which they have them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("plan", sa.Text(), server_default="free", nullable=False))
    op.add_column("accounts", sa.Column("plan_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_accounts_plan_ending", "accounts", ["plan_until"], postgresql_where=sa.text("plan_until IS NOT NULL")
    )
    op.add_column("grants", sa.Column("transfer_id", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_grants_transfer_id"), "grants", ["transfer_id"])
    op.create_table(
        "plan_terms",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("credits_per_month", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refill_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("source IN ('free', 'card', 'subscription', 'operator')", name=op.f("ck_plan_terms_source")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_plan_terms_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_terms")),
    )
    op.create_index(op.f("ix_plan_terms_account_id"), "plan_terms", ["account_id"])
    op.create_index("ix_plan_terms_due", "plan_terms", ["refill_at"], postgresql_where=sa.text("refill_at IS NOT NULL"))
    op.create_index("ix_plan_terms_ending", "plan_terms", ["until"], postgresql_where=sa.text("until IS NOT NULL"))
    # those who were here before plans were: free, their first month counted from today
    op.execute(
        """
        INSERT INTO plan_terms (id, account_id, plan, source, starts_at, refill_at)
        SELECT 'free:' || accounts.id, accounts.id, 'free', 'free', now(), now() + interval '1 month'
        FROM accounts WHERE kind = 'customer' AND name <> ''
        """
    )


def downgrade() -> None:
    op.drop_table("plan_terms")
    op.drop_constraint(op.f("uq_grants_transfer_id"), "grants")
    op.drop_column("grants", "transfer_id")
    op.drop_index("ix_accounts_plan_ending", "accounts")
    op.drop_column("accounts", "plan_until")
    op.drop_column("accounts", "plan")
