"""People who sign in. A deleted user's row stays (the ledger names it) without anything personal."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import Mapped, mapped_column

from .base import Created, Id, Table


class User(Table):
    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('user', 'operator', 'admin')", name="role"),)

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    email: Mapped[str] = mapped_column(CITEXT, unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(server_default="user")
    language: Mapped[str] = mapped_column(server_default="zh")
    email_verified_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[Created]
