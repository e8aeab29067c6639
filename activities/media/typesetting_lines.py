"""Divides a paragraph's pieces into the fewest lines, and of those ways takes the one that reads and looks best.

Total-fit breaking after Knuth and Plass (1981): every way is weighed at once, so that no line is starved by the one
before it. Lengths in em.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from .typesetting_pieces import NEVER, PHRASE, SPACE, Piece

Ends = Literal["pauses", "phrases", "words", "anywhere"]
"""Where lines may end: at marks and spaces only, at phrases, where the language lets them, or within long words."""
LIMITS: dict[Ends, float] = {"pauses": SPACE, "phrases": PHRASE}
RAGGED, ORPHAN, LEAST_LAST = 4.0, 3.0, 2.2
"""What an uneven line costs, what a last line costs that is shorter than LEAST_LAST em."""
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Paragraph:
    """Pieces of one paragraph, and sums over them."""

    row: tuple[Piece, ...]
    ends: list[float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        total, ends = 0.0, [0.0]
        for piece in self.row:
            total += piece.advance + piece.gap
            ends.append(total)
        object.__setattr__(self, "ends", ends)

    def trimmed(self, start: int, stop: int) -> tuple[int, int]:
        """Without the blank at the rims of a line."""
        while start < stop and self.row[start].blank:
            start += 1
        while stop > start and self.row[stop - 1].blank:
            stop -= 1
        return start, stop

    def width(self, start: int, stop: int) -> float:
        """Of the line of pieces start..stop, its rims trimmed."""
        start, stop = self.trimmed(start, stop)
        if start == stop:
            return 0.0
        first, last = self.row[start], self.row[stop - 1]
        return self.ends[stop] - self.ends[start] - last.gap - first.head - last.tail


def divide(paragraph: Paragraph, width: float, *, ends: Ends, even: bool) -> list[tuple[int, int]] | None:
    """The lines as (start, stop) of pieces, none wider than ``width``; None if what must stay together is wider.

    ``even``: all lines equally long.
    """
    stops = _stops(paragraph, width, ends)
    if stops is None:
        return None
    if not paragraph.row:
        return [(0, 0)]
    target = width
    if even:
        fewest = _best(paragraph, stops, width, width, even=False)
        target = paragraph.width(0, len(paragraph.row)) / max(1, len(fewest))
    return _best(paragraph, stops, width, target, even)


def _stops(paragraph: Paragraph, width: float, ends: Ends) -> list[int] | None:
    """Where lines may end, as counts of pieces."""
    limit = LIMITS.get(ends, NEVER)
    stops = [0]
    legal = [
        at + 1
        for at, piece in enumerate(paragraph.row)
        if (piece.price <= limit and piece.price < NEVER and not piece.torn) or at + 1 == len(paragraph.row)
    ]
    for stop in legal:
        if paragraph.width(stops[-1], stop) > width + TOLERANCE:
            if ends != "anywhere":
                return None
            opened = [at + 1 for at in range(stops[-1], stop - 1) if paragraph.row[at].price < NEVER]
            parts = [stops[-1], *opened, stop]
            if any(paragraph.width(one, other) > width + TOLERANCE for one, other in pairwise(parts)):
                return None
            stops += opened
        stops.append(stop)
    return stops


def _best(paragraph: Paragraph, stops: Sequence[int], width: float, target: float, even: bool) -> list[tuple[int, int]]:
    """Fewest lines first, then the least cost, over all ways to end lines at ``stops``."""
    best: list[tuple[int, float]] = [(0, 0.0)]
    came: list[int] = [0]
    total = len(stops) - 1
    for to in range(1, total + 1):
        chosen, origin = (len(stops), NEVER), to - 1
        for back in range(to - 1, -1, -1):
            long = paragraph.width(stops[back], stops[to])
            if long > width + TOLERANCE:
                break
            cost = _cost(paragraph, stops[to], long, width, target, last=to == total, alone=back == 0, even=even)
            lines, before = best[back]
            if (lines + 1, before + cost) < chosen:
                chosen, origin = (lines + 1, before + cost), back
        best.append(chosen)
        came.append(origin)
    lines_found, at = [], total
    while at > 0:
        lines_found.append((stops[came[at]], stops[at]))
        at = came[at]
    return lines_found[::-1]


def _cost(
    paragraph: Paragraph, stop: int, long: float, width: float, target: float, *, last: bool, alone: bool, even: bool
) -> float:
    uneven = RAGGED * ((target - long) / width) ** 2
    if not last:
        return uneven + paragraph.row[stop - 1].price
    orphan = ORPHAN if not alone and long < min(LEAST_LAST, 0.3 * width) else 0.0
    return orphan + (uneven if even else 0.0)
