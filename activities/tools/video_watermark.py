"""Removes marks from a video: finds what stands still, or words, or takes given regions, and fills their places."""

import base64
import json
import shutil
import zlib
from functools import partial
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
    from activities.media.overlays import Overlay

SECONDS_PER_CREDIT = 30
Edge = Annotated[int, Field(ge=0, le=16_384)]
Side = Annotated[int, Field(ge=1, le=16_384)]


class Params(ToolParams):
    """Parameters of video-watermark."""

    regions: list[tuple[Edge, Edge, Side, Side]] = Field(
        [], max_length=20, description="Boxes to fill: [x, y, width, height] in pixels of the video."
    )
    detect: Literal["static", "text", "none"] = Field(
        "static", description="static: what stands still while the scene changes; text: words that stay; none: regions."
    )
    start: float = Field(0, ge=0, le=360_000, description="From when on it is filled, in seconds.")
    end: float | None = Field(None, gt=0, le=360_000, description="Until when, in seconds; empty: to the end.")
    rights_confirmed: bool = Field(
        False, description="You say that you own the video, or may change it. It must be true."
    )


def _price(measures: Measures, params: Params) -> Price:
    duration = measures["video"][0].duration
    extra = int(duration / SECONDS_PER_CREDIT)
    return Price((("removal", 2), *([(f"{duration:.0f} s", extra)] if extra else [])))


def _check(measures: Measures, params: Params) -> None:
    if not params.rights_confirmed:
        zh, en = "请确认您拥有该视频,或有权修改它", "confirm that you own the video or may change it"
        raise InvalidInput(errors=[wrong("parameters.rights_confirmed", zh, en)])


def plan(context: ToolContext, inputs: Inputs, params: Params) -> list[dict[str, Any]]:
    """The stretches, each with the marks to fill; none if there is no mark."""
    from activities.media.cutting import spans
    from activities.media.footage import survey
    from activities.media.marked_text import FEW_LOOKS, LOOKS, Words, whole, without
    from activities.media.overlays import find_static

    _check({}, params)
    context.progress(0.0, "look")
    footage = survey(inputs.one("video").path)
    if params.start >= footage.duration or (params.end is not None and params.end <= params.start):
        return []
    reads = params.detect == "text"
    inside = [box for box in params.regions if box[0] < footage.width and box[1] < footage.height]
    found = [whole(footage, box) for box in inside]
    found += find_static(footage, context.threads) if params.detect == "static" else []
    context.progress(0.5, "read")
    if not found and not reads:
        return []
    words = Words(footage, context.engine("ocr"), context.threads, LOOKS if reads else FEW_LOOKS)
    found += words.marks() if reads else []
    marks = [_packed(mark) for mark in without(found, words.labels())]
    context.progress(1.0, "find")
    return [{"span": span, "marks": marks} for span in spans(footage)] if marks else []


def _packed(mark: "Overlay") -> dict[str, Any]:
    import numpy as np

    bits = zlib.compress(np.packbits(mark.mask).tobytes(), 9)
    return {"box": list(mark.box), "bits": base64.b64encode(bits).decode()}


def _unpacked(packed: dict[str, Any]) -> "Overlay":
    import numpy as np

    from activities.media.overlays import Overlay

    left, top, width, height = packed["box"]
    bits = np.frombuffer(zlib.decompress(base64.b64decode(packed["bits"])), np.uint8)
    mask = np.unpackbits(bits, count=width * height).reshape(height, width).astype(bool)
    return Overlay((left, top, width, height), mask)


def chunk(context: ToolContext, inputs: Inputs, params: Params, piece: dict[str, Any]) -> Path:
    """A stretch with the marks filled."""
    from activities.media.footage import survey
    from activities.media.patching import patched, patches

    context.progress(0.0, "fill")
    footage = survey(inputs.one("video").path)
    regions = patches(footage, [_unpacked(mark) for mark in piece["marks"]])
    path = context.scratch / "chunk.nut"
    note = json.dumps([mark["box"] for mark in piece["marks"]])
    report = partial(context.progress, step="fill")
    patched(footage, piece["span"], regions, path, context.threads, report, _times(footage, params), note)
    return path


def _times(footage: "Footage", params: Params) -> tuple[float, float] | None:
    """From when to when, by the file's own clock; None for all the time."""
    if params.start == 0 and params.end is None:
        return None
    end = footage.duration if params.end is None else params.end
    return footage.start + params.start, footage.start + end


def join(context: ToolContext, inputs: Inputs, params: Params, pieces: list[Path]) -> ToolResult:
    """The video whole again; as it was where nothing was found."""
    from activities.media.cutting import noted, spans
    from activities.media.footage import survey
    from activities.media.joining import join as joined

    context.progress(0.0, "join")
    source = inputs.one("video")
    if not pieces:
        made = context.scratch / f"video{source.path.suffix}"
        shutil.copyfile(source.path, made)
        return ToolResult([Output("video", made, source.mime_type)], "temporal statistics", {"found": 0}, 1)
    footage = survey(source.path)
    made = context.scratch / "clean.mp4"
    frames = joined(footage, spans(footage), pieces, made, context.threads)
    context.progress(1.0, "join")
    facts = {"width": footage.width, "height": footage.height, "frames": frames}
    boxes = json.loads(noted(pieces[0]))
    data = {"found": len(boxes), "regions": boxes}
    return ToolResult([Output("video", made, "video/mp4", facts)], "temporal statistics + Telea", data)


chunked_tool(
    Chunking(plan=plan, chunk=chunk, join=join),
    id="video-watermark",
    version="1.0.0",
    category="video",
    pool=Pool.inference,
    title=Text("视频去水印", "Watermark removal for video"),
    description=Text(
        "自动找出视频中静止的标志或文字并修补;可指定区域。需确认拥有相应权利,AI 生成标识会被保留。",
        "Finds logos and words that stand still on a video and fills their places, or given regions. You must hold the "
        "rights; labels of generated content stay.",
    ),
    params=Params,
    inputs=(Port("video", (Kind.video,), Text("视频", "Video")),),
    outputs=(Port("video", (Kind.video,), Text("结果视频", "Result")),),
    price=_price,
    check=_check,
    engines=lambda params: ("ocr",),
    timeout=3600,
    examples=({"rights_confirmed": True}, {"regions": [[20, 20, 200, 80]], "detect": "none", "rights_confirmed": True}),
)
