"""Accounts of teams, whose members share credits."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_accounts_kind"), "accounts")
    op.create_check_constraint(op.f("ck_accounts_kind"), "accounts", "kind IN ('customer', 'team', 'platform')")
    op.create_table(
        "account_members",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="member", nullable=False),
        sa.Column("monthly_limit", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'admin', 'member')", name=op.f("ck_account_members_role")),
        sa.CheckConstraint("monthly_limit >= 0", name=op.f("ck_account_members_monthly_limit")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_members_account_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_account_members_user_id")),
        sa.PrimaryKeyConstraint("account_id", "user_id", name=op.f("pk_account_members")),
    )
    op.create_index(op.f("ix_account_members_user_id"), "account_members", ["user_id"])


def downgrade() -> None:
    op.drop_table("account_members")
    op.drop_constraint(op.f("ck_accounts_kind"), "accounts")
    op.create_check_constraint(op.f("ck_accounts_kind"), "accounts", "kind IN ('customer', 'platform')")
