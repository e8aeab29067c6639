"""What the operator decided about a tool, and the quotes that users were given."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Created, Id, Json, Table


class ToolConfiguration(Table):
    """No row means enabled at the declared price. ``price_factor`` multiplies it, rounded up, at least 1 credit.

    While ``paused_at`` is set nothing of the tool begins, anywhere; what runs goes on to its end.
    """

    __tablename__ = "tool_configurations"
    __table_args__ = (CheckConstraint("price_factor >= 0", name="price_factor"),)

    tool_id: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    price_factor: Mapped[float] = mapped_column(server_default="1")
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str] = mapped_column(server_default="")


class Quote(Table):
    """A ceiling promised until ``expires_at`` for exactly the call with this fingerprint."""

    __tablename__ = "quotes"

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    tool_id: Mapped[str]
    fingerprint: Mapped[str]
    credits: Mapped[int]
    breakdown: Mapped[Json]
    created_at: Mapped[Created]
    expires_at: Mapped[datetime] = mapped_column(index=True)
