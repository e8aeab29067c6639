"""Takes single pictures out of a video: seeks to each where they lie far apart, decodes on where they are near.

FFmpeg writes the pictures itself, upright, with square pixels and in the colors that still pictures have.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from models.errors import CorruptFile

from . import ffmpeg
from .cutting import Span, between, opened
from .footage import Footage, readable, upright

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

Kind = Literal["jpeg", "png", "webp"]
SUFFIXES: dict[str, str] = {"jpeg": "jpg", "png": "png", "webp": "webp"}
ENCODERS: dict[str, dict[str, Any]] = {
    "jpeg": {"vcodec": "mjpeg", "qscale:v": 2, "pix_fmt": "yuvj420p"},
    "png": {"vcodec": "png", "pix_fmt": "rgb24"},
    "webp": {"vcodec": "libwebp", "quality": 92, "pix_fmt": "yuv420p"},
}
SCALING = "bicubic+accurate_rnd+full_chroma_int"
NEAR = 2.0
"""Seconds of video that are decoded sooner than a new process has begun."""
STEP_BACK = 10.0
"""Seconds: where a seek landed too late we try so much earlier."""

Run = dict[str, Any]
"""``{"span": Span, "shown": [...]}``: pictures to take in one go; ``shown`` are their times, in seconds, by the file's
own clock."""


def runs(footage: Footage, wanted: Iterable[float]) -> list[Run]:
    """The pictures that are shown at ``wanted``, seconds from the start, of a video that was surveyed."""
    import numpy as np

    ticks = np.array([_ticks(footage, seconds) for seconds in wanted], np.int64)
    places = np.unique(np.clip(np.searchsorted(footage.times, ticks, side="right") - 1, 0, None))
    shown = footage.times[places]
    keys = footage.keys[np.clip(np.searchsorted(footage.keys, shown, side="right") - 1, 0, None)]
    groups: list[list[int]] = []
    for at in range(len(shown)):
        if groups and (keys[at] - shown[at - 1]) * footage.tick < NEAR:
            groups[-1].append(at)
        else:
            groups.append([at])
    return [_run(footage, shown[group].tolist(), int(keys[group[0]])) for group in groups]


def sought(footage: Footage, wanted: Iterable[float]) -> list[Run]:
    """As ``runs``, for a few pictures far apart: looks only at the packets around each."""
    from .recordings import moving

    found: dict[int, int] = {}
    with readable(footage.path) as container:
        video = moving(container)
        assert video is not None
        for seconds in wanted:
            shown, key = _at(container, video, _ticks(footage, seconds), round(STEP_BACK / footage.tick))
            found.setdefault(shown, key)
    return [_run(footage, [shown], key) for shown, key in sorted(found.items())]


def write_stills(
    footage: Footage, run: Run, folder: Path, kind: Kind, size: tuple[int, int], threads: int
) -> list[Path]:
    """Write the pictures of a run, ``size`` being (width, height); in the order of their times."""
    folder.mkdir(parents=True, exist_ok=True)
    stream = upright(footage, _selected(footage, run, opened(footage, run["span"], threads)))
    colors = {"out_color_matrix": "smpte170m", "out_range": "pc" if kind == "jpeg" else "tv"} if kind != "png" else {}
    stream = stream.filter(
        "scale", *size, flags="bicubic+accurate_rnd+full_chroma_int", in_color_matrix=footage.colors, **colors
    )
    pattern = folder / f"%06d.{SUFFIXES[kind]}"
    made = ffmpeg.output(stream, pattern, threads, f="image2", fps_mode="passthrough", **ENCODERS[kind])
    ffmpeg.run(made, threads)
    return sorted(folder.glob(f"*.{SUFFIXES[kind]}"))


def fitted(footage: Footage, side: int | None) -> tuple[int, int]:
    """Width and height with square pixels, the longer one being ``side``; None, or more than there is: as it is."""
    across, down = (1, footage.pixel_aspect) if footage.rotation % 180 else (footage.pixel_aspect, 1)
    width, height = float(footage.width * across), float(footage.height * down)
    factor = min(1.0, side / max(width, height)) if side else 1.0
    return max(1, round(width * factor)), max(1, round(height * factor))


def _ticks(footage: Footage, seconds: float) -> int:
    """The file's own clock so many seconds after the first picture, never later than that."""
    return int(footage.times[0]) + int(seconds / footage.tick + 1e-4)


def _run(footage: Footage, shown: Sequence[int], key: int) -> Run:
    span: Span = between(footage, shown[0], shown[-1], key)
    return {"span": span, "shown": [float(tick * footage.tick) for tick in shown]}


def _selected(footage: Footage, run: Run, stream: ffmpeg.Stream) -> ffmpeg.Stream:
    """Only the pictures of the run: all numbers in the expression are ours."""
    if len(run["shown"]) < 2:
        return stream
    near = 0.5 * min(1 / float(footage.rate), 0.001)
    wanted = "+".join(f"between(t,{seconds - near:.6f},{seconds + near:.6f})" for seconds in run["shown"])
    return stream.filter("select", wanted)


def _at(container: "InputContainer", video: "VideoStream", wanted: int, back: int) -> tuple[int, int]:
    """The time of the picture that is shown at ``wanted`` and that of the keyframe before it, in ticks."""
    target = wanted
    while True:
        container.seek(max(0, target), stream=video, backward=True)
        shown = key = None
        for packet in container.demux(video):
            when = packet.pts if packet.pts is not None else packet.dts
            if packet.dts is not None and packet.dts > wanted:
                break
            if when is not None and when <= wanted and (key is not None or packet.is_keyframe):
                key = when if packet.is_keyframe else key
                shown = when if shown is None else max(shown, when)
        if shown is not None and key is not None:
            return shown, key
        if target <= 0:
            raise CorruptFile(reason="no picture where one was looked for")
        target -= back
