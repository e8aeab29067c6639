"""Who did what to which account or setting, by which request: kept for operators, never changed."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from .base import Created, Id, Json, Table


class AuditRecord(Table):
    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "actor", "created_at"), Index(None, "target", "created_at"))

    id: Mapped[Id]
    actor: Mapped[str]
    action: Mapped[str]
    target: Mapped[str]
    details: Mapped[Json]
    request_id: Mapped[str | None]
    address: Mapped[str | None]
    created_at: Mapped[Created]
