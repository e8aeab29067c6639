"""Cuts the subject out of a video: transparent, on a color, or before its own background out of focus."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator
from pydantic_extra_types.color import Color

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
    from collections.abc import Iterator

    import numpy as np

LOOKS = 8
"""Pictures in which a subject is looked for before the work begins."""
CHUNK_SECONDS = 4.0
SECONDS_PER_CREDIT = 10
MIME_TYPES = {"webm": "video/webm", "mov": "video/quicktime", "mp4": "video/mp4"}


class Params(ToolParams):
    """Parameters of video-background-removal."""

    background: Literal["transparent", "color", "blur"] = Field(
        "transparent", description="transparent; a color; or the own background, blurred."
    )
    color: Color = Field(Color("#00b140"), description="The color behind, for color.")
    format: Literal["auto", "webm", "mov", "mp4"] = Field(
        "auto",
        description="auto: WebM if transparent, else MP4; mov: ProRes 4444 for editors, large. MP4 has no opacity.",
    )

    @model_validator(mode="after")
    def _fits(self) -> "Params":
        if (self.background == "transparent") == (self.kind == "mp4"):
            raise ValueError("webm and mov are for transparent, mp4 for color and blur")
        return self

    @property
    def kind(self) -> str:
        """The container of the result."""
        if self.format != "auto":
            return self.format
        return "webm" if self.background == "transparent" else "mp4"


def _price(measures: Measures, params: Params) -> Price:
    duration = measures["video"][0].duration
    extra = int(duration / SECONDS_PER_CREDIT)
    return Price((("cut out", 2), *([(f"{duration:.0f} s", extra)] if extra else [])))


def plan(context: ToolContext, inputs: Inputs, params: Params) -> list[dict[str, Any]]:
    """Short stretches, since the network looks at every picture; none if no picture that is tried shows a subject."""
    from activities.media.cutting import spans
    from activities.media.footage import pictures, survey
    from activities.media.silhouettes import SIDE, has_subject

    context.progress(0.0, "look")
    footage = survey(inputs.one("video").path)
    scale = min(1.0, SIDE / max(footage.width, footage.height))
    size = (max(8, round(footage.width * scale)), max(8, round(footage.height * scale)))
    rate = min(float(footage.rate), LOOKS / max(0.1, footage.duration))
    tried = pictures(footage, size, context.threads, rate=f"{rate:.6f}")
    return spans(footage, CHUNK_SECONDS) if has_subject(tried, context.engine("cutout-fast")) else []


def chunk(context: ToolContext, inputs: Inputs, params: Params, span: dict[str, Any]) -> Path:
    """A stretch with the subject cut out of every picture."""
    from activities.media.cutting import encode_frames, encode_transparent, within
    from activities.media.footage import even, pictures, survey
    from activities.media.silhouettes import mattes

    context.progress(0.0, "cut_out")
    footage = survey(inputs.one("video").path)
    count, size = max(1, len(within(footage, span))), (even(footage.width), even(footage.height))

    def counted(frames: "Iterator[np.ndarray]") -> "Iterator[np.ndarray]":
        for number, frame in enumerate(frames):
            context.progress(min(1.0, number / count), "cut_out")
            yield frame

    source = counted(pictures(footage, size, context.threads, span=span))
    made = (_laid(frame, alpha, params) for frame, alpha in mattes(source, context.engine("cutout-fast")))
    if params.background == "transparent":
        path = context.scratch / f"chunk.{params.kind}"
        encode_transparent(footage, made, size, path, context.threads, params.kind)
        return path
    path = context.scratch / "chunk.nut"
    encode_frames(footage, span, made, size, path, context.threads)
    return path


def _laid(frame: "np.ndarray", alpha: "np.ndarray", params: Params) -> "np.ndarray":
    """One picture of the result: RGBA if transparent, else RGB."""
    import cv2
    import numpy as np

    from activities.media.colors import rgb_of
    from activities.media.silhouettes import freed

    subject = freed(frame, alpha)
    if params.background == "transparent":
        bare = np.where(alpha[:, :, None] > 0.004, subject, 0)
        return np.dstack([bare, np.rint(alpha * 255).astype(np.uint8)])
    if params.background == "color":
        behind = np.empty_like(frame)
        behind[:] = rgb_of(params.color)
    else:
        behind = cv2.GaussianBlur(frame, (0, 0), max(2.0, 0.02 * frame.shape[1]))
    share = alpha[:, :, None]
    laid: np.ndarray = np.rint(subject * share + behind * (1 - share)).astype(np.uint8)
    return laid


def join(context: ToolContext, inputs: Inputs, params: Params, pieces: list[Path]) -> ToolResult:
    """The video whole again, with its sound; as it was where nobody was found."""
    from activities.media.cutting import spans
    from activities.media.footage import survey
    from activities.media.joining import join as joined

    context.progress(0.0, "join")
    label, source = context.engine("cutout-fast").label, inputs.one("video")
    if not pieces:
        same = context.scratch / f"video{source.path.suffix}"
        shutil.copyfile(source.path, same)
        return ToolResult([Output("video", same, source.mime_type)], label, {"found": 0}, 1)
    footage = survey(inputs.one("video").path)
    made = context.scratch / f"cut_out.{params.kind}"
    frames = joined(footage, spans(footage, CHUNK_SECONDS), pieces, made, context.threads)
    context.progress(1.0, "join")
    facts = {"width": footage.width, "height": footage.height, "frames": frames}
    data = {"found": 1, "frames": frames}
    return ToolResult([Output("video", made, MIME_TYPES[params.kind], facts)], label, data)


chunked_tool(
    Chunking(plan=plan, chunk=chunk, join=join),
    id="video-background-removal",
    version="1.0.0",
    category="video",
    pool=Pool.inference,
    title=Text("AI减视频", "Video background removal"),
    description=Text(
        "逐帧抠出视频主体,边缘在时间上稳定;输出透明视频,或换成纯色、虚化背景。",
        "Cuts the subject out of every picture, steady in time: transparent, on a color, or before a blurred ground.",
    ),
    params=Params,
    inputs=(Port("video", (Kind.video,), Text("视频", "Video")),),
    outputs=(Port("video", (Kind.video,), Text("结果视频", "Result")),),
    price=_price,
    engines=lambda params: ("cutout-fast",),
    timeout=3600,
    examples=({"background": "color", "color": "#ffffff"}, {"format": "mov"}),
)
