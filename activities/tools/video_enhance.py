"""Makes a video larger and clearer: denoised, enlarged, sharpened, steadied; by filters, or by a network."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from models.errors import OutputTooLarge

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
    import numpy as np

    from activities.media import ffmpeg
    from activities.media.cutting import Span
    from activities.media.footage import Footage

MOST_SIDE, MOST_MEGAPIXELS = 7680, 34.0
SECONDS_PER_CREDIT = 30
FAST_CHUNK, SLOW_CHUNK = 15.0, 1.0
MOST_WORK = 30.0
"""Seconds times megapixels that the network takes: about three hours of a processor core."""
RATE = 25


class Params(ToolParams):
    """Parameters of video-enhance."""

    engine: Literal["auto", "fast", "quality"] = Field(
        "auto",
        description="fast, and auto: filters; quality: a network draws every picture anew, for short small clips: it "
        "takes seconds a picture without a GPU.",
    )
    scale: Literal[2, 1, 4] = Field(2, description="How many times as wide and as high; 1 keeps the size.")
    denoise: float = Field(0.3, ge=0, le=1, description="0 keeps grain, 1 removes much noise. Filters only.")
    sharpen: float = Field(0.3, ge=0, le=1, description="Extra sharpness.")
    fps: float | None = Field(
        None, ge=1, le=120, description="Pictures a second, new ones blended from their neighbors; empty: as they are."
    )
    stabilize: bool = Field(False, description="Steady a shaking camera; the rims are cut by 4 %. Filters only.")


def _price(measures: Measures, params: Params) -> Price:
    measure = measures["video"][0]
    units = int(measure.duration / SECONDS_PER_CREDIT * max(1.0, measure.megapixels * params.scale**2 / 8))
    lines = [("enhance", 2), (f"{measure.duration:.0f} s", units)]
    if params.engine == "quality":
        lines.append(("quality", 2 + round(measure.duration * measure.megapixels)))
    return Price(tuple(line for line in lines if line[1]))


def _check(measures: Measures, params: Params) -> None:
    measure = measures["video"][0]
    megapixels = measure.megapixels * params.scale**2
    if megapixels > MOST_MEGAPIXELS or max(measure.width, measure.height) * params.scale > MOST_SIDE:
        raise OutputTooLarge(megapixels=round(megapixels, 1), limit=MOST_MEGAPIXELS)
    work = measure.duration * measure.megapixels
    if params.engine == "quality" and work > MOST_WORK:
        raise OutputTooLarge(megapixels=f"{work:.0f} x s", limit=f"{MOST_WORK:.0f} x s")


def _engines(params: Params) -> tuple[str, ...]:
    return (f"upscale-compact-{max(2, params.scale)}",) if params.engine == "quality" else ()


def _spans(footage: "Footage", params: Params) -> "list[Span]":
    """A new pace of pictures is laid over the whole at once; else stretches."""
    from activities.media.cutting import spans

    if params.fps is not None and params.engine != "quality":
        return [{"seek": None, "first": None, "end": None}]
    return spans(footage, SLOW_CHUNK if params.engine == "quality" else FAST_CHUNK)


def plan(context: ToolContext, inputs: Inputs, params: Params) -> list[dict[str, Any]]:
    """Stretches of the video."""
    from activities.media.footage import survey

    context.progress(0.0, "look")
    return _spans(survey(inputs.one("video").path), params)


def chunk(context: ToolContext, inputs: Inputs, params: Params, span: dict[str, Any]) -> Path:
    """A stretch, enhanced."""
    from activities.media.cutting import encode, following
    from activities.media.footage import survey

    context.progress(0.0, "enhance")
    footage = survey(inputs.one("video").path)
    path = context.scratch / "chunk.nut"
    if params.engine == "quality":
        _drawn(context, footage, params, span, path)
        return path
    watch = following(footage, span, partial(context.progress, step="enhance"))
    encode(_filtered(context, footage, params, span), path, context.threads, watch, repaced=params.fps is not None)
    return path


def _filtered(context: ToolContext, footage: "Footage", params: Params, span: "Span") -> "ffmpeg.Stream":
    """The chain of FFmpeg's filters."""
    from activities.media.cutting import opened
    from activities.media.footage import even, upright
    from activities.media.steadying import steadied

    if params.stabilize:
        stream = steadied(footage, span, context.scratch, context.threads)
    else:
        stream = upright(footage, opened(footage, span, context.threads))
    if params.denoise:
        strength = params.denoise * 16
        stream = stream.filter("hqdn3d", *(f"{strength * share:.2f}" for share in (1.0, 0.75, 1.5, 1.1)))
    if params.scale > 1:
        size = (even(footage.width) * params.scale, even(footage.height) * params.scale)
        stream = stream.filter("scale", *size, flags="lanczos+accurate_rnd")
    if params.sharpen:
        reach = 5 if params.scale == 1 else 7
        stream = stream.filter("unsharp", reach, reach, f"{params.sharpen:.2f}")
    return stream.filter("framerate", fps=params.fps) if params.fps else stream


def _drawn(context: ToolContext, footage: "Footage", params: Params, span: "Span", path: Path) -> None:
    """Each picture drawn anew by the network."""
    from activities.media.cutting import encode_frames, within
    from activities.media.enlarging import Part, enlarge
    from activities.media.footage import even, pictures

    engine = context.engine(*_engines(params))
    count = max(1, len(within(footage, span)))
    size = (even(footage.width), even(footage.height))
    large = (size[0] * params.scale, size[1] * params.scale)

    def drawn(number: int, frame: "np.ndarray") -> "np.ndarray":
        import cv2
        import numpy as np

        context.progress(min(1.0, number / count), "enhance")
        made = enlarge(frame, engine.scale, [Part(engine, 1.0)], params.sharpen, lambda share: None)
        return made if params.scale > 1 else np.asarray(cv2.resize(made, size, interpolation=cv2.INTER_AREA))

    frames = (drawn(*each) for each in enumerate(pictures(footage, size, context.threads, span=span)))
    encode_frames(footage, span, frames, large, path, context.threads)


def join(context: ToolContext, inputs: Inputs, params: Params, pieces: list[Path]) -> ToolResult:
    """The video whole again."""
    from activities.media.footage import survey
    from activities.media.joining import join as joined

    context.progress(0.0, "join")
    footage = survey(inputs.one("video").path)
    made = context.scratch / "enhanced.mp4"
    frames = joined(footage, _spans(footage, params), pieces, made, context.threads)
    result = survey(made)
    context.progress(1.0, "join")
    facts = {"width": result.width, "height": result.height, "frames": frames, "fps": round(float(result.rate), 3)}
    label = context.engine(*_engines(params)).label if params.engine == "quality" else "FFmpeg filters"
    return ToolResult([Output("video", made, "video/mp4", facts)], label, facts)


chunked_tool(
    Chunking(plan=plan, chunk=chunk, join=join),
    id="video-enhance",
    version="1.0.0",
    category="video",
    pool=Pool.inference,
    title=Text("视频增强", "Video enhance"),
    description=Text(
        "放大、去噪、锐化、防抖、改变帧率,让视频更清晰流畅。",
        "Makes a video larger, cleaner, sharper and steadier, or gives it another frame rate.",
    ),
    params=Params,
    inputs=(Port("video", (Kind.video,), Text("视频", "Video")),),
    outputs=(Port("video", (Kind.video,), Text("增强后的视频", "Enhanced video")),),
    price=_price,
    check=_check,
    engines=_engines,
    timeout=7200,
    examples=({"scale": 2, "stabilize": True}, {"scale": 1, "denoise": 0.8, "fps": 50}),
)
