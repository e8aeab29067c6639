"""Bodies of credits that are given or taken: codes, adjustments, refunds."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from models.tables import Promotion

from .base import Body, View

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{2,39}$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300)]
MOST_CREDITS = 100_000_000


class RedeemRequest(Body):
    """A code as it was given out; letters count alike, large or small."""

    code: Code


class RedeemView(View):
    """What the code was worth, and what is there to be spent now."""

    credits: int
    available: int


class CreditSettings(Body):
    """``low_below``: tell me when fewer credits are available; 0 for never."""

    low_below: Annotated[int, Field(ge=0, le=MOST_CREDITS)]


class PromotionRequest(Body):
    """``valid_days``: how long its credits may be spent; ``most``: how many accounts may use it."""

    code: Code
    credits: Annotated[int, Field(gt=0, le=MOST_CREDITS)]
    valid_days: Annotated[int, Field(gt=0, le=3650)] | None = None
    ends_at: datetime | None = None
    most: Annotated[int, Field(gt=0)] | None = None
    note: Annotated[str, Field(max_length=300)] = ""


class PromotionView(View):
    """A code, and how many accounts have used it."""

    code: str
    credits: int
    valid_days: int | None
    ends_at: datetime | None
    most: int | None
    used: int
    note: str
    created_at: datetime


class PromotionPage(View):
    data: list[PromotionView]
    next_cursor: str | None


class AdjustRequest(Body):
    """``amount`` credits given, or taken where it is below zero; the reason is kept and shown."""

    amount: Annotated[int, Field(ge=-MOST_CREDITS, le=MOST_CREDITS)]
    reason: Reason


class RefundRequest(Body):
    """``credits``: a part of what the job cost; none given: all."""

    credits: Annotated[int, Field(gt=0)] | None = None
    reason: Reason


class RefundView(View):
    """What was given back."""

    job_id: str
    credits: int


def promotion_view(row: Promotion) -> PromotionView:
    """Render a code."""
    return PromotionView.model_validate(row, from_attributes=True)
