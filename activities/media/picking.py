"""Picks the pictures of a video that are worth keeping: sharp, calm, well lit, and no two alike."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from .shots import DISSOLVE, HALF_DISSOLVE, Reading, shots

if TYPE_CHECKING:
    import numpy as np

ALIKE = 10
"""Bits of 64 in which the hashes of two pictures of one view differ at most."""
EDGE = 0.12
"""Share of a shot at each end where pictures are still blended or moving."""
DARK, BRIGHT = 30.0, 225.0


def highlights(reading: Reading, count: int, gap: float) -> list[int]:
    """The best pictures of the best shots, first by shot, then once more within long ones; in order of time."""
    values = worth(reading)
    scored = [_best(values, first, end) for first, end in shots(reading)]
    ranked = sorted(scored, key=lambda at: -float(values[at]))
    chosen = _different(reading, ranked, count, gap)
    if len(chosen) < count:
        others = sorted(_peaks(reading, values, max(gap, 0.5)), key=lambda at: -float(values[at]))
        chosen = _different(reading, [*chosen, *others], count, gap)
    return sorted(chosen)


def scenes(reading: Reading, count: int, gap: float) -> list[int]:
    """The best picture of each shot, the longest shots first where there are more than ``count``; in order of time."""
    values, found = worth(reading), shots(reading)
    ranked = sorted(found, key=lambda shot: reading.times[shot[0]] - reading.times[shot[1] - 1])
    return sorted(_different(reading, [_best(values, *shot) for shot in ranked], count, gap))


def worth(reading: Reading) -> "np.ndarray":
    """How good each picture is, about 0..1: sharpness among its neighbors' and among all, light, color, calm."""
    import numpy as np

    sharp = np.log1p(reading.sharp)
    overall = sharp / max(1e-6, float(np.percentile(sharp, 95)))
    light = np.clip((reading.bright - DARK / 2) / DARK, 0, 1) * np.clip((255 - reading.bright) / (255 - BRIGHT), 0, 1)
    calm = 1 / (1 + reading.motion / 8)
    color = np.clip(reading.color / 30, 0, 1)
    worth: np.ndarray = light * (0.55 * np.clip(overall, 0, 1.2) + 0.25 * calm + 0.2 * color)
    return worth * np.where(_near(reading.times, reading.dissolve >= DISSOLVE), 0.4, 1.0)


def _near(times: "np.ndarray", marked: "np.ndarray") -> "np.ndarray":
    """Whether a marked picture lies within half a dissolve's length of each."""
    import numpy as np

    distance = np.full(len(times), np.inf)
    if marked.any():
        where = times[marked]
        after = np.clip(np.searchsorted(where, times), 0, len(where) - 1)
        distance = np.minimum(np.abs(times - where[after]), np.abs(times - where[np.maximum(after - 1, 0)]))
    near: np.ndarray = distance <= HALF_DISSOLVE
    return near


def _best(worth: "np.ndarray", first: int, end: int) -> int:
    """The best picture of a shot, away from its ends."""
    import numpy as np

    edge = int((end - first) * EDGE)
    return first + edge + int(np.argmax(worth[first + edge : max(end - edge, first + edge + 1)]))


def _peaks(reading: Reading, worth: "np.ndarray", apart: float) -> list[int]:
    """The best picture of every ``apart`` seconds."""
    import numpy as np

    cells = (reading.times / apart).astype(np.int64)
    borders = [0, *(np.flatnonzero(np.diff(cells)) + 1).tolist(), len(cells)]
    return [first + int(np.argmax(worth[first:end])) for first, end in pairwise(borders)]


def _different(reading: Reading, ranked: Sequence[int], count: int, gap: float) -> list[int]:
    """The first ``count`` that are ``gap`` seconds apart and show different views."""
    chosen: list[int] = []
    for at in ranked:
        if len(chosen) == count:
            break
        if all(
            abs(float(reading.times[at] - reading.times[other])) >= gap and not _alike(reading, at, other)
            for other in chosen
        ):
            chosen.append(at)
    return chosen


def _alike(reading: Reading, one: int, other: int) -> bool:
    """The same view in the same light."""
    bits = int(reading.hash[one] ^ reading.hash[other]).bit_count()
    return bits <= ALIKE and abs(float(reading.bright[one] - reading.bright[other])) < 12
