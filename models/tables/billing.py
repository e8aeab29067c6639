"""What is paid for: customers of the payment provider, subscriptions, purchases, invoices, and what it told us."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Big, Created, Id, Json, Table

ENDED = "('canceled', 'expired')"


class BillingCustomer(Table):
    """The account as the payment provider knows it."""

    __tablename__ = "billing_customers"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    customer_id: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[Created]


class Subscription(Table):
    """A plan that renews, followed by the workflow ``subscription-{id}``. ``external_id``: the provider's, for cards.

    What the provider says is fetched, never taken from an event: ``fetched_at``. ``paid_until``: the end of the last
    period that was paid; ``grace_until``: how long the plan goes on unpaid. ``pending_plan``: from the next period on.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        CheckConstraint(
            "status IN ('incomplete', 'trialing', 'active', 'past_due', 'paused', 'canceled', 'expired')",
            name="status",
        ),
        CheckConstraint("interval IN ('month', 'year')", name="interval"),
        CheckConstraint("method IN ('card', 'alipay', 'wechat_pay')", name="method"),
        Index("ix_subscriptions_account", "account_id", "id"),
        Index("ix_subscriptions_open", "account_id", unique=True, postgresql_where=text(f"status NOT IN {ENDED}")),
    )

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    plan: Mapped[str]
    interval: Mapped[str]
    currency: Mapped[str]
    method: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="incomplete")
    external_id: Mapped[str | None] = mapped_column(unique=True)
    session_id: Mapped[str | None] = mapped_column(unique=True)
    url: Mapped[str | None]
    starts_at: Mapped[datetime | None]
    period_start: Mapped[datetime | None]
    period_end: Mapped[datetime | None]
    cancel_at_period_end: Mapped[bool] = mapped_column(server_default="false")
    pending_plan: Mapped[str | None]
    trial_end: Mapped[datetime | None]
    paid_until: Mapped[datetime | None]
    grace_until: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    created_at: Mapped[Created]
    ended_at: Mapped[datetime | None]


class Purchase(Table):
    """A pack or card that is paid once, followed by the workflow ``purchase-{id}``. ``automatic``: by a saved card,
    since the account asked for it when few credits are left; it has no checkout."""

    __tablename__ = "purchases"
    __table_args__ = (
        CheckConstraint("kind IN ('pack', 'card')", name="kind"),
        CheckConstraint("status IN ('open', 'paid', 'expired', 'refunded', 'disputed')", name="status"),
        Index("ix_purchases_account", "account_id", "id"),
        Index("ix_purchases_open", "id", postgresql_where=text("status = 'open'")),
        Index(
            "ix_purchases_automatic",
            "account_id",
            unique=True,
            postgresql_where=text("automatic AND status = 'open'"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    item: Mapped[str]
    amount: Mapped[Big]
    currency: Mapped[str]
    method: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="open")
    session_id: Mapped[str | None] = mapped_column(unique=True)
    payment_id: Mapped[str | None] = mapped_column(index=True)
    url: Mapped[str | None]
    automatic: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[Created]
    ended_at: Mapped[datetime | None]


class Invoice(Table):
    """An invoice as it was last fetched; ``id`` and ``payment_id`` are the provider's. ``amount`` in the currency's
    minor unit.

    ``period_start`` and ``period_end``: what of a subscription it pays for; None for differences within a period.
    """

    __tablename__ = "invoices"
    __table_args__ = (Index("ix_invoices_account", "account_id", "created_at"),)

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    subscription_id: Mapped[str | None] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    number: Mapped[str | None]
    status: Mapped[str]
    amount: Mapped[Big]
    currency: Mapped[str]
    url: Mapped[str | None]
    pdf_url: Mapped[str | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    payment_id: Mapped[str | None] = mapped_column(index=True)
    period_start: Mapped[datetime | None]
    period_end: Mapped[datetime | None]


class BillingEvent(Table):
    """What the provider told, kept once by its id. ``workflow_id``: who was to hear of it; ``delivered_at``: has."""

    __tablename__ = "billing_events"
    __table_args__ = (
        Index(
            "ix_billing_events_undelivered",
            "received_at",
            postgresql_where=text("workflow_id IS NOT NULL AND delivered_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    type: Mapped[str]
    payload: Mapped[Json]
    workflow_id: Mapped[str | None]
    received_at: Mapped[Created]
    delivered_at: Mapped[datetime | None]


class Notice(Table):
    """A mail that is sent once, by what it is about."""

    __tablename__ = "notices"

    id: Mapped[Id]
    created_at: Mapped[Created]
