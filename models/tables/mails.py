"""Mails to send, written with what caused them. A sent mail keeps no body: it may have held a token."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from .base import Created, Id, Json, Table


class Mail(Table):
    __tablename__ = "mails"
    __table_args__ = (Index("ix_mails_open", "created_at", postgresql_where=text("ended_at IS NULL")),)

    id: Mapped[Id]
    recipient: Mapped[str]
    template: Mapped[str]
    language: Mapped[str]
    values: Mapped[Json]
    request_id: Mapped[str | None]
    created_at: Mapped[Created]
    ended_at: Mapped[datetime | None]
    failure: Mapped[str | None]
