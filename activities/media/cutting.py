"""Cuts a video into chunks, encodes each, and joins them so that no picture is lost, doubled or late.

A chunk is the pictures shown from one keyframe to another. Each is encoded by itself, with the source's own clock,
into a NUT file, which keeps any clock; the join lays their packets side by side without touching a picture, gives each
the time that its original had, and copies the sound from the source bit by bit where the container can carry it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import ffmpeg
from .footage import Footage, open_footage

if TYPE_CHECKING:
    import numpy as np

CHUNK_SECONDS = 20.0
MICROSECONDS = 1_000_000
SEEK_EXACTLY = ("mov", "matroska")
"""Containers with an index: seeking lands on the keyframe asked for. Elsewhere we begin one keyframe earlier."""
EARLIER = 2.0
"""Seconds before a keyframe where to begin in containers without an index."""
QUALITY: dict[str, Any] = {"vcodec": "libx264", "preset": "veryfast", "crf": 18, "pix_fmt": "yuv420p"}
TRANSPARENT: dict[str, dict[str, Any]] = {
    "webm": {
        "vcodec": "libvpx-vp9",
        "pix_fmt": "yuva420p",
        "crf": 24,
        "b:v": 0,
        "deadline": "realtime",
        "cpu-used": 6,
        "row-mt": 1,
        "auto-alt-ref": 0,
        "f": "webm",
    },
    "mov": {"vcodec": "prores_ks", "profile:v": "4444", "pix_fmt": "yuva444p10le", "alpha_bits": 8, "f": "mov"},
}
"""Encoders of partly transparent pictures."""

Span = dict[str, Any]
"""``{"seek", "first", "end"}``: seconds at which to open, and the pictures' times from and to; None: from the begin, to
the end."""


def spans(footage: Footage, seconds: float = CHUNK_SECONDS) -> list[Span]:
    """The plan: cuts at keyframes at least ``seconds`` apart. One chunk if packets do not tell their times."""
    cuts = _cuts(footage, seconds) if footage.exact else []
    edges: list[tuple[float | None, float | None]] = [(None, None), *cuts]
    ends = [first for _, first in cuts] + [None]
    return [{"seek": seek, "first": first, "end": end} for (seek, first), end in zip(edges, ends, strict=True)]


def between(footage: Footage, first: int, last: int, key: int) -> Span:
    """The span of the pictures from ``first`` to ``last``, in ticks; ``key``: a keyframe at or before the first."""
    tick = footage.tick
    early = 0.0 if footage.container.startswith(SEEK_EXACTLY) else EARLIER
    seek = float(key * tick) - early
    return {
        "seek": seek if seek > footage.start else None,
        "first": float(first * tick),
        "end": float((last + 1) * tick),
    }


def within(footage: Footage, span: Span) -> "np.ndarray":
    """When the pictures of a span are shown, in ticks."""
    import numpy as np

    seconds = footage.times * float(footage.tick)
    first = -np.inf if span["first"] is None else span["first"]
    end = np.inf if span["end"] is None else span["end"]
    shown: np.ndarray = footage.times[(seconds >= first) & (seconds < end)]
    return shown


def _cuts(footage: Footage, seconds: float) -> list[tuple[float, float]]:
    """``(seek, first)`` of each cut, in seconds: a hair before a keyframe, so that no rounding can lose it."""
    tick, keys = float(footage.tick), footage.keys
    exactly = footage.container.startswith(SEEK_EXACTLY)
    hair = min(0.5 * tick, 0.0005)
    last, found = footage.times[0] * tick, []
    for at in range(1, len(keys)):
        if keys[at] * tick - last >= seconds and footage.times[-1] * tick - keys[at] * tick >= seconds / 2:
            last = keys[at] * tick
            seek = last if exactly else max(0.0, keys[at - 1] * tick - 0.5)
            found.append((float(seek), float(last - hair)))
    return found


def opened(footage: Footage, span: Span | None, threads: int) -> ffmpeg.Stream:
    """The pictures of a span as a stream that keeps the source's clock."""
    options: dict[str, Any] = {"copyts": None}
    if span and span["seek"] is not None:
        options |= {"noaccurate_seek": None, "seek_timestamp": 1, "ss": f"{span['seek']:.6f}"}
    stream = ffmpeg.source(footage.path, threads=threads, **options).video
    edges = {"start": (span or {}).get("first"), "end": (span or {}).get("end")}
    given = {name: f"{round(edge * MICROSECONDS)}us" for name, edge in edges.items() if edge is not None}
    return stream.filter("trim", **given) if given else stream


