"""What passes between uploads, the rows of files and their ingest. Never bytes, never local paths."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """Frozen; fields are only ever added, with defaults, since histories hold old ones."""

    model_config = ConfigDict(frozen=True)


class NewFile(Payload):
    """An uploaded file whose bytes are stored. ``details`` is what the header probe found."""

    account_id: str
    filename: str
    original_filename: str
    size: int
    mime_type: str
    kind: str
    sha256: str
    status: str = "ready"
    details: dict[str, Any] = {}
    request_id: str | None = None


class IngestInput(Payload):
    """Which file is to be looked at more closely."""

    file_id: str


class IngestWork(Payload):
    """What ingest needs to know of a file; ``scan`` if it waits for the virus scan."""

    file_id: str
    account_id: str
    sha256: str
    size: int
    mime_type: str
    kind: str
    details: dict[str, Any]
    scan: bool


class IngestEnd(Payload):
    """The status in which ingest left the file; empty if it was deleted meanwhile."""

    status: str


class Purged(Payload):
    """What a purge removed: rows of deleted files, objects with their rows, objects that had none."""

    files: int = 0
    blobs: int = 0
    strays: int = 0
