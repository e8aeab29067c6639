"""A file is a name that a user sees; a blob is the bytes behind it, shared by equal files of one account only."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Big, Created, Id, Json, Table


class Blob(Table):
    """Key in the store: ``blobs/{account}/{first two of sha256}/{sha256}``. ``pending`` is committed before the put;
    ``claimed_at`` is when somebody last asked to have these bytes stored, before a file's row names them."""

    __tablename__ = "blobs"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'stored', 'deleting')", name="status"),
        Index("ix_blobs_unsettled", "created_at", postgresql_where=text("status <> 'stored'")),
    )

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[Big]
    status: Mapped[str] = mapped_column(server_default="pending")
    created_at: Mapped[Created]
    claimed_at: Mapped[Created]


class File(Table):
    """``job_id`` is set on outputs. ``details`` is the API's ``metadata``: pixels, duration and what ingest adds."""

    __tablename__ = "files"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "sha256"], ["blobs.account_id", "blobs.sha256"]),
        ForeignKeyConstraint(["account_id", "thumbnail_sha256"], ["blobs.account_id", "blobs.sha256"]),
        CheckConstraint("status IN ('ready', 'scanning', 'rejected')", name="status"),
        Index("ix_files_account", "account_id", "id", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_files_blob", "account_id", "sha256"),
        Index("ix_files_thumbnail", "account_id", "thumbnail_sha256"),
        Index("ix_files_ingest", "created_at", postgresql_where=text("ingested_at IS NULL")),
        Index("ix_files_expiry", "expires_at", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_files_deleted", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
    )

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    filename: Mapped[str]
    original_filename: Mapped[str]
    size: Mapped[Big]
    mime_type: Mapped[str]
    kind: Mapped[str]
    sha256: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="ready")
    rejection: Mapped[str | None]
    details: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    thumbnail_sha256: Mapped[str | None]
    request_id: Mapped[str | None]
    created_at: Mapped[Created]
    ingested_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
