"""Puts moments of a video one behind the other, with their sound, cut to another shape where the picture is alive."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import ffmpeg
from .cutting import QUALITY, Span, between
from .footage import Footage, even, pictures, upright
from .moments import Moment

if TYPE_CHECKING:
    import numpy as np

FADE = 0.015
"""Seconds over which the sound of each moment comes and goes, so that it does not click."""
LOOKS = 6
CENTERED = 0.35
"""How much the middle is preferred: what lies at the rim counts so much less."""
SOUND = {"acodec": "aac", "audio_bitrate": "192k", "ar": 48000, "ac": 2}


def montage(
    footage: Footage, moments: Sequence[Moment], aspect: float | None, path: Path, threads: int, watch: ffmpeg.Watch
) -> None:
    """Write an MP4 of the moments; ``aspect``: width by height of the result, None: as it is; ``watch`` as ``run``."""
    streams = []
    for moment in moments:
        opening = {"ss": f"{footage.start + moment.start - 0.2 / float(footage.rate):.6f}", "seek_timestamp": 1}
        source = ffmpeg.source(footage.path, threads=threads, **opening, t=f"{moment.length:.6f}")
        picture = upright(footage, source.video)
        if aspect is not None:
            picture = picture.filter("crop", *_window(footage, moment, aspect, threads))
        streams.append(picture)
        if footage.sounds:
            sound = source[str(footage.sounds[0].index)]
            gone = f"{max(0.0, moment.length - FADE):.4f}"
            streams.append(sound.filter("afade", t="in", d=FADE).filter("afade", t="out", st=gone, d=FADE))
    sounds = 1 if footage.sounds else 0
    whole = ffmpeg.sequence(streams, len(moments), sounds)
    options = QUALITY | {"movflags": "+faststart", "f": "mp4"} | (SOUND if sounds else {})
    ffmpeg.run(ffmpeg.output(whole, path, threads, **options), threads, watch)


def _window(footage: Footage, moment: Moment, aspect: float, threads: int) -> tuple[int, int, int, int]:
    """Width, height, left and top of the part to keep, in stored pixels: as much as the shape allows, where most is
    going on."""
    import cv2
    import numpy as np

    stretch = float(1 / footage.pixel_aspect if footage.rotation % 180 else footage.pixel_aspect)
    width = even(min(footage.width, round(footage.height * aspect / stretch)))
    height = even(min(footage.height, round(footage.width * stretch / aspect)))
    scale = 160 / max(footage.width, footage.height)
    small = (max(8, round(footage.width * scale)), max(8, round(footage.height * scale)))
    span = _span(footage, moment)
    rate = max(0.5, LOOKS / max(0.1, moment.length))
    frames = pictures(footage, small, threads, rate=f"{rate:.4f}", span=span)
    seen = np.stack([cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in frames])
    alive = seen.astype(np.float32).std(0) + 0.3 * np.abs(cv2.Laplacian(seen[len(seen) // 2], cv2.CV_32F))
    left = _best(alive.sum(0), round(width * scale)) / scale
    top = _best(alive.sum(1), round(height * scale)) / scale
    corner = (min(left, footage.width - width), min(top, footage.height - height))
    return width, height, int(corner[0]) // 2 * 2, int(corner[1]) // 2 * 2


def _span(footage: Footage, moment: Moment) -> Span:
    """The pictures of a moment."""
    import numpy as np

    seconds = (footage.times - footage.times[0]) * float(footage.tick)
    first = min(int(np.searchsorted(seconds, moment.start - 1e-6)), footage.frames - 1)
    last = min(max(first, int(np.searchsorted(seconds, moment.end)) - 1), footage.frames - 1)
    keys = footage.keys[footage.keys <= footage.times[first]]
    key = int(keys[-1]) if len(keys) else int(footage.times[0])
    return between(footage, int(footage.times[first]), int(footage.times[last]), key)


def _best(energy: "np.ndarray", length: int) -> int:
    """Where a window of ``length`` holds most of ``energy``, the middle preferred."""
    import numpy as np

    room = len(energy) - length
    if room <= 0:
        return 0
    sums = np.convolve(energy, np.ones(length), "valid")
    places = np.arange(len(sums))
    away = np.abs(places - room / 2) / max(1.0, room / 2)
    return int(np.argmax(sums * (1 - CENTERED * away * away)))
