"""Briefs that somebody keeps, to have texts written of them again and again."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from .base import Created, Id, Json, Table


class TextTemplate(Table):
    """``text`` may have blanks, written ``{{product}}``, that are filled when it is used."""

    __tablename__ = "text_templates"
    __table_args__ = (Index("ix_text_templates_account", "account_id", "id"),)

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    tool_id: Mapped[str]
    text: Mapped[str]
    parameters: Mapped[Json]
    created_at: Mapped[Created]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
