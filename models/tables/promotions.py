"""Codes that give credits: to each account once, to so many accounts, until a time."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import Mapped, mapped_column

from .base import Big, Created, Table


class Promotion(Table):
    """``valid_days``: how long its credits may be spent; ``most``: how many accounts may use it; None: no limit."""

    __tablename__ = "promotions"
    __table_args__ = (
        CheckConstraint("credits > 0", name="credits"),
        CheckConstraint("used >= 0 AND (most IS NULL OR used <= most)", name="used"),
    )

    code: Mapped[str] = mapped_column(CITEXT, primary_key=True)
    credits: Mapped[Big]
    valid_days: Mapped[int | None] = mapped_column(BigInteger)
    ends_at: Mapped[datetime | None]
    most: Mapped[int | None] = mapped_column(BigInteger)
    used: Mapped[Big] = mapped_column(server_default="0")
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Created]
