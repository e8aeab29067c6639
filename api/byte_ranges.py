"""Conditional and partial requests for content that never changes (RFC 9110, sections 13 and 14)."""

import re
from dataclasses import dataclass

from starlette.datastructures import Headers

SINGLE = re.compile(r"bytes=(\d*)-(\d*)", re.I)


@dataclass(frozen=True)
class Span:
    """Bytes ``first`` to ``last`` of a content of ``size`` bytes, both included."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def header(self) -> str:
        return f"bytes {self.first}-{self.last}/{self.size}"


class Unsatisfiable(Exception):
    """The range lies outside the content: 416."""


def unchanged(headers: Headers, etag: str) -> bool:
    """Whether ``If-None-Match`` names the content: 304."""
    given = headers.get("if-none-match", "")
    return given.strip() == "*" or etag in [each.strip().removeprefix("W/") for each in given.split(",")]


def wanted(headers: Headers, etag: str, size: int) -> Span | None:
    """The one range that is asked for; None for the whole: no range, several, or ``If-Range`` of another content.

    Raises ``Unsatisfiable``.
    """
    found = SINGLE.fullmatch(headers.get("range", "").strip())
    if found is None or found[0].endswith("=-") or headers.get("if-range", etag) != etag:
        return None
    if not found[1]:
        first, last = max(0, size - int(found[2])), size - 1
    else:
        first, last = int(found[1]), min(int(found[2] or size - 1), size - 1)
    if found[1] and found[2] and int(found[2]) < int(found[1]):
        return None
    if first >= size or last < first:
        raise Unsatisfiable
    return Span(first, last, size)
