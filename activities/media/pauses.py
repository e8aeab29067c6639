"""Where a recording is silent, and words whose times respect that.

Whisper lets a word last until the next begins; the sound itself tells where one paused. Where noise or music fills
the pauses there are none, and times stay as they were heard.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .transcripts import SOUND_RATE, Passage, Word

if TYPE_CHECKING:
    import numpy as np

FRAME = 0.01
LOUD, BELOW, QUIETEST = 95, 30.0, -55.0
"""A frame is silent so many decibels below the level that this percentage of frames keeps under, or below the last."""
SHORTEST = 0.12
"""Seconds of a pause; shorter ones belong to words."""
NEAR = 0.35
"""Seconds by which a word's edge may be wrong, and no more than the pause is long."""
LEAST = 0.06
"""Seconds that are left of a word."""

Pause = tuple[float, float]


def pauses(sound: "np.ndarray") -> list[Pause]:
    """From when to when it is silent, in seconds; ``sound`` as a ``Listener`` gets it."""
    import numpy as np

    size = round(FRAME * SOUND_RATE)
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    if not len(frames):
        return []
    levels = 10 * np.log10(np.maximum((frames.astype(np.float64) ** 2).mean(1), 1e-10))
    silent = np.flatnonzero(levels < max(QUIETEST, float(np.percentile(levels, LOUD)) - BELOW))
    runs = np.split(silent, np.flatnonzero(np.diff(silent) > 1) + 1)
    return [(run[0] * FRAME, (run[-1] + 1) * FRAME) for run in runs if len(run) * FRAME >= SHORTEST]


def tightened(passages: Sequence[Passage], silent: Sequence[Pause]) -> list[Passage]:
    """The passages with each pause between two words, and none within one, wherever a pause lies near their edge."""
    words = [word for passage in passages for word in passage.words]
    for pause in silent:
        _part(words, pause)
    found, at = [], 0
    for passage in passages:
        mine = tuple(words[at : at + len(passage.words)])
        at += len(passage.words)
        found.append(Passage(passage.text, mine[0].start, mine[-1].end, mine) if mine else passage)
    return found


def _part(words: list[Word], pause: Pause) -> None:
    """Move the edges of the two words at a pause, in place; the begin and the end of all count as edges."""
    begin, end = pause
    edges = []
    for at in range(len(words) + 1):
        first = words[at - 1].end if at else words[0].start if words else 0.0
        second = words[at].start if at < len(words) else first
        away = max(0.0, begin - max(first, second), min(first, second) - end)
        edges.append((away, abs((first + second) / 2 - (begin + end) / 2), at))
    away, _, at = min(edges, default=(NEAR, 0.0, 0))
    if away >= min(NEAR, end - begin):
        return
    if at > 0:
        before = words[at - 1]
        words[at - 1] = replace(before, end=max(before.start + LEAST, min(before.end, begin)))
    if at < len(words):
        after = words[at]
        words[at] = replace(after, start=min(after.end - LEAST, max(after.start, end)))
