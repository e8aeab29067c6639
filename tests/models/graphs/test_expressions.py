"""Expressions of users: what they may come to is known before they are begun."""

import time

import pytest

from models.errors import ExpressionFailed
from models.graphs.expressions import evaluate

MANY = {"value": [{"n": number, "tags": ["a", "b"]} for number in range(10_000)]}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("value.filter(x, x.n < 3).map(y, y.n)", [0, 1, 2]),
        ("value.all(x, x.n >= 0)", True),
        ("value.exists(x, x.tags.exists(t, t == 'z.map(value'))", False),
        ("value.size()", 10_000),
    ],
)
def test_long_lists_may_be_gone_over(expression: str, expected: object) -> None:
    few = {"value": MANY["value"][:500]} if expression.count("exists") > 1 else MANY
    assert evaluate(expression, few) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "value.all(a, value.all(b, value.all(c, a.n + b.n + c.n >= 0)))",
        "value.map(a, value)",
        "value . map ( a , value . size() )",
        "value.map(a, a.tags.map(b, value.size()))",
    ],
)
def test_what_would_hold_up_everybody_is_not_begun(expression: str) -> None:
    began = time.monotonic()
    with pytest.raises(ExpressionFailed, match="too much"):
        evaluate(expression, MANY)
    assert time.monotonic() - began < 5


def test_lists_within_lists_are_fine_where_they_are_short() -> None:
    rows = {"value": [[1, 2], [3]], "inputs": {"most": 2}}
    assert evaluate("value.map(row, row.filter(n, n <= inputs.most))", rows) == [[1, 2], []]
