"""Credits that are bought by themselves when few are left: what an account asked for."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from .base import Big, Created, Table


class TopUp(Table):
    """The pack ``pack_id`` is bought when fewer than ``below`` credits are available, for at most ``most_a_month`` of
    the currency's minor unit in a calendar month (UTC). ``stopped_at``: a charge was declined; nothing is tried until
    the account asks anew."""

    __tablename__ = "top_ups"
    __table_args__ = (CheckConstraint("below > 0 AND most_a_month > 0", name="sound"),)

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    pack_id: Mapped[str]
    currency: Mapped[str]
    below: Mapped[Big]
    most_a_month: Mapped[Big]
    stopped_at: Mapped[datetime | None]
    created_at: Mapped[Created]
