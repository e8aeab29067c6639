"""Covers faces, text and plates in a picture or a video for good, and strips what a file tells of place and camera."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

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
    from collections.abc import Iterator

    import numpy as np

    from activities.media.covering import Area
    from activities.media.cutting import Span
    from activities.media.footage import Footage
    from activities.media.images import Picture
    from activities.media.tracking import Trail

PLATE = re.compile(
    r"^(?:[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Z][·.・\s]?[A-Z0-9]{4,6}[学警港澳挂]?"
    r"|(?=.*\d)(?=.*[A-Z])[A-Z0-9]{1,4}[\s·.-]?[A-Z0-9]{2,5}(?:[\s·.-]?[A-Z0-9]{1,4})?)$"
)
"""GA 36-2018 for Chinese plates; elsewhere groups of capitals and digits with some of both."""

Edge = Annotated[int, Field(ge=0, le=100_000)]
Box = tuple[Edge, Edge, Annotated[int, Field(ge=1, le=100_000)], Annotated[int, Field(ge=1, le=100_000)]]
MEGAPIXELS_PER_CREDIT = 12
SECONDS_PER_CREDIT = 5
CHUNK_SECONDS = 6.0
LOOK_SIDE = 960
"""Pixels of the longer side in which the pictures of a video are searched for faces; text is read in full size."""
FACES_EVERY, TEXT_EVERY = 4, 12
"""Pictures of a video from one look to the next."""
MOVING = 0.12
"""Share of a face's size by which its cover grows in a video: it moves between two looks."""


class Params(ToolParams):
    """Parameters of privacy-protection."""

    targets: Literal["faces", "text", "plates", "all"] = Field("faces", description="What is looked for.")
    method: Literal["blur", "pixelate", "solid", "emoji"] = Field(
        "blur", description="How it is covered; none can be undone. emoji is for faces, text gets solid."
    )
    regions: list[Box] = Field([], max_length=200, description="More boxes to cover: [x, y, width, height] in pixels.")
    format: Literal["auto", "png", "jpeg", "webp"] = Field(
        "auto", description="Of a picture; auto: as the input, PNG if transparent."
    )


def _price(measures: Measures, params: Params) -> Price:
    lines = [(params.targets, 1 if params.targets == "faces" else 2)]
    if measures.get("video"):
        duration = measures["video"][0].duration
        return Price((*lines, (f"{duration:.0f} s", 1 + int(duration / SECONDS_PER_CREDIT * lines[0][1]))))
    megapixels = measures["image"][0].megapixels
    extra = min(3, int(megapixels / MEGAPIXELS_PER_CREDIT))
    return Price((*lines, *([(f"{megapixels:.1f} MP", extra)] if extra else [])))


def _engines(params: Params) -> tuple[str, ...]:
    faces = ("faces",) if params.targets in {"faces", "all"} else ()
    return (*faces, *(("ocr",) if params.targets != "faces" else ()))


def plan(context: ToolContext, inputs: Inputs, params: Params) -> list[dict[str, Any]]:
    """The stretches of a video; none for a picture."""
    from activities.media.cutting import spans
    from activities.media.footage import survey

    context.progress(0.0, "look")
    video = inputs.optional("video")
    return list(spans(survey(video.path), CHUNK_SECONDS)) if video else []


def chunk(context: ToolContext, inputs: Inputs, params: Params, span: "Span") -> Path:
    """A stretch with all covered; its note tells how many of each were followed."""
    from activities.media.cutting import encode_frames
    from activities.media.footage import even, pictures, survey

    footage = survey(inputs.one("video").path)
    trails = _trails(context, footage, params, span)
    size = (even(footage.width), even(footage.height))
    frames = _covered(pictures(footage, size, context.threads, span=span), trails, params)
    path = context.scratch / "chunk.nut"
    note = json.dumps([trail.kind for trail in trails])
    context.progress(0.7, "cover")
    encode_frames(footage, span, frames, size, path, context.threads, note)
    return path


def join(context: ToolContext, inputs: Inputs, params: Params, pieces: list[Path]) -> ToolResult:
    """The picture, covered; or the video whole again, with nothing of the file's metadata. Raises ``CorruptFile`` or
    ``UnsupportedType``."""
    context.progress(0.0, "read")
    video = inputs.optional("video")
    return _video(context, video, params, pieces) if video else _image(context, inputs.one("image"), params)


def _image(context: ToolContext, source: InputFile, params: Params) -> ToolResult:
    from activities.media.covering import Area, cover
    from activities.media.images import read_image
    from activities.media.saving import save

    picture = read_image(source.path)
    found, labels = _found(context, picture.pixels, params)
    found = [(name, area) for name, area in found if area.inside(picture.width, picture.height)]
    given = [Area(*box) for box in params.regions]
    context.progress(0.7, "cover")
    covered = _cover(picture.pixels, [area for _, area in found], params)
    covered = cover(covered, given, _plain(params))
    context.progress(0.9, "write")
    data = {"found": len(found), "regions": [_told(name, area, picture) for name, area in found]}
    bare = replace(picture, pixels=covered, exif=None)
    made = save(context.scratch, "private", bare, params.format, source.mime_type)
    output = Output("image", made.path, made.mime_type, made.sides)
    label = " + ".join(labels)
    return ToolResult([output], label, data, None if found or given else 1)