def following(footage: Footage, span: Span, report: Callable[[float], None]) -> ffmpeg.Watch:
    """What to give ``encode``: turns the source's clock into the share of the span that is done."""
    begin = footage.start if span["first"] is None else span["first"]
    end = footage.start + footage.duration if span["end"] is None else span["end"]
    return lambda seconds: report(min(1.0, max(0.0, (seconds - begin) / max(end - begin, 1e-3))))


def encode(
    stream: ffmpeg.Stream,
    path: Path,
    threads: int,
    watch: ffmpeg.Watch | None = None,
    *,
    note: str = "",
    repaced: bool = False,
) -> None:
    """Encode filtered pictures of ``opened`` to a chunk's file; ``watch`` is told the source's clock in seconds.

    ``note``, a few words of ours, travels in the file: ``noted`` reads it. ``repaced``: the filters gave the pictures
    times that the source's ticks may not hold.
    """
    options = {"enc_time_base": "filter" if repaced else "demux"} | _noting(note)
    ffmpeg.run(_output(stream, path, threads, options), threads, watch)


def noted(path: Path) -> str:
    """The note that ``encode`` left in a chunk's file."""
    with open_footage(path) as container:
        return str(container.metadata.get("comment") or container.metadata.get("COMMENT") or "")


def encode_frames(
    footage: Footage,
    span: Span,
    frames: "Iterator[np.ndarray]",
    size: tuple[int, int],
    path: Path,
    threads: int,
    note: str = "",
) -> int:
    """Encode pictures that were changed in Python, one for each of ``span``; returns how many there were.

    ``size`` is (width, height), both even. The join gives them the times of the source's pictures. ``note`` as of
    ``encode``.
    """
    begin = footage.start if span["first"] is None else span["first"]
    stream = (
        ffmpeg.raw(*size, str(footage.rate))
        .filter("setpts", f"PTS+{begin:.6f}/TB")
        .filter("scale", out_color_matrix=footage.colors, out_range="tv", flags="accurate_rnd")
        .filter("format", "yuv420p")
    )
    options = {"copyts": None} | _noting(note)
    return ffmpeg.write_frames(_output(stream, path, threads, options), frames, threads)


def _noting(note: str) -> dict[str, Any]:
    return {"metadata": f"comment={note}"} if note else {}


def encode_transparent(
    footage: Footage, frames: "Iterator[np.ndarray]", size: tuple[int, int], path: Path, threads: int, kind: str
) -> int:
    """As ``encode_frames`` for RGBA (uint8, not premultiplied); ``kind`` is a key of ``TRANSPARENT``."""
    stream = ffmpeg.raw(*size, str(footage.rate), pixels="rgba")
    stream = stream.filter("scale", out_color_matrix="bt709", out_range="tv", flags="accurate_rnd")
    made = ffmpeg.output(stream, path, threads, fps_mode="passthrough", **TRANSPARENT[kind])
    return ffmpeg.write_frames(made, frames, threads)


def _output(stream: ffmpeg.Stream, path: Path, threads: int, options: dict[str, Any]) -> ffmpeg.Stream:
    return ffmpeg.output(
        stream, path, threads, f="nut", fps_mode="passthrough", avoid_negative_ts="disabled", **QUALITY, **options
    )
