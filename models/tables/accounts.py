"""Accounts hold credits and own everything: a user's, a team's, and the platform's own."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Big, Created, Id, Table


class Account(Table):
    """``balance`` and ``held`` are credits, kept for customers and teams only: a platform account is the sum of its
    entries, since a stored sum there would be the one row that every settlement waits for."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("kind IN ('customer', 'team', 'platform')", name="kind"),
        CheckConstraint("held >= 0 AND balance >= held", name="never_below_zero"),
        Index("ix_accounts_plan_ending", "plan_until", postgresql_where=text("plan_until IS NOT NULL")),
        Index(None, "name", unique=True, postgresql_where=text("kind = 'platform'")),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(server_default="customer")
    name: Mapped[str]
    balance: Mapped[Big] = mapped_column(server_default="0")
    held: Mapped[Big] = mapped_column(server_default="0")
    fairness_weight: Mapped[float] = mapped_column(server_default="1")
    plan: Mapped[str] = mapped_column(server_default="free")
    plan_until: Mapped[datetime | None]
    low_below: Mapped[Big] = mapped_column(server_default="50")
    low_told: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[Created]


class AccountMember(Table):
    """Somebody who may spend a team's credits: all members share its one balance. ``monthly_limit``: credits that this
    member's jobs may cost in a calendar month (UTC); None: no limit of their own."""

    __tablename__ = "account_members"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'admin', 'member')", name="role"),
        CheckConstraint("monthly_limit >= 0", name="monthly_limit"),
    )

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(server_default="member")
    monthly_limit: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[Created]


class PlanTerm(Table):
    """A plan that an account has from one source: a subscription, a card, the operator, or the free one for ever.

    ``credits_per_month`` None: as the plan says. ``refill_at``: when the credits of its next month are due; None
    where a workflow gives them. Months count from ``starts_at``, so that a day which a month lacks falls on its last.
    ``withdrawn_at``: since when its money is gone; ``until_before``: how long it would have gone on.
    """

    __tablename__ = "plan_terms"
    __table_args__ = (
        CheckConstraint("source IN ('free', 'card', 'subscription', 'operator')", name="source"),
        Index("ix_plan_terms_due", "refill_at", postgresql_where=text("refill_at IS NOT NULL")),
        Index("ix_plan_terms_ending", "until", postgresql_where=text("until IS NOT NULL")),
    )

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    plan: Mapped[str]
    source: Mapped[str]
    credits_per_month: Mapped[int | None] = mapped_column(BigInteger)
    starts_at: Mapped[datetime]
    until: Mapped[datetime | None]
    refill_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    until_before: Mapped[datetime | None]
    created_at: Mapped[Created]
