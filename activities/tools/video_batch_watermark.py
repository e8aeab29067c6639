"""Puts words or a logo on videos: in one of nine places, all over, or wandering. The sound is copied."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from pydantic_extra_types.color import Color

from .base import (
    Chunking,
    InputFile,
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
    import numpy as np

    from activities.media.footage import Footage

SECONDS_PER_CREDIT = 60
MOST_VIDEOS = 100
HEIGHT = 0.5
"""Share of the frame's height that a mark takes at most."""


class Params(ToolParams):
    """Parameters of video-batch-watermark."""

    text: str = Field("AI创意工坊", min_length=1, max_length=120, description="Words; a logo takes their place.")
    position: Literal[
        "bottom-right",
        "bottom-left",
        "bottom-center",
        "top-right",
        "top-left",
        "top-center",
        "center-left",
        "center-right",
        "center",
        "tile",
        "moving",
    ] = Field("bottom-right", description="Where it stands; tile: all over; moving: it wanders.")
    opacity: float = Field(0.7, ge=0.05, le=1, description="0.05 is hardly seen, 1 hides what is under it.")
    scale: float = Field(0.2, ge=0.02, le=1, description="Width of the mark as a share of the frame's.")
    margin: float = Field(0.03, ge=0, le=0.4, description="Distance from the rim as a share of the shorter side.")
    font: Literal[
        "sans-bold",
        "sans",
        "sans-black",
        "serif",
        "serif-bold",
        "ma-shan-zheng",
        "zhi-mang-xing",
        "long-cang",
        "zcool-kuaile",
        "zcool-huangyou",
        "caveat",
        "playfair-display",
        "bebas-neue",
    ] = Field("sans-bold", description="Font of the words.")
    color: Color = Field(Color("white"), description="Color of the words.")
    start: float = Field(0, ge=0, le=360_000, description="From when on it is seen, in seconds.")
    end: float | None = Field(None, gt=0, le=360_000, description="Until when, in seconds; empty: to the end.")


def _price(measures: Measures, params: Params) -> Price:
    lines = []
    for number, measure in enumerate(measures["videos"], 1):
        large = 2 if max(measure.width, measure.height) > 1920 else 1
        lines.append(
            (f"video {number}: {measure.duration:.0f} s", large * (1 + int(measure.duration / SECONDS_PER_CREDIT)))
        )
    return Price(tuple(lines))


def plan(context: ToolContext, inputs: Inputs, params: Params) -> list[dict[str, Any]]:
    """Stretches of all videos; none of those on which nothing is to be seen."""
    from activities.media.cutting import spans
    from activities.media.footage import survey

    pieces: list[dict[str, Any]] = []
    videos = inputs.all("videos")
    for number, video in enumerate(videos):
        context.progress(number / len(videos), "look")
        footage = survey(video.path)
        if _is_seen(footage, params):
            pieces += [{"video": number, "span": span} for span in spans(footage)]
    return pieces


def _is_seen(footage: "Footage", params: Params) -> bool:
    return params.start < footage.duration and (params.end is None or params.end > params.start)


def chunk(context: ToolContext, inputs: Inputs, params: Params, piece: dict[str, Any]) -> Path:
    """A stretch of one video with the mark on it."""
    from activities.media import ffmpeg
    from activities.media.cutting import encode, following, opened
    from activities.media.footage import survey, upright
    from activities.media.images import write_image
    from activities.media.stamps import place

    context.progress(0.0, "mark")
    footage = survey(inputs.all("videos")[piece["video"]].path)
    drawn = context.scratch / "mark.png"
    write_image(drawn, _mark(context, inputs, params, footage), "png")
    colors = {"out_color_matrix": footage.colors, "out_range": "tv"}
    mark = ffmpeg.still(drawn).filter("scale", **colors).filter("format", "yuva420p")
    end = footage.start + (footage.duration + 1 if params.end is None else params.end)
    stream = ffmpeg.combined(
        [upright(footage, opened(footage, piece["span"], context.threads)), mark],
        "overlay",
        **place(params.position, round(params.margin * min(footage.width, footage.height)), footage.start),
        enable=f"between(t,{footage.start + params.start - 1e-4:.6f},{end:.6f})",
    )
    path = context.scratch / "chunk.nut"
    watch = following(footage, piece["span"], lambda share: context.progress(share, "mark"))
    encode(stream, path, context.threads, watch)
    return path


