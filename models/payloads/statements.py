"""A month of an account's credits: what there was, each movement, and what there is."""

from datetime import date, datetime
from itertools import groupby

from pydantic import BaseModel, ConfigDict


class StatementLine(BaseModel):
    """A movement: ``amount`` is above zero for credits gained. ``count`` is above 1 where a day's are one line."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    kind: str
    source: str | None = None
    tool_id: str | None = None
    reference: str | None = None
    amount: int
    count: int = 1


class Statement(BaseModel):
    """From ``start`` to ``end`` (UTC; the end is not part of it), in the order of time. ``complete``: it is over."""

    model_config = ConfigDict(frozen=True)

    account: str
    start: datetime
    end: datetime
    complete: bool
    opening: int
    lines: tuple[StatementLine, ...]

    @property
    def gained(self) -> int:
        return sum(line.amount for line in self.lines if line.amount > 0)

    @property
    def given(self) -> int:
        """Zero or below."""
        return sum(line.amount for line in self.lines if line.amount < 0)

    @property
    def closing(self) -> int:
        return self.opening + self.gained + self.given

    def by_day(self) -> "Statement":
        """The same with one line for all movements of a day that are of one kind and tool, and go one way."""
        lines = sorted(self.lines, key=_of_day)
        days = [list(same) for _, same in groupby(lines, _of_day)]
        merged = [
            same[0].model_copy(
                update={"amount": sum(line.amount for line in same), "count": len(same), "reference": None}
            )
            for same in days
        ]
        return self.model_copy(update={"lines": tuple(sorted(merged, key=lambda line: line.at))})


def _of_day(line: StatementLine) -> tuple[date, str, str, str, bool]:
    return line.at.date(), line.kind, line.source or "", line.tool_id or "", line.amount > 0
