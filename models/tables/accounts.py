"""Accounts hold credits and own everything: a user's, later a team's, and the platform's own."""

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Big, Created, Id, Table


class Account(Table):
    """``balance`` and ``held`` are credits, kept for customers only: a platform account is the sum of its entries,
    since a stored sum there would be the one row that every settlement waits for."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("kind IN ('customer', 'platform')", name="kind"),
        CheckConstraint("held >= 0 AND balance >= held", name="never_below_zero"),
        Index(None, "name", unique=True, postgresql_where=text("kind = 'platform'")),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(server_default="customer")
    name: Mapped[str]
    balance: Mapped[Big] = mapped_column(server_default="0")
    held: Mapped[Big] = mapped_column(server_default="0")
    fairness_weight: Mapped[float] = mapped_column(server_default="1")
    created_at: Mapped[Created]
