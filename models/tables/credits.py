"""The double-entry ledger: transfers of two entries, grants that are spent, holds that set credits aside.

Entries and transfers are never changed or deleted and each transfer sums to zero: triggers of the migration see to it.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Big, Created, Id, Json, Table


class Transfer(Table):
    """A movement of credits. ``id`` is given by the caller (``settle:job_…``), so that a repeat is harmless."""

    __tablename__ = "transfers"

    id: Mapped[Id]
    kind: Mapped[str]
    reference: Mapped[str | None]
    details: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[Created]


class Entry(Table):
    """One side of a transfer: credits that ``account_id`` gained (above zero) or gave (below)."""

    __tablename__ = "entries"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="not_nothing"),
        Index(None, "account_id", "transfer_id"),
    )

    transfer_id: Mapped[str] = mapped_column(ForeignKey("transfers.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    amount: Mapped[Big]
    created_at: Mapped[Created]


class Grant(Table):
    """Credits given to a customer from one source; the soonest to expire is spent first, then the lower priority.

    ``withdrawn``: what of it went since its payment is disputed or was given back, from ``withdrawn_at`` on.
    """

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("remaining >= 0 AND remaining <= amount", name="remaining"),
        CheckConstraint("withdrawn >= 0 AND remaining + withdrawn <= amount", name="withdrawn"),
        Index("ix_grants_spendable", "account_id", "expires_at", postgresql_where=text("remaining > 0")),
    )

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    source: Mapped[str]
    transfer_id: Mapped[str | None] = mapped_column(unique=True)
    priority: Mapped[int] = mapped_column(server_default="100")
    amount: Mapped[Big]
    remaining: Mapped[Big]
    withdrawn: Mapped[Big] = mapped_column(server_default="0")
    withdrawn_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    created_at: Mapped[Created]


class Hold(Table):
    """Credits set aside for one job until it is posted (some of it charged) or voided."""

    __tablename__ = "holds"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'posted', 'voided')", name="state"),
        CheckConstraint("amount >= 0 AND posted >= 0 AND posted <= amount", name="ceiling"),
        Index("ix_holds_open", "account_id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    amount: Mapped[Big]
    posted: Mapped[Big] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(server_default="open")
    created_at: Mapped[Created]
    ended_at: Mapped[datetime | None]


class HoldGrant(Table):
    """What a hold took from which grant, so that a release gives it back to the same one."""

    __tablename__ = "hold_grants"

    hold_id: Mapped[str] = mapped_column(ForeignKey("holds.id"), primary_key=True)
    grant_id: Mapped[str] = mapped_column(ForeignKey("grants.id"), primary_key=True)
    amount: Mapped[Big]
