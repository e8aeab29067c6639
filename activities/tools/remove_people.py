"""Takes people out of a photograph and fills their places with what lies around."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    import numpy as np

    from activities.media.regions import Somebody

Edge = Annotated[int, Field(ge=0, le=100_000)]
Index = Annotated[int, Field(ge=0, le=999)]
MEGAPIXELS_PER_CREDIT = 4
CERTAIN = 0.3
"""Share of a pixel that is a person's, from which it goes."""
TEXT_SURE = 0.8


class Params(ToolParams):
    """Parameters of remove-people."""

    keep: list[Index | tuple[Edge, Edge]] = Field(
        [], max_length=100, description="Who stays: numbers from left to right, from 0, or points [x, y] on them."
    )
    min_size: float = Field(0.0, ge=0, le=1, description="Smaller people stay: a share of the picture's height.")
    expand: float = Field(
        0.03, ge=0, le=0.3, description="How far around each person is filled: a share of their height."
    )
    format: Literal["auto", "png", "jpeg", "webp"] = Field(
        "auto", description="auto: as the input, PNG if transparent."
    )


def _price(measures: Measures, params: Params) -> Price:
    megapixels = measures["image"][0].megapixels
    extra = min(8, int(megapixels / MEGAPIXELS_PER_CREDIT))
    return Price((("people", 3), *([(f"{megapixels:.1f} MP", extra)] if extra else [])))


@tool(
    id="remove-people",
    version="1.0.0",
    category="image",
    pool=Pool.inference,
    title=Text("图片去人", "Remove people"),
    description=Text(
        "从照片中去除路人,并按周围画面补全;可指定保留谁,也可自己涂抹区域。",
        "Takes people out of a photograph and fills their places; say who stays, or draw what goes.",
    ),
    params=Params,
    inputs=(
        Port("image", (Kind.image,), Text("图片", "Picture")),
        Port("mask", (Kind.image,), Text("蒙版:白色部分去除", "Mask: what is white goes"), required=False),
    ),
    outputs=(
        Port("image", (Kind.image,), Text("结果图片", "Result")),
        Port("mask", (Kind.image,), Text("去除的部分", "What was filled")),
    ),
    price=_price,
    engines=lambda params: ("people", "ocr"),
    fills=True,
    timeout=1200,
    examples=({"min_size": 0.1}, {"keep": [0]}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Remove people from ``image``, or what ``mask`` shows. Raises ``CorruptFile``, ``UnsupportedType`` and
    ``InvalidInput`` (a mask of other proportions, or one that leaves nothing)."""
    import numpy as np

    from activities.media.filling import fill, ways_label
    from activities.media.images import read_image
    from activities.media.masks import paint_lines, read_mask, refuse_all, write_mask
    from activities.media.saving import save

    context.progress(0.0, "read")
    source, drawn = inputs.one("image"), inputs.optional("mask")
    picture = read_image(source.path)
    context.progress(0.05, "people")
    detector = context.engine("people")
    people = detector.find(picture.pixels)
    stays = [_stays(number, person, params, picture.height) for number, person in enumerate(people)]
    hole, avoided = (np.zeros(picture.pixels.shape[:2], bool) for _ in range(2))
    for person, kept in zip(people, stays, strict=True):
        _paint(avoided if kept or drawn else hole, person, params.expand)
    if drawn:
        hole = read_mask(drawn.path, picture.width, picture.height)
    hole &= ~avoided if not drawn else True
    refuse_all(hole)
    if hole.any():
        context.progress(0.1, "text")
        lines = context.engine("ocr").find(picture.pixels)
        paint_lines(avoided, [line.quad for line in lines if line.score >= TEXT_SURE])  # no letters to fill with

        def told(share: float) -> None:
            context.progress(0.2 + 0.7 * share, "fill")

        filled = fill(picture.pixels, hole, avoided, threads=context.threads, network=context.filler, progress=told)
        picture = replace(picture, pixels=filled)
    context.progress(0.9, "write")
    made = save(context.scratch, "without-people", picture, params.format, source.mime_type)
    write_mask(context.scratch / "mask.png", hole)
    outputs = [
        Output("image", made.path, made.mime_type, made.sides),
        Output("mask", context.scratch / "mask.png", "image/png", made.sides),
    ]
    told_of = [_told(number, *each) for number, each in enumerate(zip(people, stays, strict=True))]
    data = {"found": len(people), "removed": 0 if drawn else stays.count(False), "people": told_of}
    return ToolResult(outputs, f"{detector.label} + {ways_label(context.filler)}", data, None if hole.any() else 1)


def _stays(number: int, person: "Somebody", params: Params, height: int) -> bool:
    """Whether somebody is to be kept: named, pointed at, or too small."""
    if person.box[3] < params.min_size * height or number in params.keep:
        return True
    return any(_on(person, each) for each in params.keep if not isinstance(each, int))


def _on(person: "Somebody", point: tuple[int, int]) -> bool:
    """Whether a point lies on somebody."""
    assert person.share is not None
    down, across = point[1] - person.corner[1], point[0] - person.corner[0]
    inside = 0 <= down < person.share.shape[0] and 0 <= across < person.share.shape[1]
    return inside and bool(person.share[down, across] >= CERTAIN)


def _paint(mask: "np.ndarray", person: "Somebody", expand: float) -> None:
    """Add somebody to a mask (bool, H x W), grown by a share of their height."""
    from activities.media.masks import grown

    assert person.share is not None
    left, top = person.corner
    height, width = person.share.shape
    edge = int(expand * person.box[3]) + 3
    place = (slice(max(0, top - edge), top + height + edge), slice(max(0, left - edge), left + width + edge))
    own = mask[place] & False
    own[top - place[0].start :, left - place[1].start :][:height, :width] = person.share >= CERTAIN
    mask[place] |= grown(own, max(2.0, expand * person.box[3]))


def _told(number: int, person: "Somebody", kept: bool) -> dict[str, Any]:
    return {
        "index": number,
        "box": [round(each) for each in person.box],
        "score": round(person.score, 2),
        "kept": kept,
    }
