"""One-time tokens by hash: verify an address, reset a password, open an event stream."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from .base import Created, Id, Table


class Token(Table):
    __tablename__ = "tokens"
    __table_args__ = (CheckConstraint("purpose IN ('verify_email', 'reset_password', 'events')", name="purpose"),)

    id: Mapped[Id]
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[Created]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
