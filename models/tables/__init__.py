"""One table a file; importing this package registers them all with ``Table.metadata``."""

from .accounts import Account, AccountMember, PlanTerm
from .api_keys import ApiKey
from .audit import AuditRecord
from .automations import Automation, Firing
from .base import Table
from .batches import Batch, BatchRow
from .billing import BillingCustomer, BillingEvent, Invoice, Notice, Purchase, Subscription
from .credits import Entry, Grant, Hold, HoldGrant, Transfer
from .events import Event
from .files import Blob, File
from .idempotency import IdempotencyRecord
from .jobs import Job, JobChunk
from .library import Comparison, ModelRating
from .mails import Mail
from .pipelines import Pipeline, PipelineVersion
from .promotions import Promotion
from .rate_limits import RateLimit
from .runs import CachedStep, Run, RunStep
from .sessions import Session
from .texts import TextTemplate
from .tokens import Token
from .tools import Quote, ToolConfiguration
from .top_ups import TopUp
from .usage import Favorite, Usage, UsageDay
from .users import User

__all__ = [
    "Account", "AccountMember", "ApiKey", "AuditRecord", "Automation", "Batch", "BatchRow", "BillingCustomer",
    "BillingEvent", "Blob", "CachedStep", "Comparison", "Entry", "Event", "Favorite", "File", "Firing", "Grant", "Hold",
    "HoldGrant", "IdempotencyRecord", "Invoice", "Job", "JobChunk", "Mail", "ModelRating", "Notice", "Pipeline",
    "PipelineVersion", "PlanTerm", "Promotion", "Purchase", "Quote", "RateLimit", "Run", "RunStep", "Session",
    "Subscription", "Table", "TextTemplate", "Token", "ToolConfiguration", "TopUp", "Transfer", "Usage", "UsageDay",
    "User",
]  # fmt: skip
