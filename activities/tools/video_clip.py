"""Makes a short clip of a long video: its best moments, cut where shots end or where it is quiet, in a wanted shape."""

import shutil
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

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

CHUNK_SECONDS = 60.0
SECONDS_PER_CREDIT = 120
ASPECTS = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0, "4:5": 0.8, "4:3": 4 / 3}


class Params(ToolParams):
    """Parameters of video-clip."""

    target: float = Field(15, ge=1, le=600, description="Length of the clip in seconds; a shorter video stays whole.")
    aspect: Literal["original", "16:9", "9:16", "1:1", "4:5", "4:3"] = Field(
        "original", description="Shape of the clip; what is cut off is chosen for each moment by what moves in it."
    )
    count: int = Field(12, ge=1, le=40, description="Of how many moments it is made at most.")


def _price(measures: Measures, params: Params) -> Price:
    duration = measures["video"][0].duration
    extra = int(duration / SECONDS_PER_CREDIT) + int(params.target / 60)
    return Price((("clip", 2), *([(f"{duration:.0f} s", extra)] if extra else [])))


def plan(context: ToolContext, inputs: Inputs, params: Params) -> list[dict[str, Any]]:
    """The stretches to look through; none if the whole video is wanted."""
    from activities.media.cutting import spans
    from activities.media.footage import survey

    context.progress(0.0, "look")
    footage = survey(inputs.one("video").path)
    return spans(footage, CHUNK_SECONDS) if params.target < footage.duration else []


def chunk(context: ToolContext, inputs: Inputs, params: Params, span: dict[str, Any]) -> Path:
    """Numbers of every picture of a stretch."""
    from activities.media.footage import survey
    from activities.media.shots import scan

    context.progress(0.0, "look")
    footage = survey(inputs.one("video").path)
    path = context.scratch / "reading.npz"
    return scan(footage, span, path, context.threads, lambda share: context.progress(share, "look"))


def join(context: ToolContext, inputs: Inputs, params: Params, pieces: list[Path]) -> ToolResult:
    """Choose the moments and put them together."""
    from activities.media.footage import survey
    from activities.media.moments import Moment, choose, levels
    from activities.media.montage import montage
    from activities.media.shots import restored

    context.progress(0.0, "choose")
    source = inputs.one("video")
    footage = survey(source.path)
    if not pieces and params.aspect == "original":
        made = context.scratch / f"clip{source.path.suffix}"
        shutil.copyfile(source.path, made)
        return ToolResult([Output("video", made, source.mime_type)], "none", {"found": 0}, 1)
    moments = [Moment(0.0, footage.duration, 1.0)]
    if pieces:
        moments = choose(restored(pieces), levels(footage), params.target, params.count)
    total = sum(moment.length for moment in moments)
    context.progress(0.2, "cut")
    made = context.scratch / "clip.mp4"
    montage(
        footage,
        moments,
        ASPECTS.get(params.aspect),
        made,
        context.threads,
        lambda seconds: context.progress(0.2 + 0.8 * min(1.0, max(0.0, seconds / total)), "cut"),
    )
    result = survey(made)
    told = [{"start": round(each.start, 2), "end": round(each.end, 2), "score": each.score} for each in moments]
    facts = {"width": result.width, "height": result.height, "seconds": round(result.duration, 2)}
    return ToolResult([Output("video", made, "video/mp4", facts)], "FFmpeg", {"found": len(moments), "moments": told})


chunked_tool(
    Chunking(plan=plan, chunk=chunk, join=join),
    id="video-clip",
    version="1.0.0",
    category="video",
    pool=Pool.media,
    title=Text("智能剪辑", "Smart clip"),
    description=Text(
        "挑出视频中最精彩的片段,在镜头或安静处剪开,拼成指定时长和比例的短片。",
        "Finds a video's best moments, cuts them at shots or where it is quiet, and joins them to a clip.",
    ),
    params=Params,
    inputs=(Port("video", (Kind.video,), Text("视频", "Video")),),
    outputs=(Port("video", (Kind.video,), Text("短片", "Clip")),),
    price=_price,
    timeout=3600,
    examples=({"target": 30, "aspect": "9:16"},),
)
