"""An event as streams show it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class EventView(BaseModel):
    """``id`` is what ``Last-Event-ID`` sends back: the job's sequence number, or ``xid-id`` in an account's feed."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    data: dict[str, Any]
    job_id: str | None
    created_at: datetime
