"""Bodies of credits that are bought by themselves."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from models.money import Currency
from models.tables import TopUp

from .base import Body, View

MOST = 1_000_000_000


class TopUpRequest(Body):
    """Buy ``pack_id`` when fewer than ``below`` credits are available; for at most ``most_a_month`` of the currency's
    minor unit in a calendar month (UTC)."""

    pack_id: str
    currency: Currency = "CNY"
    below: Annotated[int, Field(gt=0, le=MOST)]
    most_a_month: Annotated[int, Field(gt=0, le=MOST)]


class TopUpView(View):
    """``spent``: minor units that this month has cost so far. ``stopped_at``: a charge was declined; ask anew to go
    on."""

    pack_id: str
    currency: str
    below: int
    most_a_month: int
    spent: int
    stopped_at: datetime | None


def top_up_view(row: TopUp, spent: int) -> TopUpView:
    """Render what an account asked for."""
    return TopUpView(
        pack_id=row.pack_id,
        currency=row.currency,
        below=row.below,
        most_a_month=row.most_a_month,
        spent=spent,
        stopped_at=row.stopped_at,
    )