def _video(context: ToolContext, source: InputFile, params: Params, pieces: list[Path]) -> ToolResult:
    from activities.media.cutting import noted, spans
    from activities.media.footage import survey
    from activities.media.joining import join as joined

    footage = survey(source.path)
    kinds = [kind for piece in pieces for kind in json.loads(noted(piece))]
    made = context.scratch / "private.mp4"
    frames = joined(footage, spans(footage, CHUNK_SECONDS), pieces, made, context.threads)
    context.progress(1.0, "join")
    data = {"found": len(kinds), "trails": {kind: kinds.count(kind) for kind in sorted(set(kinds))}}
    facts = {"width": footage.width, "height": footage.height, "frames": frames}
    label = " + ".join(context.engine(name).label for name in _engines(params))
    return ToolResult([Output("video", made, "video/mp4", facts)], label, data, None if kinds or params.regions else 1)


def _cover(rgb: "np.ndarray", areas: "list[Area]", params: Params) -> "np.ndarray":
    from activities.media.covering import cover

    covered = cover(rgb, [area for area in areas if area.oval], params.method)
    return cover(covered, [area for area in areas if not area.oval], _plain(params))


def _plain(params: Params) -> Literal["blur", "pixelate", "solid"]:
    """How what is no face is covered."""
    return "solid" if params.method == "emoji" else params.method


def _trails(context: ToolContext, footage: "Footage", params: Params, span: "Span") -> "list[Trail]":
    """All that is found in a stretch, followed from picture to picture, in the pixels of the video."""
    from activities.media.cutting import within
    from activities.media.footage import even, pictures
    from activities.media.tracking import Box, Trail, follow

    count = max(1, len(within(footage, span)))
    full = (even(footage.width), even(footage.height))
    shrink = min(1.0, LOOK_SIDE / max(full))
    small = (even(round(full[0] * shrink)), even(round(full[1] * shrink)))
    trails: list[Trail] = []
    names = _engines(params)
    for at, name in enumerate(names):
        engine = context.engine(name)
        seen = small if name == "faces" else full
        every = FACES_EVERY if name == "faces" else TEXT_EVERY

        def watched(seen: tuple[int, int] = seen, at: int = at, name: str = name) -> "Iterator[np.ndarray]":
            for number, frame in enumerate(pictures(footage, seen, context.threads, span=span)):
                context.progress(0.7 * (at + number / count) / len(names), name)
                yield frame

        def find(rgb: "np.ndarray", name: str = name, engine: Any = engine) -> list[tuple[str, Box]]:
            return _seen(name, engine, rgb, params)

        across, down = full[0] / seen[0], full[1] / seen[1]
        for trail in follow(watched(), find, every):
            boxes = [(x * across, y * down, width * across, height * down) for x, y, width, height in trail.boxes]
            trails.append(replace(trail, boxes=boxes))
    return trails


def _covered(frames: "Iterator[np.ndarray]", trails: "list[Trail]", params: Params) -> "Iterator[np.ndarray]":
    """Each picture with all that is in it covered."""
    from activities.media.covering import Area, around_face, around_text, cover

    given = [Area(*box) for box in params.regions]
    for number, frame in enumerate(frames):
        areas = []
        for trail in trails:
            if 0 <= number - trail.first < len(trail.boxes):
                x, y, width, height = trail.boxes[number - trail.first]
                more = MOVING * (width + height) / 2
                box = (x - more, y - more, width + 2 * more, height + 2 * more)
                areas.append(around_face(box) if trail.kind == "face" else around_text(box))
        yield cover(_cover(frame, areas, params), given, _plain(params))


def _found(context: ToolContext, rgb: "np.ndarray", params: Params) -> "tuple[list[tuple[str, Area]], list[str]]":
    """What is to be covered by its name, and the labels of the engines that looked."""
    from activities.media.covering import around_face, around_text

    found: list[tuple[str, Area]] = []
    engines = [context.engine(name) for name in _engines(params)]
    for at, (name, engine) in enumerate(zip(_engines(params), engines, strict=True)):
        context.progress(0.1 + 0.3 * at, name)
        around = around_face if name == "faces" else around_text
        found += [(kind, around(box)) for kind, box in _seen(name, engine, rgb, params)]
    return found, [engine.label for engine in engines]


def _seen(
    name: str, engine: Any, rgb: "np.ndarray", params: Params
) -> list[tuple[str, tuple[float, float, float, float]]]:
    """What an engine finds of the targets: its kind, and its box in pixels."""
    if name == "faces":
        return [("face", face.box) for face in engine.detect(rgb)]
    lines = [line for line in engine.find(rgb) if params.targets != "plates" or _is_plate(line.text)]
    return [("plate" if _is_plate(line.text) else "text", line.box) for line in lines]


def _is_plate(text: str) -> bool:
    """Whether a line of text reads like a number plate; letters that are small in print never are."""
    return bool(PLATE.match(text.strip()))


def _told(name: str, area: "Area", picture: "Picture") -> dict[str, Any]:
    place = area.inside(picture.width, picture.height)
    assert place is not None
    rows, columns = place
    box = [columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start]
    return {"target": name, "box": box}


chunked_tool(
    Chunking(plan=plan, chunk=chunk, join=join),
    id="privacy-protection",
    version="1.1.0",
    category="image",
    pool=Pool.inference,
    title=Text("隐私处理", "Privacy protection"),
    description=Text(
        "自动遮挡图片或视频中的人脸、文字和车牌,并清除文件中的位置和设备信息。",
        "Covers faces, text and number plates in a picture or a video, and removes place and camera from the file.",
    ),
    params=Params,
    inputs=(
        Port("image", (Kind.image,), Text("图片", "Picture"), required=False),
        Port("video", (Kind.video,), Text("视频", "Video"), required=False),
    ),
    outputs=(
        Port("image", (Kind.image,), Text("结果图片", "Result"), required=False),
        Port("video", (Kind.video,), Text("结果视频", "Result"), required=False),
    ),
    one_of=("image", "video"),
    price=_price,
    engines=_engines,
    timeout=7200,
    examples=({"targets": "faces", "method": "pixelate"}, {"targets": "all", "method": "solid"}),
)
