"""Pipelines that were saved: a row for the name, and one for every version of the drawing."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Created, Id, Json, Table


class Pipeline(Table):
    """``version`` is the newest draft; ``published_version`` what runs take, if there is one."""

    __tablename__ = "pipelines"
    __table_args__ = (
        Index("ix_pipelines_account", "account_id", "id", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_pipelines_deleted", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
    )

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    version: Mapped[int] = mapped_column(server_default="1")
    published_version: Mapped[int | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Created]
    deleted_at: Mapped[datetime | None]


class PipelineVersion(Table):
    """One saved drawing; never changed. ``note`` says what is new in it."""

    __tablename__ = "pipeline_versions"

    pipeline_id: Mapped[str] = mapped_column(ForeignKey("pipelines.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    graph: Mapped[Json]
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Created]
