"""What an account may do now: the one answer, by its plan and the operator's settings."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from .plans import FREE, offers
from .settings import Settings


class Entitlements(BaseModel):
    """``tools`` None: all of them. ``storage`` is bytes, ``rate_factor`` multiplies rate limits, ``weight`` is the
    share among accounts that wait."""

    model_config = ConfigDict(frozen=True)

    plan: str
    tools: frozenset[str] | None
    high_priority: bool
    storage: int
    rate_factor: float
    weight: float
    open_jobs: int
    batch_rows: int
    features: tuple[str, ...]


def entitlements(plan_id: str, settings: Settings) -> Entitlements:
    """Of an account on this plan; a plan that is no longer offered counts as the free one."""
    known = offers().plans
    plan = known.get(plan_id, known[FREE])
    return Entitlements(
        plan=plan.id,
        tools=None,
        high_priority=plan.high_priority,
        storage=round(settings.account_quota * plan.storage_factor),
        rate_factor=plan.weight,
        weight=plan.weight,
        open_jobs=plan.open_jobs,
        batch_rows=plan.batch_rows,
        features=plan.features,
    )


def plan_now(plan_id: str, until: datetime | None, now: datetime) -> str:
    """The plan that counts: the free one once the other's time is over, also before the sweep has seen it."""
    return plan_id if until is None or now < until else FREE
