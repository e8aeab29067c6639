"""What an account used, as sums that can be added up again by any key."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

K = TypeVar("K")


class Used(BaseModel):
    """Jobs and rows of batches that have ended: ``jobs`` is the sum of the three ends. ``seconds`` that jobs ran for,
    ``credits`` charged, ``bytes`` of files made."""

    model_config = ConfigDict(frozen=True)

    jobs: int = 0
    succeeded: int = 0
    failed: int = 0
    canceled: int = 0
    credits: int = 0
    seconds: float = 0.0
    bytes: int = 0


NAMES = tuple(Used.model_fields)


class UsedOfDay(Used):
    """The sums of one tool on one day (UTC)."""

    day: date
    tool_id: str


def added(rows: Iterable[UsedOfDay], key: Callable[[UsedOfDay], K]) -> dict[K, Used]:
    """The rows' sums by ``key``, in the order in which the keys came first."""
    sums: dict[K, list[float]] = {}
    for row in rows:
        values, group = _values(row), key(row)
        had = sums.get(group)
        sums[group] = values if had is None else [before + more for before, more in zip(had, values, strict=True)]
    return {group: Used.model_validate(dict(zip(NAMES, values, strict=True))) for group, values in sums.items()}


def _values(row: Used) -> list[float]:
    return [getattr(row, name) for name in NAMES]
