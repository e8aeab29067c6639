"""The theoretical arrival time of GCRA by subject. UNLOGGED: after a crash every limit starts afresh."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from .base import Table


class RateLimit(Table):
    __tablename__ = "rate_limits"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    subject: Mapped[str] = mapped_column(primary_key=True)
    arrival: Mapped[datetime] = mapped_column(index=True)
