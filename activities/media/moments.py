"""Chooses the moments of a video that are worth seeing again, by motion, sharpness, light and loudness; they begin and
end where shots do, or where it is quiet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .footage import Footage, readable
from .picking import worth
from .shots import Reading, shots

if TYPE_CHECKING:
    import numpy as np

STEP = 0.1
"""Seconds that one level of loudness stands for."""
SHORTEST, USUAL = 1.2, 3.0
"""Seconds of a moment: at least, and of those that are cut out of long shots."""
OVERLAPS = 4
"""Windows that begin within the length of one."""
NEAR_QUIET = 0.4
"""Seconds within which a cut may move to where it is quieter."""
MOTION, LOUD = 0.45, 0.35
"""Weights beside that of the picture itself."""
CROWDED, SPREAD = 0.4, 0.1
"""What a moment loses beside another, and over which share of the video that fades."""
RATE = 8000
QUIETEST = -60.0


@dataclass(frozen=True)
class Moment:
    """From when to when, in seconds from the first picture, and how good it is, about 0..2."""

    start: float
    end: float
    score: float

    @property
    def length(self) -> float:
        return self.end - self.start


def levels(footage: Footage) -> "np.ndarray | None":
    """Loudness of the first audio track in decibels, one every STEP seconds from the first picture; None: no sound."""
    import av
    import numpy as np

    if not footage.sounds:
        return None
    count = int(footage.duration / STEP) + 1
    power, samples = np.zeros(count), np.zeros(count)
    with readable(footage.path) as container:
        resampler = av.AudioResampler("flt", "mono", RATE)
        for frame in container.decode(container.streams.audio[0]):
            for piece in resampler.resample(frame):
                values = piece.to_ndarray()[0].astype(np.float64)
                begin = (piece.time or 0.0) - footage.start
                at = np.clip(((begin + np.arange(len(values)) / RATE) / STEP).astype(int), 0, count - 1)
                power += np.bincount(at, values**2, count)
                samples += np.bincount(at, minlength=count)
    decibels: np.ndarray = 10 * np.log10(np.maximum(power / np.maximum(samples, 1), 10 ** (QUIETEST / 10)))
    return decibels


def choose(reading: Reading, loudness: "np.ndarray | None", target: float, most: int) -> list[Moment]:
    """Moments that last ``target`` seconds together, ``most`` at most, in order of time; all of a shorter video."""
    end = _end(reading)
    if target >= end:
        return [Moment(0.0, end, 1.0)]
    length = max(SHORTEST, min(USUAL, target), target / most)
    left = _candidates(reading, loudness, length)
    chosen: list[Moment] = []
    while left and len(chosen) < most:
        room = target - sum(moment.length for moment in chosen)
        if room < SHORTEST / 2:
            break
        best = max(left, key=lambda moment: moment.score - _crowding(moment, chosen, end))
        chosen.append(Moment(best.start, min(best.end, best.start + room), best.score))
        left = [each for each in left if each.end <= best.start or each.start >= best.end]
    return _filled(sorted(chosen, key=lambda moment: moment.start), target, end)


def _crowding(moment: Moment, chosen: Sequence[Moment], end: float) -> float:
    """What a moment loses by what was chosen near it: a clip should tell of the whole video."""
    import math

    gaps = [max(0.0, moment.start - other.end, other.start - moment.end) for other in chosen]
    return CROWDED * math.exp(-min(gaps) / (SPREAD * end)) if gaps else 0.0


def _candidates(reading: Reading, loudness: "np.ndarray | None", length: float) -> list[Moment]:
    """Every shot that is short enough, and windows of the longer ones."""
    import numpy as np

    score = _scores(reading, loudness)
    total = np.concatenate([[0.0], np.cumsum(score)])
    found = []
    for first, last in shots(reading):
        begin, end = float(reading.times[first]), float(reading.times[last]) if last < len(score) else _end(reading)
        for start, stop in _windows(begin, end, length, loudness):
            places = np.searchsorted(reading.times, [start - 1e-6, stop - 1e-6])
            if places[1] - places[0] >= 2:
                mean = float((total[places[1]] - total[places[0]]) / (places[1] - places[0]))
                found.append(Moment(start, stop, round(mean * min(1.0, (stop - start) / SHORTEST), 4)))
    return found


def _windows(begin: float, end: float, length: float, loudness: "np.ndarray | None") -> Iterator[tuple[float, float]]:
    """A short shot whole; of a long one windows that overlap, each end within it where it is quiet."""
    import numpy as np

    room = end - begin - length
    if room < SHORTEST / 2:
        yield begin, end
        return
    for start in np.linspace(begin, end - length, int(room / length * OVERLAPS) + 2).tolist():
        stop = start + length
        yield (
            begin if start - begin < NEAR_QUIET else max(begin, _quieter(start, loudness)),
            end if end - stop < NEAR_QUIET else min(end, _quieter(stop, loudness)),
        )


def _scores(reading: Reading, loudness: "np.ndarray | None") -> "np.ndarray":
    """How much each picture is worth: itself, what moves in it, how loud it is against the rest."""
    import numpy as np

    moving = np.clip(reading.motion / max(1.0, float(np.percentile(reading.motion, 90))), 0, 1.2)
    score = worth(reading) + MOTION * _smooth(moving, 12)
    if loudness is not None:
        heard = loudness[np.clip((reading.times / STEP).astype(int), 0, len(loudness) - 1)]
        low, high = np.percentile(loudness, [20, 95])
        score = score + LOUD * np.clip((heard - low) / max(3.0, high - low), 0, 1)
    smooth: np.ndarray = np.where(reading.bright < 16, 0.05, score)
    return smooth


def _smooth(values: "np.ndarray", width: int) -> "np.ndarray":
    import numpy as np

    kernel = np.ones(min(width, len(values))) / min(width, len(values))
    return np.convolve(values, kernel, "same")


def _quieter(edge: float, loudness: "np.ndarray | None") -> float:
    """The quietest time near an edge: between sentences, if there is speech."""
    import numpy as np

    if loudness is None:
        return edge
    first, last = max(0, int((edge - NEAR_QUIET) / STEP)), min(len(loudness), int((edge + NEAR_QUIET) / STEP) + 1)
    return float((first + int(np.argmin(loudness[first:last])) + 0.5) * STEP) if last > first else edge


def _filled(chosen: Sequence[Moment], target: float, end: float) -> list[Moment]:
    """What is still missing is added behind moments that have room, so that the length is met."""
    grown: list[Moment] = []
    missing = target - sum(moment.length for moment in chosen)
    for at, moment in enumerate(chosen):
        limit = chosen[at + 1].start if at + 1 < len(chosen) else end
        more = max(0.0, min(missing, limit - moment.end))
        missing -= more
        grown.append(Moment(moment.start, moment.end + more, moment.score))
    return grown


def _end(reading: Reading) -> float:
    """Seconds at which the last picture ends."""
    times = reading.times
    return float(times[-1] + (times[-1] - times[0]) / max(1, len(times) - 1)) if len(times) > 1 else float(times[0])
