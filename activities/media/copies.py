"""Finds which video repeats which, by their signatures: at what shift, how much of it, and how it was changed.

A few pictures of one video are looked for in all views of the other; the shift on which most agree is then followed
over the whole. Hashes of one scene are alike at many shifts, so the pictures must fit one by one, not on the average.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .signatures import MIRRORED, RATE, WHOLE, Signature

if TYPE_CHECKING:
    import numpy as np

PROBES = 96
NEAR = 14
"""Bits of 64 by which hashes of the same picture differ at most; different pictures differ by about 32."""
LEAST_SECONDS = 1.5
LEAST_SHARE = 0.5
"""Of the shorter video, where that is shorter than a few seconds."""
GAP = 5
"""Pictures in a row that may be missed within a match."""
WHOLE_SHARE = 0.93
"""Of a video: what is matched over so much of it is matched over all of it."""

Change = Literal["copied", "trimmed", "cropped", "mirrored"]


@dataclass(frozen=True)
class Match:
    """A stretch of one video found in another. Seconds in each; ``similarity``: share of its pictures that fit, times
    how well; ``shares``: how much of each video it is."""

    change: Change
    similarity: float
    first: tuple[float, float]
    second: tuple[float, float]
    shares: tuple[float, float]


def compare(one: Signature, other: Signature) -> Match | None:
    """The best match of two videos, or None. A video of flat pictures alone matches nothing."""
    found = [_sought(one, other), _turned(_sought(other, one))]
    return max((each for each in found if each), key=lambda match: match.similarity, default=None)


def _turned(match: Match | None) -> Match | None:
    if match is None:
        return None
    return Match(match.change, match.similarity, match.second, match.first, (match.shares[1], match.shares[0]))


def _sought(one: Signature, other: Signature) -> Match | None:
    """The pictures of ``other`` in any view of ``one``."""
    import numpy as np

    telling = np.flatnonzero(other.telling)
    if not len(telling) or not one.telling.any():
        return None
    probes = telling[np.linspace(0, len(telling) - 1, min(PROBES, len(telling))).round().astype(int)]
    best: tuple[int, int, int] = (0, 0, 0)
    for view in range(one.hashes.shape[1]):
        shift, votes = _shift(one.hashes[:, view], other.hashes[probes, WHOLE], probes)
        best = max(best, (votes, -view, shift))
    votes, view, shift = best[0], -best[1], best[2]
    return _followed(one, other, view, shift) if votes >= 3 else None


def _shift(known: "np.ndarray", wanted: "np.ndarray", places: "np.ndarray") -> tuple[int, int]:
    """By how many pictures most probes stand later in ``known``, and the weight of those that agree."""
    import numpy as np

    distance = np.bitwise_count(known[None] ^ wanted[:, None]).astype(np.int16)
    probe, place = np.nonzero(distance <= NEAR)
    if not len(probe):
        return 0, 0
    weight = (NEAR + 1 - distance[probe, place]).astype(np.int64)
    shifts = place - places[probe]
    low = int(shifts.min())
    votes = np.bincount(shifts - low, weight)
    return int(votes.argmax()) + low, int(votes.max())


def _followed(one: Signature, other: Signature, view: int, shift: int) -> Match | None:
    """The longest stretch that fits at ``shift``, each picture with its nearest in time."""
    import numpy as np

    places = np.arange(len(other.times))
    inside = (places + shift >= 0) & (places + shift < len(one.times))
    places = places[inside]
    distance = np.full(len(places), 64, np.int16)
    for near in (-1, 0, 1):
        at = np.clip(places + shift + near, 0, len(one.times) - 1)
        gap = np.bitwise_count(one.hashes[at, view] ^ other.hashes[places, WHOLE]).astype(np.int16)
        distance = np.minimum(distance, gap)
    fits = (distance <= NEAR) | ~other.telling[places] & ~one.telling[places + shift]
    first, end = _longest(fits)
    length = end - first
    shorter = min(len(one.times), len(other.times))
    told = other.telling[places[first:end]]
    if length < min(LEAST_SECONDS * RATE, max(2.0, LEAST_SHARE * shorter)) or not told.any():
        return None
    close = 1 - float(distance[first:end][told].mean()) / 64
    similarity = round(float(fits[first:end].mean()) * close, 3)
    begin, stop = int(places[first]), int(places[end - 1]) + 1
    shares = (min(1.0, length / len(one.times)), min(1.0, length / len(other.times)))
    return Match(
        _change(view, shares),
        similarity,
        ((begin + shift) / RATE, (stop + shift) / RATE),
        (begin / RATE, stop / RATE),
        (round(shares[0], 3), round(shares[1], 3)),
    )


def _change(view: int, shares: tuple[float, float]) -> Change:
    if view == MIRRORED:
        return "mirrored"
    if view != WHOLE:
        return "cropped"
    return "copied" if min(shares) >= WHOLE_SHARE else "trimmed"


def _longest(fits: "np.ndarray") -> tuple[int, int]:
    """First and end of the longest stretch of true, misses of up to ``GAP`` within it forgiven."""
    import numpy as np

    at = np.flatnonzero(fits)
    if not len(at):
        return 0, 0
    breaks = np.flatnonzero(np.diff(at) > GAP)
    starts, ends = at[np.concatenate([[0], breaks + 1])], at[np.concatenate([breaks, [len(at) - 1]])] + 1
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])
