"""Takes pictures out of a video, evenly or at given times, as a zip. It seeks where pictures lie far apart."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from models.errors import InvalidInput, wrong

from .base import (
    Chunking,
    Inputs,
    Kind,
    Measures,
    Output,
    Pool,
    Port,
    Price,
    Text,
    ToolContext,
    ToolParams,
    ToolResult,
    chunked_tool,
)

if TYPE_CHECKING:
    from activities.media.footage import Footage
    from activities.media.stills import Run

MOST_PICTURES = 10_000
PICTURES_PER_CREDIT = 100
DEFAULT_COUNT = 10
FAR_APART = 4.0
"""Seconds between pictures from which each is sought by itself."""
PICTURES_A_CHUNK, SECONDS_A_CHUNK = 240, 60.0

Seconds = Annotated[float, Field(ge=0, le=360_000)]


class Params(ToolParams):
    """Parameters of video-to-image. ``times`` go before ``fps``, ``fps`` before ``count``."""

    count: int = Field(DEFAULT_COUNT, ge=1, le=MOST_PICTURES, description="How many pictures, evenly spread.")
    fps: float | None = Field(None, gt=0, le=120, description="Instead: so many pictures a second.")
    times: list[Seconds] = Field([], max_length=1000, description="Instead: at these times, in seconds.")
    start: float = Field(0, ge=0, le=360_000, description="Where to begin, in seconds.")
    end: float | None = Field(None, gt=0, le=360_000, description="Where to stop, in seconds; empty: at the end.")
    format: Literal["jpeg", "png", "webp"] = Field("jpeg", description="Format of the pictures.")
    size: int | None = Field(None, ge=16, le=8192, description="Longer side in pixels; empty: as in the video.")


def _stretch(duration: float, params: Params) -> tuple[float, float]:
    """From where to where, in seconds."""
    return params.start, duration if params.end is None else min(params.end, duration)


def _times(duration: float, params: Params) -> list[float]:
    """The times to look at, seconds from the start. Evenly spread ones stand in the middle of their share."""
    if params.times:
        return sorted({min(each, duration) for each in params.times})
    start, end = _stretch(duration, params)
    if params.fps:
        return [start + number / params.fps for number in range(max(1, round((end - start) * params.fps)))]
    step = (end - start) / params.count
    return [start + step * (number + 0.5) for number in range(params.count)]


def _price(measures: Measures, params: Params) -> Price:
    pictures = len(_times(measures["video"][0].duration, params))
    return Price(((f"{pictures} pictures", 1 + pictures // PICTURES_PER_CREDIT),))


def _check(measures: Measures, params: Params) -> None:
    duration = measures["video"][0].duration
    start, end = _stretch(duration, params)
    errors = []
    if not params.times and start >= end:
        zh, en = f"视频长 {duration:.2f} 秒", f"the video is {duration:.2f} s long"
        errors.append(wrong("parameters.start", zh, en))
    if not params.times and params.fps and (end - start) * params.fps > MOST_PICTURES:
        zh, en = f"图片将超过 {MOST_PICTURES} 张", f"more than {MOST_PICTURES} pictures"
        errors.append(wrong("parameters.fps", zh, en))
    if errors:
        raise InvalidInput(errors=errors)


def plan(context: ToolContext, inputs: Inputs, params: Params) -> list[dict[str, Any]]:
    """Runs of pictures, gathered to pieces of work of about the same length."""
    from activities.media.footage import glance, survey
    from activities.media.stills import runs, sought

    context.progress(0.0, "look")
    source = inputs.one("video").path
    footage = glance(source)
    times = _times(footage.duration, params)
    gap = (times[-1] - times[0]) / max(1, len(times) - 1)
    apart = len(times) < 2 or gap >= FAR_APART
    found = sought(footage, times) if apart else runs(survey(source), times)
    context.progress(1.0, "look")
    return _pieces(found)


def _pieces(found: "list[Run]") -> list[dict[str, Any]]:
    """Runs gathered until a piece is long enough; ``first`` counts the pictures before it."""
    pieces: list[dict[str, Any]] = []
    count, load, taken = 0, 0.0, 0
    for run in found:
        seconds = run["span"]["end"] - (run["span"]["seek"] or 0.0) + 1
        if not pieces or load + seconds > SECONDS_A_CHUNK or taken + len(run["shown"]) > PICTURES_A_CHUNK:
            pieces.append({"first": count, "runs": []})
            load, taken = 0.0, 0
        pieces[-1]["runs"].append(run)
        load, taken, count = load + seconds, taken + len(run["shown"]), count + len(run["shown"])
    return pieces


def chunk(context: ToolContext, inputs: Inputs, params: Params, piece: dict[str, Any]) -> Path:
    """A zip of the pictures of some runs, several of which are sought at once."""
    from activities.media.footage import glance
    from activities.media.packing import pack
    from activities.media.stills import SUFFIXES, fitted, write_stills

    footage = glance(inputs.one("video").path)
    size, runs = fitted(footage, params.size), piece["runs"]
    together = min(context.threads, len(runs))

    def written(at: int) -> list[Path]:
        folder = context.scratch / f"run{at:04d}"
        return write_stills(footage, runs[at], folder, params.format, size, context.threads // together)

    named: list[tuple[str, Path]] = []
    pool = ThreadPoolExecutor(together)
    try:
        for at, paths in enumerate(pool.map(written, range(len(runs)))):
            context.progress(at / len(runs), "extract")
            for seconds, path in zip(runs[at]["shown"], paths, strict=False):  # a damaged stretch gives fewer
                number = piece["first"] + len(named) + 1
                named.append((f"{number:05d}_{_clock(footage, seconds)}.{SUFFIXES[params.format]}", path))
    finally:
        pool.shutdown(cancel_futures=True)
    made = context.scratch / "pictures.zip"
    pack(made, named)
    return made


def _clock(footage: "Footage", seconds: float) -> str:
    """A time as it stands in a file's name: hours, minutes, seconds, milliseconds from the start."""
    whole = round(max(0.0, seconds - footage.start) * 1000)
    return f"{whole // 3_600_000:02d}h{whole // 60_000 % 60:02d}m{whole // 1000 % 60:02d}s{whole % 1000:03d}"


def join(context: ToolContext, inputs: Inputs, params: Params, pieces: list[Path]) -> ToolResult:
    """One zip of all."""
    from activities.media.footage import glance
    from activities.media.packing import merge
    from activities.media.stills import fitted

    context.progress(0.0, "pack")
    made = context.scratch / "pictures.zip"
    names = merge(made, pieces)
    width, height = fitted(glance(inputs.one("video").path), params.size)
    data = {"found": len(names), "width": width, "height": height}
    context.progress(1.0, "pack")
    return ToolResult([Output("archive", made, "application/zip", data)], "FFmpeg", data)


chunked_tool(
    Chunking(plan=plan, chunk=chunk, join=join),
    id="video-to-image",
    version="1.0.0",
    category="video",
    pool=Pool.media,
    title=Text("视频转图片", "Video to images"),
    description=Text(
        "按数量、帧率或时间点从视频中取出图片,打包为 zip。", "Takes pictures out of a video by number, rate or time."
    ),
    params=Params,
    inputs=(Port("video", (Kind.video,), Text("视频", "Video")),),
    outputs=(Port("archive", (Kind.archive,), Text("图片压缩包", "Zip of pictures")),),
    price=_price,
    check=_check,
    timeout=1800,
    examples=({"count": 20}, {"fps": 1, "format": "png"}, {"times": [0.5, 12.0]}),
)
