"""Files as the API shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from models.tables import File

from .base import Body, View

MINUTE, WEEK = 60, 604_800


class FileView(View):
    """``metadata`` has pixels and duration at once, more once ``file_ingest`` has looked; so has ``thumbnail_url``."""

    id: str
    filename: str
    original_filename: str
    file_size: int
    mime_type: str
    kind: str
    sha256: str
    status: Literal["ready", "scanning", "rejected"]
    metadata: dict[str, Any]
    thumbnail_url: str | None
    job_id: str | None
    created_at: datetime
    expires_at: datetime | None


class FilePage(View):
    data: list[FileView]
    next_cursor: str | None = None


class LinkRequest(Body):
    """``expires_in`` in seconds, a minute to a week."""

    expires_in: Annotated[int, Field(ge=MINUTE, le=WEEK)] = 3600


class LinkView(View):
    """``url`` opens the file for whoever has it; it dies with the file."""

    url: str
    expires_at: datetime


def view(file: File) -> FileView:
    """Render a row."""
    return FileView(
        id=file.id,
        filename=file.filename,
        original_filename=file.original_filename,
        file_size=file.size,
        mime_type=file.mime_type,
        kind=file.kind,
        sha256=file.sha256,
        status=file.status,
        metadata=file.details,
        thumbnail_url=f"/api/files/{file.id}/thumbnail" if file.thumbnail_sha256 else None,
        job_id=file.job_id,
        created_at=file.created_at,
        expires_at=file.expires_at,
    )