def _mark(context: ToolContext, inputs: Inputs, params: Params, footage: "Footage") -> "np.ndarray":
    """The mark as it lies on the stored pixels of this video: uint8 RGBA."""
    import cv2
    import numpy as np

    from activities.media.colors import rgb_of
    from activities.media.footage import even
    from activities.media.images import read_image
    from activities.media.stamps import faded, of_logo, of_words, tiled
    from activities.media.stills import fitted

    shown = fitted(footage, None)
    width, height = max(8, round(params.scale * shown[0])), max(8, round(HEIGHT * shown[1]))
    logo = inputs.optional("logo")
    if logo is not None:
        mark = of_logo(read_image(logo.path), width, height)
    else:
        mark = of_words(context.engine("fonts"), params.text, params.font, rgb_of(params.color), width, height)
    if params.position == "tile":
        mark = tiled(mark, *shown)
    stored = (even(footage.width) / shown[0], even(footage.height) / shown[1])
    size = (max(1, round(mark.shape[1] * stored[0])), max(1, round(mark.shape[0] * stored[1])))
    if size != (mark.shape[1], mark.shape[0]):
        mark = np.asarray(cv2.resize(mark, size, interpolation=cv2.INTER_AREA))
    return faded(mark, params.opacity)


def join(context: ToolContext, inputs: Inputs, params: Params, pieces: list[Path]) -> ToolResult:
    """Each video whole again; those without a mark as they were."""
    from activities.media.cutting import spans
    from activities.media.footage import survey
    from activities.media.joining import join as joined

    outputs, left, marked = [], iter(pieces), 0
    videos = inputs.all("videos")
    for number, video in enumerate(videos):
        context.progress(number / len(videos), "join")
        footage = survey(video.path)
        if not _is_seen(footage, params):
            outputs.append(_copied(context, number, video))
            continue
        marked += 1
        stretches = spans(footage)
        made = context.scratch / f"marked_{number + 1:03d}.mp4"
        frames = joined(footage, stretches, [next(left) for _ in stretches], made, context.threads)
        outputs.append(Output("videos", made, "video/mp4", {"source": video.name, "frames": frames}))
    return ToolResult(outputs, "FFmpeg, x264", {"found": marked, "videos": len(videos)}, None if marked else 1)


def _copied(context: ToolContext, number: int, video: InputFile) -> Output:
    made = context.scratch / f"video_{number + 1:03d}{video.path.suffix}"
    shutil.copyfile(video.path, made)
    return Output("videos", made, video.mime_type, {"source": video.name})


chunked_tool(
    Chunking(plan=plan, chunk=chunk, join=join),
    id="video-batch-watermark",
    version="1.0.0",
    category="video",
    pool=Pool.media,
    title=Text("视频批量水印", "Video watermarks"),
    description=Text(
        "给一批视频加上文字或 Logo 水印:九个位置、平铺或移动,声音原样保留。",
        "Puts words or a logo on videos: in nine places, tiled or moving; the sound is copied.",
    ),
    params=Params,
    inputs=(
        Port("videos", (Kind.video,), Text("视频", "Videos"), many=True, most=MOST_VIDEOS),
        Port("logo", (Kind.image,), Text("Logo", "Logo picture"), required=False),
    ),
    outputs=(Port("videos", (Kind.video,), Text("加水印的视频", "Marked videos"), many=True),),
    price=_price,
    engines=lambda params: ("fonts",),
    timeout=1800,
    examples=({"text": "© 2026 工坊", "position": "tile", "opacity": 0.25}, {"position": "moving", "scale": 0.15}),
)
