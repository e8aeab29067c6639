"""Describes a video by hashes of its pictures, five a second, so that a copy of it is known again after re-encoding,
trimming, cropping or mirroring. A picture is hashed whole, mirrored, and in 27 crops: what a cropped copy shows whole.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import CorruptFile

from .cutting import Span
from .footage import Footage, pictures

if TYPE_CHECKING:
    import numpy as np

RATE = 5
"""Hashes a second."""
SIZE = (192, 108)
HASHED = 32
"""Side in pixels to which a view is reduced before its lowest 8 x 8 frequencies are taken (pHash)."""
SHARES = (0.9, 0.8, 0.7)
PLACES = (0.0, 0.5, 1.0)
WHOLE, MIRRORED = 0, 1
FLAT = 6.0
"""Standard deviation of lightness below which a picture tells nothing."""
DARK = 20
"""Lightness up to which a row or column at the rim is a black bar."""


@dataclass(frozen=True)
class Signature:
    """``times``: seconds, ascending; ``hashes``: uint64, pictures x views; ``telling``: whether a picture is not flat;
    ``picture``: uint8 RGB from the middle, to be shown."""

    times: "np.ndarray"
    hashes: "np.ndarray"
    telling: "np.ndarray"
    picture: "np.ndarray"


def describe(footage: Footage, span: Span, path: Path, threads: int, watch: Callable[[float], None]) -> Path:
    """Write the signature of a span to a file; ``CorruptFile`` if no picture of it decodes."""
    import numpy as np

    begin = 0.0 if span["first"] is None else span["first"] - footage.start
    end = footage.duration if span["end"] is None else span["end"] - footage.start
    hashes, telling, shown = [], [], None
    for frame in pictures(footage, SIZE, threads, rate=str(RATE), span=span):
        grey = frame.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        bare = _without_bars(grey)
        hashes.append(_hashes(bare))
        telling.append(float(bare.std()) >= FLAT)
        if shown is None or len(hashes) <= RATE * (end - begin) / 2:
            shown = frame
        watch(min(1.0, len(hashes) / max(1.0, RATE * (end - begin))))
    if shown is None:
        shown = next(pictures(footage, SIZE, threads, span=span), None)
        if shown is None:
            raise CorruptFile(reason="no picture decodes in a part of it")
        hashes, telling = [_hashes(shown.astype(np.float32).mean(2))], [False]
    times = begin + np.arange(len(hashes)) / RATE
    with path.open("wb") as file:
        np.savez(file, times=times, hashes=np.stack(hashes), telling=np.array(telling), picture=shown)
    return path


def restored(paths: Iterable[Path]) -> Signature:
    """The signature of a whole video from those of its spans, in order."""
    import numpy as np

    parts = []
    for path in paths:
        with np.load(path) as kept:
            parts.append({name: kept[name] for name in kept.files})
    times, hashes, telling = (np.concatenate([part[name] for part in parts]) for name in ("times", "hashes", "telling"))
    even = np.arange(int(times[-1] * RATE + 0.5) + 1) / RATE  # spans seldom last whole fifths of a second
    nearest = np.clip(np.searchsorted(times, even - 0.5 / RATE), 0, len(times) - 1)
    return Signature(even, hashes[nearest], telling[nearest], parts[len(parts) // 2]["picture"])


def _without_bars(grey: "np.ndarray") -> "np.ndarray":
    """The picture without black bars; all of it if it is black."""
    import numpy as np

    rows, columns = np.flatnonzero(grey.max(1) > DARK), np.flatnonzero(grey.max(0) > DARK)
    if len(rows) < grey.shape[0] // 4 or len(columns) < grey.shape[1] // 4:
        return grey
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _hashes(grey: "np.ndarray") -> "np.ndarray":
    """uint64, one a view: whole, mirrored, then the crops."""
    import cv2
    import numpy as np

    height, width = grey.shape
    views = [grey, grey[:, ::-1]]
    for share in SHARES:
        for down in PLACES:
            for across in PLACES:
                top, left = round(down * (1 - share) * height), round(across * (1 - share) * width)
                views.append(grey[top : top + round(share * height), left : left + round(share * width)])
    small = np.stack([cv2.resize(view, (HASHED, HASHED), interpolation=cv2.INTER_AREA) for view in views])
    waves = _waves()
    low = waves @ small @ waves.T
    values = low.reshape(len(views), 64)
    bits = values > np.median(values[:, 1:], axis=1, keepdims=True)
    packed: np.ndarray = np.packbits(bits, axis=1).view(">u8").astype(np.uint64).ravel()
    return packed


@lru_cache
def _waves() -> "np.ndarray":
    """The first eight rows of the cosine transform (DCT-II) of ``HASHED`` values."""
    import numpy as np

    frequency, place = np.arange(8)[:, None], np.arange(HASHED)[None]
    waves: np.ndarray = np.cos(np.pi * frequency * (place + 0.5) / HASHED).astype(np.float32)
    return waves
