"""Reads a video picture by picture for what changes: cuts, dissolves, motion, sharpness, and a hash to know it again.

A cut is where both the colors and the layout change at once: motion keeps the colors, a flash keeps the layout. A
dissolve changes everything over a stretch, with calm before and after. A few bytes a picture are kept.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import CorruptFile

from .cutting import Span, within
from .footage import Footage, pictures

if TYPE_CHECKING:
    import numpy as np

SIDE = 320
"""Longer side, in pixels, at which pictures are read."""
LAYOUT = (24, 14)
COLORS = (16, 8, 8)
FLAT = 25.0
"""Variance of lightness that is taken for noise, so that black is like black."""
CUT, OVER_MOTION, AROUND = 0.22, 4.0, 8
"""A cut's least score, how much it stands over the median of so many pictures on each side."""
LAYOUT_ALONE = 0.35
DISSOLVE, CALM, HALF_DISSOLVE = 0.3, 0.15, 0.35
"""Change over a dissolve, the most change before and after it, and half its length in seconds."""
SHORTEST = 0.2
"""Seconds: of two boundaries nearer than that, the weaker is a flash."""


@dataclass(frozen=True)
class Reading:
    """One number a picture. ``times``: seconds from the first; ``cut``: change since the picture before, 0 to about 1;
    ``dissolve``: change around it if it is the mixture of what lies before and after, else 0; ``motion``: mean change
    of lightness, 0..255; ``sharp``: variance of the Laplacian; ``bright``: mean, 0..255; ``color``: mean chroma;
    ``hash``: 64 bits of its layout, uint64.
    """

    times: "np.ndarray"
    cut: "np.ndarray"
    dissolve: "np.ndarray"
    motion: "np.ndarray"
    sharp: "np.ndarray"
    bright: "np.ndarray"
    color: "np.ndarray"
    hash: "np.ndarray"


def scan(footage: Footage, span: Span, path: Path, threads: int, watch: Callable[[float], None]) -> Path:
    """Read the pictures of a span into a file; ``watch`` hears the share done. ``CorruptFile`` if none decodes."""
    import numpy as np

    factor = min(1.0, SIDE / max(footage.width, footage.height))
    size = (max(16, round(footage.width * factor)), max(16, round(footage.height * factor)))
    ticks = within(footage, span)
    parts = []
    for frame in pictures(footage, size, threads, span=span):
        parts.append(_described(frame))
        watch(min(1.0, len(parts) / max(1, len(ticks))))
    if not parts:
        raise CorruptFile(reason="no picture decodes in a part of it")
    layouts, colors, numbers, hashes = (np.stack(each) for each in zip(*parts, strict=True))
    cut, motion = _changes(layouts, colors)
    dissolve = _dissolves(layouts, colors, max(1, round(HALF_DISSOLVE * float(footage.rate))))
    sharp, bright, color = numbers.T.astype(np.float32)
    times = _seconds(footage, ticks, len(parts))
    reading = Reading(times, cut, dissolve, motion, sharp, bright, color, hashes)
    with path.open("wb") as file:
        np.savez(file, layouts=_edges(layouts), colors=_edges(colors), **vars(reading))
    return path


def restored(paths: Iterable[Path]) -> Reading:
    """The reading of a whole video from those of its spans, in order; where they meet they are compared."""
    import numpy as np

    parts: list[dict[str, np.ndarray]] = []
    for path in paths:
        with np.load(path) as kept:
            part = {name: kept[name] for name in kept.files}
        if parts:
            around = (np.concatenate([parts[-1][name][2:], part[name][:2]]) for name in ("layouts", "colors"))
            cut, motion = _changes(*around)
            part["cut"][0], part["motion"][0] = cut[2], motion[2]
        parts.append(part)
    return Reading(**{each.name: np.concatenate([part[each.name] for part in parts]) for each in fields(Reading)})


def shots(reading: Reading) -> list[tuple[int, int]]:
    """First picture and the one after the last of each shot."""
    borders = list(_boundaries(reading))
    return list(zip([0, *borders], [*borders, len(reading.times)], strict=True))


def _boundaries(reading: Reading) -> Iterator[int]:
    """Pictures with which a shot begins."""
    import numpy as np

    score = reading.cut.copy()
    score[0] = 0
    usual = np.array([np.median(score[max(0, at - AROUND) : at + AROUND + 1]) for at in range(len(score))])
    found = {0: np.inf} | {
        int(at): float(score[at]) for at in np.flatnonzero((score >= CUT) & (score >= OVER_MOTION * usual))
    }
    apart = 2 * HALF_DISSOLVE
    for at in np.argsort(-reading.dissolve):
        if reading.dissolve[at] < DISSOLVE:
            break
        if all(abs(reading.times[at] - reading.times[other]) > apart for other in found):
            found[int(at)] = float(reading.dissolve[at])
    kept: list[int] = []
    for at in sorted(found, key=lambda place: -found[place]):
        if all(abs(reading.times[at] - reading.times[other]) >= SHORTEST for other in kept):
            kept.append(at)
    yield from sorted(kept)[1:]


