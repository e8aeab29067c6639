"""The sound of a recording as engines that listen want it, and where it may be cut without cutting a word."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import cutting, ffmpeg
from .footage import readable
from .pauses import pauses, tightened
from .transcripts import SOUND_RATE, STEP, Listener, Passage

if TYPE_CHECKING:
    import numpy as np

SEEK_EXACTLY = (*cutting.SEEK_EXACTLY, "wav", "flac")
"""Containers in which seeking lands where it should; of others all that lies before is decoded, too."""
NEAR, NEAREST = 15.0, 0.35
"""Seconds, and at most which share of a piece, by which a cut may move to where it is silent."""
BREATH = 0.4
"""Seconds of silence that a cut looks for."""
LOOKS, LOOK = 3, 60.0
"""How many places of a recording tell its language, and seconds of each."""


def length(path: Path) -> tuple[bool, float, float]:
    """Whether there is sound inside, how long the file is, and what its own clock shows at its begin, in seconds.

    Times of sound are counted from there. ``CorruptFile`` if that cannot be told.
    """
    import av

    with readable(path) as container:
        sounds = any(track.rate for track in container.streams.audio)
        begin = (container.start_time or 0) / av.time_base
        return sounds, (container.duration or 0) / av.time_base, begin


def decoded(
    path: Path,
    scratch: Path,
    threads: int,
    *,
    start: float = 0.0,
    end: float | None = None,
    watch: ffmpeg.Watch | None = None,
) -> "np.ndarray":
    """The first audio track from ``start`` to ``end`` in seconds: int16, one channel, SOUND_RATE samples a second.

    It stays on the disk, so that an hour costs no memory. Gaps are silence, so that times hold. ``watch`` is told the
    seconds done. Raises what ``ffmpeg.run`` does.
    """
    import numpy as np

    with readable(path) as container:
        exact = container.format.name.startswith(SEEK_EXACTLY)
    until = {} if end is None else {"t": f"{end - start:.3f}"}
    span: dict[str, Any] = {"ss": f"{start:.3f}", **until} if exact and start else ({} if start else until)
    stream = ffmpeg.source(path, **span)["a:0"].filter("aresample", SOUND_RATE, **{"async": 1}, first_pts=0)
    if start and not exact:
        edges = {"start": f"{start:.3f}"} | ({} if end is None else {"end": f"{end:.3f}"})
        stream = stream.filter("atrim", **edges)
    raw = scratch / "sound.raw"
    try:
        ffmpeg.run(ffmpeg.output(stream, raw, threads, f="s16le", acodec="pcm_s16le", ac=1), threads, watch)
        return np.memmap(raw, np.int16, "r") if raw.stat().st_size else np.zeros(0, np.int16)
    finally:
        raw.unlink(missing_ok=True)


def samples(sound: "np.ndarray", start: float = 0.0, end: float | None = None) -> "np.ndarray":
    """A piece of ``decoded`` sound as a ``Listener`` takes it."""
    import numpy as np

    piece = sound[round(start * SOUND_RATE) : None if end is None else round(end * SOUND_RATE)]
    return piece.astype(np.float32) / 32768


def language(sound: "np.ndarray", listener: Listener, report: Callable[[float], None]) -> str | None:
    """What is spoken in most of some places all over the recording; None where nobody speaks in any of them.

    Where those are silent, all of it is gone through until somebody speaks.
    """
    whole = len(sound) / SOUND_RATE
    places = [(whole - LOOK) * share for share in (0.0, 0.5, 1.0)] if whole > LOOKS * LOOK else [0.0]
    heard = [listener.language(samples(sound, place, place + LOOK)) for place in places]
    told = [each for each in heard if each]
    at = 0.0
    while not told and at < whole:
        found = listener.language(samples(sound, at, at + LOOK))
        told, at = [found] if found else [], at + LOOK
        report(min(1.0, at / whole))
    return max(told, key=told.count) if told else None


def cuts(sound: "np.ndarray", listener: Listener, seconds: float, report: Callable[[float], None]) -> list[float]:
    """Where to cut ``sound`` into pieces of about ``seconds``: in the longest pause near each edge, else where it is
    least likely that somebody speaks."""
    whole, found, last = len(sound) / SOUND_RATE, [], 0.0
    near = min(NEAR, NEAREST * seconds)
    while whole - last > seconds + near:
        first, until = last + seconds - near, last + seconds + near
        last = round(first + _quietest(samples(sound, first, until), listener), 3)
        found.append(last)
        report(last / whole)
    return found


def _quietest(sound: "np.ndarray", listener: Listener) -> float:
    """Seconds into ``sound``."""
    import numpy as np

    width = max(1, round(BREATH / STEP))
    smooth = np.convolve(listener.chances(sound), np.ones(width) / width, "same")
    lowest = np.flatnonzero(smooth <= smooth.min() + 0.02)
    runs = np.split(lowest, np.flatnonzero(np.diff(lowest) > 1) + 1)
    return float((max(runs, key=len).mean() + 0.5) * STEP)


def passages(
    path: Path,
    scratch: Path,
    threads: int,
    listener: Listener,
    piece: dict[str, Any],
    report: Callable[[float], None],
    *,
    english: bool = False,
) -> list[Passage]:
    """What is said from ``piece["start"]`` to ``piece["end"]`` (None: to the end), in the recording's time."""
    sound = samples(decoded(path, scratch, threads, start=piece["start"], end=piece["end"]))
    seconds, found = max(1e-3, len(sound) / SOUND_RATE), []
    report(0.05)
    for each in listener.passages(sound, piece["language"], english=english):
        found.append(each)
        report(0.05 + 0.95 * min(1.0, each.end / seconds))
    return [each.moved(piece["start"]) for each in tightened(found, pauses(sound))]
