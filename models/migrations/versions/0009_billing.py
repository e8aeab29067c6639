"""Subscriptions, purchases, invoices, and what the payment provider told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

NOW = sa.text("now()")


def _time(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=NOW, nullable=False)


def _words(name: str, nullable: bool = False, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def _owned(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def upgrade() -> None:
    op.create_table(
        "billing_customers",
        _words("account_id"),
        _words("customer_id"),
        _now("created_at"),
        _owned("billing_customers", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_billing_customers")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_billing_customers_customer_id")),
    )
    op.create_table(
        "subscriptions",
        *(_words(name) for name in ("id", "account_id", "user_id", "plan", "interval", "currency", "method")),
        _words("status", default="incomplete"),
        *(_words(name, nullable=True) for name in ("external_id", "session_id", "url", "pending_plan")),
        *(_time(name) for name in ("starts_at", "period_start", "period_end", "grace_until", "ended_at")),
        *(_time(name) for name in ("trial_end", "paid_until", "fetched_at")),
        sa.Column("cancel_at_period_end", sa.Boolean(), server_default="false", nullable=False),
        _now("created_at"),
        sa.CheckConstraint(
            "status IN ('incomplete', 'trialing', 'active', 'past_due', 'paused', 'canceled', 'expired')",
            name=op.f("ck_subscriptions_status"),
        ),
        sa.CheckConstraint("interval IN ('month', 'year')", name=op.f("ck_subscriptions_interval")),
        sa.CheckConstraint("method IN ('card', 'alipay', 'wechat_pay')", name=op.f("ck_subscriptions_method")),
        _owned("subscriptions", "account_id", "accounts"),
        _owned("subscriptions", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("external_id", name=op.f("uq_subscriptions_external_id")),
        sa.UniqueConstraint("session_id", name=op.f("uq_subscriptions_session_id")),
    )
    op.create_index("ix_subscriptions_account", "subscriptions", ["account_id", "id"])
    op.create_index(
        "ix_subscriptions_open",
        "subscriptions",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("status NOT IN ('canceled', 'expired')"),
    )
    op.create_table(
        "purchases",
        *(_words(name) for name in ("id", "account_id", "user_id", "kind", "item", "currency", "method")),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        _words("status", default="open"),
        *(_words(name, nullable=True) for name in ("session_id", "payment_id", "url")),
        _now("created_at"),
        _time("ended_at"),
        sa.CheckConstraint("kind IN ('pack', 'card')", name=op.f("ck_purchases_kind")),
        sa.CheckConstraint("status IN ('open', 'paid', 'expired', 'refunded')", name=op.f("ck_purchases_status")),
        _owned("purchases", "account_id", "accounts"),
        _owned("purchases", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
        sa.UniqueConstraint("session_id", name=op.f("uq_purchases_session_id")),
    )
    op.create_index("ix_purchases_account", "purchases", ["account_id", "id"])
    op.create_index("ix_purchases_open", "purchases", ["id"], postgresql_where=sa.text("status = 'open'"))
    op.create_index(op.f("ix_purchases_payment_id"), "purchases", ["payment_id"])
    op.create_table(
        "invoices",
        *(_words(name) for name in ("id", "account_id", "status", "currency")),
        *(_words(name, nullable=True) for name in ("subscription_id", "number", "url", "pdf_url")),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        _time("created_at", nullable=False),
        *(_time(name) for name in ("due_at", "paid_at", "period_start", "period_end")),
        _owned("invoices", "account_id", "accounts"),
        _owned("invoices", "subscription_id", "subscriptions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
    )
    op.create_index("ix_invoices_account", "invoices", ["account_id", "created_at"])
    op.create_index(op.f("ix_invoices_subscription_id"), "invoices", ["subscription_id"])
    op.create_table(
        "billing_events",
        _words("id"),
        _words("type"),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _words("workflow_id", nullable=True),
        _now("received_at"),
        _time("delivered_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_events")),
    )
    op.create_index(
        "ix_billing_events_undelivered",
        "billing_events",
        ["received_at"],
        postgresql_where=sa.text("workflow_id IS NOT NULL AND delivered_at IS NULL"),
    )
    op.create_table("notices", _words("id"), _now("created_at"), sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")))


def downgrade() -> None:
    for table in ("notices", "billing_events", "invoices", "purchases", "subscriptions", "billing_customers"):
        op.drop_table(table)
