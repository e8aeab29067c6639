"""An event as streams show it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class EventView(BaseModel):
    """``id`` is what ``Last-Event-ID`` sends back: the number in a job's or run's sequence, else ``xid-id``."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    data: dict[str, Any]
    job_id: str | None
    run_id: str | None = None
    created_at: datetime
