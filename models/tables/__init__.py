"""One table a file; importing this package registers them all with ``Table.metadata``."""

from .accounts import Account
from .api_keys import ApiKey
from .audit import AuditRecord
from .automations import Automation, Firing
from .base import Table
from .batches import Batch, BatchRow
from .credits import Entry, Grant, Hold, HoldGrant, Transfer
from .events import Event
from .files import Blob, File
from .idempotency import IdempotencyRecord
from .jobs import Job, JobChunk
from .mails import Mail
from .pipelines import Pipeline, PipelineVersion
from .rate_limits import RateLimit
from .runs import CachedStep, Run, RunStep
from .sessions import Session
from .texts import TextTemplate
from .tokens import Token
from .tools import Quote, ToolConfiguration
from .users import User

__all__ = [
    "Account", "ApiKey", "AuditRecord", "Automation", "Batch", "BatchRow", "Blob", "CachedStep", "Entry", "Event",
    "File", "Firing", "Grant", "Hold", "HoldGrant", "IdempotencyRecord", "Job", "JobChunk", "Mail", "Pipeline",
    "PipelineVersion", "Quote", "RateLimit", "Run", "RunStep", "Session", "Table", "TextTemplate", "Token",
    "ToolConfiguration", "Transfer", "User",
]  # fmt: skip
