"""Takes the pictures worth having out of a video: the best of its shots, without blur and repeats, and a sheet."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

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

if TYPE_CHECKING:
    from activities.media.footage import Footage

SCANNED = frozenset({"highlight", "scene"})
CHUNK_SECONDS = 60.0
SECONDS_PER_CREDIT = 120
SHEET_PICTURES = 60


class Params(ToolParams):
    """Parameters of video-frame-extract."""

    mode: Literal["highlight", "scene", "uniform", "keyframe"] = Field(
        "highlight",
        description="highlight: the best pictures of all shots; scene: one for each shot; uniform: evenly spread; "
        "keyframe: where the encoder put whole pictures.",
    )
    count: int = Field(12, ge=1, le=100, description="How many pictures at most.")
    min_gap: float = Field(0.5, ge=0, le=600, description="Seconds between two pictures at least.")
    format: Literal["jpeg", "png", "webp"] = Field("jpeg", description="Format of the pictures.")
    size: int | None = Field(None, ge=16, le=8192, description="Longer side in pixels; empty: as in the video.")


def _price(measures: Measures, params: Params) -> Price:
    duration = measures["video"][0].duration
    lines: list[tuple[str, int]] = [(params.mode, 1)]
    if params.mode in SCANNED:
        lines.append((f"{duration:.0f} s", int(duration / SECONDS_PER_CREDIT)))
    return Price(tuple(line for line in lines if line[1]))


def plan(context: ToolContext, inputs: Inputs, params: Params) -> list[dict[str, Any]]:
    """The stretches to look through; none where the mode needs no look."""
    from activities.media.cutting import spans
    from activities.media.footage import survey

    context.progress(0.0, "look")
    return spans(survey(inputs.one("video").path), CHUNK_SECONDS) if params.mode in SCANNED else []


def chunk(context: ToolContext, inputs: Inputs, params: Params, span: dict[str, Any]) -> Path:
    """Numbers of every picture of a stretch."""
    from activities.media.footage import survey
    from activities.media.shots import scan

    context.progress(0.0, "look")
    footage = survey(inputs.one("video").path)
    path = context.scratch / "reading.npz"
    return scan(footage, span, path, context.threads, lambda share: context.progress(share, "look"))


def join(context: ToolContext, inputs: Inputs, params: Params, pieces: list[Path]) -> ToolResult:
    """Choose, take the pictures at full size, and lay a sheet of them."""
    from activities.media.footage import survey
    from activities.media.stills import fitted, runs, write_stills

    context.progress(0.0, "choose")
    footage = survey(inputs.one("video").path)
    chosen, shots = _chosen(footage, params, pieces)
    size, taken = fitted(footage, params.size), []
    for number, run in enumerate(found := runs(footage, chosen)):
        context.progress(0.1 + 0.8 * number / len(found), "extract")
        folder = context.scratch / f"run{number:03d}"
        paths = write_stills(footage, run, folder, params.format, size, context.threads)
        taken += [(seconds - footage.start, path) for seconds, path in zip(run["shown"], paths, strict=False)]
    context.progress(0.9, "sheet")
    outputs = []
    for number, (seconds, path) in enumerate(taken, 1):
        made = path.rename(context.scratch / f"{number:03d}{path.suffix}")
        facts = {"seconds": round(seconds, 3), "width": size[0], "height": size[1]}
        outputs.append(Output("images", made, f"image/{params.format}", facts))
    outputs.append(_sheet(context, outputs))
    data = {"found": len(taken), "times": [round(seconds, 3) for seconds, _ in taken]}
    return ToolResult(outputs, "FFmpeg", data | ({"shots": shots} if shots else {}))


def _chosen(footage: "Footage", params: Params, pieces: list[Path]) -> tuple[list[float], int]:
    """Seconds of the pictures to take, and the number of shots where they were looked for."""
    import numpy as np

    if params.mode == "uniform":
        count = max(1, min(params.count, int(footage.duration / max(params.min_gap, 1e-3))))
        return [footage.duration * (number + 0.5) / count for number in range(count)], 0
    if params.mode == "keyframe":
        times = (footage.keys - footage.times[0]) * float(footage.tick)
        spread = times[np.unique(np.linspace(0, len(times) - 1, min(params.count, len(times))).round().astype(int))]
        return _apart(np.maximum(spread, 0).tolist(), params.min_gap), 0
    from activities.media.picking import highlights, scenes
    from activities.media.shots import restored, shots

    reading = restored(pieces)
    pick = highlights if params.mode == "highlight" else scenes
    return reading.times[pick(reading, params.count, params.min_gap)].tolist(), len(shots(reading))


def _apart(times: list[float], gap: float) -> list[float]:
    kept: list[float] = []
    for each in times:
        if not kept or each - kept[-1] >= gap:
            kept.append(each)
    return kept


def _sheet(context: ToolContext, pictures: list[Output]) -> Output:
    from PIL import Image

    from activities.media.contact_sheet import grid

    shown, captions = [], []
    for each in pictures[:SHEET_PICTURES]:
        with Image.open(each.path) as image:
            image.draft("RGB", (640, 640))
            image.thumbnail((640, 640))
            shown.append(image.convert("RGB"))
        seconds = each.metadata["seconds"]
        captions.append(f"{int(seconds // 60)}:{seconds % 60:05.2f}")
    sheet = grid(shown, captions)
    path = context.scratch / "contact_sheet.jpg"
    sheet.save(path, quality=88)
    return Output("contact_sheet", path, "image/jpeg", {"width": sheet.width, "height": sheet.height})


chunked_tool(
    Chunking(plan=plan, chunk=chunk, join=join),
    id="video-frame-extract",
    version="1.0.0",
    category="video",
    pool=Pool.media,
    title=Text("视频提取转图", "Frame extraction"),
    description=Text(
        "识别镜头,挑出清晰、不重复的精彩画面,并附一张总览图。",
        "Finds the shots and takes their best pictures, sharp and without repeats, with a contact sheet.",
    ),
    params=Params,
    inputs=(Port("video", (Kind.video,), Text("视频", "Video")),),
    outputs=(
        Port("images", (Kind.image,), Text("画面", "Pictures"), many=True),
        Port("contact_sheet", (Kind.image,), Text("总览图", "Contact sheet")),
    ),
    price=_price,
    timeout=1800,
    examples=({"mode": "scene"}, {"count": 20, "format": "png"}),
)
