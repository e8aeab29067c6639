"""Covers faces, text and number plates in a picture for good, and strips what its file tells of place and camera."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    import numpy as np

    from activities.media.covering import Area
    from activities.media.images import Picture

PLATE = re.compile(
    r"^(?:[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Z][·.・\s]?[A-Z0-9]{4,6}[学警港澳挂]?"
    r"|(?=.*\d)(?=.*[A-Z])[A-Z0-9]{1,4}[\s·.-]?[A-Z0-9]{2,5}(?:[\s·.-]?[A-Z0-9]{1,4})?)$"
)
"""GA 36-2018 for Chinese plates; elsewhere groups of capitals and digits with some of both."""

Edge = Annotated[int, Field(ge=0, le=100_000)]
Box = tuple[Edge, Edge, Annotated[int, Field(ge=1, le=100_000)], Annotated[int, Field(ge=1, le=100_000)]]
MEGAPIXELS_PER_CREDIT = 12


class Params(ToolParams):
    """Parameters of privacy-protection."""

    targets: Literal["faces", "text", "plates", "all"] = Field("faces", description="What is looked for.")
    method: Literal["blur", "pixelate", "solid", "emoji"] = Field(
        "blur", description="How it is covered; none can be undone. emoji is for faces, text gets solid."
    )
    regions: list[Box] = Field([], max_length=200, description="More boxes to cover: [x, y, width, height] in pixels.")
    format: Literal["auto", "png", "jpeg", "webp"] = Field(
        "auto", description="auto: as the input, PNG if transparent."
    )


def _price(measures: Measures, params: Params) -> Price:
    megapixels = measures["image"][0].megapixels
    lines = [(params.targets, 1 if params.targets == "faces" else 2)]
    extra = min(3, int(megapixels / MEGAPIXELS_PER_CREDIT))
    return Price((*lines, *([(f"{megapixels:.1f} MP", extra)] if extra else [])))


def _engines(params: Params) -> tuple[str, ...]:
    faces = ("faces",) if params.targets in {"faces", "all"} else ()
    return (*faces, *(("ocr",) if params.targets != "faces" else ()))


@tool(
    id="privacy-protection",
    version="1.0.0",
    category="image",
    pool=Pool.inference,
    title=Text("隐私处理", "Privacy protection"),
    description=Text(
        "自动遮挡人脸、文字和车牌,并清除图片中的位置和设备信息。",
        "Covers faces, text and number plates, and removes place and camera from the file.",
    ),
    params=Params,
    inputs=(Port("image", (Kind.image,), Text("图片", "Picture")),),
    outputs=(Port("image", (Kind.image,), Text("结果图片", "Result")),),
    price=_price,
    engines=_engines,
    timeout=600,
    examples=({"targets": "faces", "method": "pixelate"}, {"targets": "all", "method": "solid"}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Cover what is found in ``image``; one that cannot be decoded raises ``CorruptFile`` or ``UnsupportedType``."""
    from activities.media.covering import Area, cover
    from activities.media.images import read_image
    from activities.media.saving import save

    context.progress(0.0, "read")
    source = inputs.one("image")
    picture = read_image(source.path)
    found, labels = _found(context, picture.pixels, params)
    found = [(name, area) for name, area in found if area.inside(picture.width, picture.height)]
    areas = [area for _, area in found]
    given = [Area(*box) for box in params.regions]
    context.progress(0.7, "cover")
    plain = "solid" if params.method == "emoji" else params.method
    covered = cover(picture.pixels, [area for area in areas if area.oval], params.method)
    covered = cover(covered, [*(area for area in areas if not area.oval), *given], plain)
    context.progress(0.9, "write")
    data = {"found": len(found), "regions": [_told(name, area, picture) for name, area in found]}
    bare = replace(picture, pixels=covered, exif=None)
    made = save(context.scratch, "private", bare, params.format, source.mime_type)
    output = Output("image", made.path, made.mime_type, made.sides)
    label = " + ".join(labels)
    return ToolResult([output], label, data, None if found or given else 1)


def _found(context: ToolContext, rgb: "np.ndarray", params: Params) -> "tuple[list[tuple[str, Area]], list[str]]":
    """What is to be covered by its name, and the labels of the engines that looked."""
    from activities.media.covering import around_face, around_text

    found: list[tuple[str, Area]] = []
    engines = [context.engine(name) for name in _engines(params)]
    for at, (name, engine) in enumerate(zip(_engines(params), engines, strict=True)):
        context.progress(0.1 + 0.3 * at, name)
        if name == "faces":
            found += [("face", around_face(face.box)) for face in engine.detect(rgb)]
            continue
        lines = [line for line in engine.find(rgb) if params.targets != "plates" or _is_plate(line.text)]
        found += [("plate" if _is_plate(line.text) else "text", around_text(line.box)) for line in lines]
    return found, [engine.label for engine in engines]


def _is_plate(text: str) -> bool:
    """Whether a line of text reads like a number plate; letters that are small in print never are."""
    return bool(PLATE.match(text.strip()))


def _told(name: str, area: "Area", picture: "Picture") -> dict[str, Any]:
    place = area.inside(picture.width, picture.height)
    assert place is not None
    rows, columns = place
    box = [columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start]
    return {"target": name, "box": box}