def _described(frame: "np.ndarray") -> "tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]":
    """Layout (lightness and color, small), colors (root of the histogram), numbers and hash of a picture."""
    import cv2
    import numpy as np

    lab = cv2.cvtColor(frame, cv2.COLOR_RGB2LAB)
    layout = cv2.resize(lab, LAYOUT, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(lab, (96, 54), interpolation=cv2.INTER_AREA)
    histogram = cv2.calcHist([coarse], [0, 1, 2], None, list(COLORS), [0, 256, 64, 192, 64, 192]).ravel()
    grey = lab[:, :, 0]
    chroma = np.linalg.norm(layout[:, :, 1:].astype(np.float32) - 128, axis=2).mean()
    sharp = cv2.Laplacian(cv2.GaussianBlur(grey, (3, 3), 0), cv2.CV_32F).var()
    tiny = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = np.packbits((tiny[:, 1:] > tiny[:, :-1]).ravel()).view(">u8").astype(np.uint64)[0]
    return layout, np.sqrt(histogram / max(1.0, histogram.sum())), np.array([sharp, grey.mean(), chroma]), bits


def _edges(values: "np.ndarray") -> "np.ndarray":
    """The first two and the last two."""
    import numpy as np

    return np.concatenate([values[[0, min(1, len(values) - 1)]], values[[max(0, len(values) - 2), -1]]])


def _seconds(footage: Footage, ticks: "np.ndarray", count: int) -> "np.ndarray":
    """Seconds from the first picture of each that was decoded; those that the packets did not tell follow evenly."""
    import numpy as np

    times = (ticks[:count] - footage.times[0]) * float(footage.tick)
    late = times[-1] if len(times) else 0.0
    rest = late + np.arange(1, count - len(times) + 1) / float(footage.rate)
    return np.concatenate([times, rest])


def _changes(layouts: "np.ndarray", colors: "np.ndarray") -> "tuple[np.ndarray, np.ndarray]":
    """``cut`` and ``motion`` of each picture against the one before; 0 for the first.

    Over a cut every picture differs from every one before; over a flash those around it are alike.
    """
    import numpy as np

    cut = np.full(len(layouts), np.inf, np.float32)
    for before in (1, 2):
        for after in (0, 1):
            apart = before + after
            if len(layouts) > apart:
                change = _change(layouts[:-apart], layouts[apart:], colors[:-apart], colors[apart:])
                place = slice(before, before + len(change))
                cut[place] = np.minimum(cut[place], change)
    cut[0] = 0
    motion = np.abs(np.diff(layouts[..., 0].astype(np.float32), axis=0)).mean((1, 2))
    return cut, np.concatenate([[0], motion]).astype(np.float32)


def _change(one: "np.ndarray", other: "np.ndarray", first: "np.ndarray", second: "np.ndarray") -> "np.ndarray":
    """Geometric mean of the change in colors (Hellinger) and in layout (1 - correlation of lightness); or the change of
    the layout alone, by less, where it is great."""
    import numpy as np

    a, b = (each[..., 0].astype(np.float32).reshape(len(each), -1) for each in (one, other))
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    spread = np.sqrt((a * a).mean(1) * (b * b).mean(1)) + FLAT
    layout = np.clip(1 - (a * b).mean(1) / spread, 0, 2)
    palette = np.clip(1 - (first * second).sum(1), 0, 1)
    change: np.ndarray = np.maximum(np.sqrt(palette * layout), LAYOUT_ALONE * layout)
    return change


def _dissolves(layouts: "np.ndarray", colors: "np.ndarray", reach: int) -> "np.ndarray":
    """For each picture the change over ``2 * reach`` around it, if it is calm as long before and after; else 0."""
    import numpy as np

    found = np.zeros(len(layouts), np.float32)
    if len(layouts) <= 4 * reach:
        return found
    change = _change(layouts[: -2 * reach], layouts[2 * reach :], colors[: -2 * reach], colors[2 * reach :])
    near = _change(layouts[:-reach], layouts[reach:], colors[:-reach], colors[reach:])
    calm = np.maximum(near[: len(layouts) - 4 * reach], near[3 * reach :]) < CALM
    found[2 * reach : -2 * reach] = np.where(calm, change[reach:-reach], 0)
    return found
