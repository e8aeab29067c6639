"""What happened, for streams: per job or run by ``seq``, per account as transactions became visible."""

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from .base import Big, Created, Json, Table


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's ``xid8``: the full transaction id, which never wraps."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


class Event(Table):
    """``xid`` is its transaction: a feed reads only below ``pg_snapshot_xmin``, where nothing can appear any more."""

    __tablename__ = "events"
    __table_args__ = (
        Index("uq_events_job_id_seq", "job_id", "seq", unique=True, postgresql_where=text("job_id IS NOT NULL")),
        Index("uq_events_run_id_seq", "run_id", "seq", unique=True, postgresql_where=text("run_id IS NOT NULL")),
        Index(None, "account_id", "xid", "id"),
        Index(None, "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xid: Mapped[Big] = mapped_column(TransactionId, server_default=text("pg_current_xact_id()"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id"))
    seq: Mapped[int | None]
    type: Mapped[str]
    data: Mapped[Json]
    created_at: Mapped[Created]
