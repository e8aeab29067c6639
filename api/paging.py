"""Lists in pages: one row more than asked for tells whether there is a next page."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Query

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=200, description="Rows of a page.")]


def page(rows: list[T], limit: int, cursor_of: Callable[[T], str]) -> tuple[list[T], str | None]:
    """The rows of this page and the cursor of the next one, of ``limit + 1`` rows that were read."""
    shown = rows[:limit]
    return shown, cursor_of(shown[-1]) if len(rows) > limit else None
