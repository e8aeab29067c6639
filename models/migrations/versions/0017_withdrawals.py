"""What is taken back while a payment is disputed can be given again; an invoice knows by which payment it was paid."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

STATUS, BEFORE = (
    "status IN ('open', 'paid', 'expired', 'refunded', 'disputed')",
    "status IN ('open', 'paid', 'expired', 'refunded')",
)


def upgrade() -> None:
    op.add_column("grants", sa.Column("withdrawn", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("grants", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_grants_withdrawn"), "grants", "withdrawn >= 0 AND remaining + withdrawn <= amount"
    )
    op.add_column("plan_terms", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("plan_terms", sa.Column("until_before", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invoices", sa.Column("payment_id", sa.Text(), nullable=True))
    op.create_index(op.f("ix_invoices_payment_id"), "invoices", ["payment_id"])
    op.drop_constraint(op.f("ck_purchases_status"), "purchases")
    op.create_check_constraint(op.f("ck_purchases_status"), "purchases", STATUS)


def downgrade() -> None:
    op.execute("UPDATE purchases SET status = 'refunded' WHERE status = 'disputed'")
    op.drop_constraint(op.f("ck_purchases_status"), "purchases")
    op.create_check_constraint(op.f("ck_purchases_status"), "purchases", BEFORE)
    op.drop_index(op.f("ix_invoices_payment_id"), "invoices")
    op.drop_column("invoices", "payment_id")
    op.drop_column("plan_terms", "until_before")
    op.drop_column("plan_terms", "withdrawn_at")
    op.drop_constraint(op.f("ck_grants_withdrawn"), "grants")
    op.drop_column("grants", "withdrawn_at")
    op.drop_column("grants", "withdrawn")
