"""Large tables of cases: a spread of them in ``make test``, all in ``make test-all``."""

from collections.abc import Iterable
from typing import Any

import pytest


def one_in(every: int, cases: Iterable[tuple[Any, ...]]) -> list[Any]:
    """``cases`` for ``parametrize``; all but each ``every``-th are long. Choose one that divides no inner table."""
    return [
        pytest.param(*case, marks=() if number % every == 0 else pytest.mark.long, id="-".join(map(_name, case)))
        for number, case in enumerate(cases)
    ]


def _name(value: object) -> str:
    return str(getattr(value, "id", value))
