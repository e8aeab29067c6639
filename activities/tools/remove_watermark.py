"""Takes words, logos and repeated marks off pictures of which one has the rights."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from models.errors import InvalidInput, wrong

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    import numpy as np

    from activities.media.images import Picture
    from activities.media.marks import Mark
    from activities.media.regions import Line

Edge = Annotated[int, Field(ge=0, le=100_000)]
Box = tuple[Edge, Edge, Annotated[int, Field(ge=1, le=100_000)], Annotated[int, Field(ge=1, le=100_000)]]
MOST = 50
MEGAPIXELS_PER_CREDIT = 4
CORNER = (0.4, 0.18)
"""Shares of width and height that a corner has."""
TEXT_SURE = 0.75
CORNER_ZOOM = 2
"""Corners are read enlarged: marks there are small and faint."""


class Params(ToolParams):
    """Parameters of remove-watermark."""

    rights_confirmed: bool = Field(False, description="Must be true: you own the pictures, or their owner allows it.")
    detect: Literal["text", "corner", "tiled", "none"] = Field(
        "text",
        description="What is looked for: words, words in a corner, a mark that repeats; none: only regions and mask.",
    )
    regions: list[Box] = Field([], max_length=200, description="Boxes to fill: [x, y, width, height] in pixels.")
    expand: int = Field(2, ge=0, le=100, description="Pixels filled around what was found.")
    format: Literal["auto", "png", "jpeg", "webp"] = Field(
        "auto", description="auto: as the input, PNG if transparent."
    )


@dataclass
class _Found:
    """What is to go from a picture: ``hole`` is filled, ``mark`` is lifted (masks: bool, H x W). ``labels`` lie within
    ``kept`` and stay; ``avoided`` is no source."""

    hole: "np.ndarray"
    avoided: "np.ndarray"
    kept: "np.ndarray"
    labels: "list[Line]" = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    mark: "Mark | None" = None


def _price(measures: Measures, params: Params) -> Price:
    pictures = measures["image"]
    megapixels = sum(each.megapixels for each in pictures)
    extra = int(megapixels / MEGAPIXELS_PER_CREDIT)
    return Price((("pictures", 2 * len(pictures)), *([(f"{megapixels:.1f} MP", extra)] if extra else [])))


def _check(measures: Measures, params: Params) -> None:
    if not params.rights_confirmed:
        zh = "请确认你拥有这些图片的权利或已获得授权(rights_confirmed: true)"
        en = "confirm that you own these pictures or may change them (rights_confirmed: true)"
        raise InvalidInput(errors=[wrong("parameters.rights_confirmed", zh, en)])


@tool(
    id="remove-watermark",
    version="1.0.0",
    category="image",
    pool=Pool.inference,
    title=Text("去水印", "Remove watermark"),
    description=Text(
        "去除自有图片上的文字、角标和平铺水印并补全画面;AI 生成标识按法规保留。",
        "Takes words and marks off your own pictures; labels of AI content stay, as the law asks.",
    ),
    params=Params,
    inputs=(
        Port("image", (Kind.image,), Text("图片", "Pictures"), many=True, most=MOST),
        Port("mask", (Kind.image,), Text("蒙版:白色部分去除", "Mask: what is white goes"), required=False),
    ),
    outputs=(
        Port("image", (Kind.image,), Text("结果图片", "Result"), many=True),
        Port("mask", (Kind.image,), Text("去除的部分", "What was changed"), many=True),
    ),
    price=_price,
    engines=lambda params: ("ocr",),
    fills=True,
    check=_check,
    timeout=3600,
    examples=({"rights_confirmed": True}, {"rights_confirmed": True, "detect": "tiled"}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Clean every ``image``. Raises ``CorruptFile``, ``UnsupportedType`` and ``InvalidInput`` (a mask of other
    proportions, or one that leaves nothing)."""
    from activities.media.filling import ways_label
    from activities.media.images import read_image

    context.progress(0.0, "read")
    sources = inputs.all("image")
    common = _common_mark(context, inputs, params)
    outputs: list[Output] = []
    told: list[dict[str, list[Any]]] = []
    for number, source in enumerate(sources):
        picture = read_image(source.path)
        start = 0.2 + 0.8 * number / len(sources)
        context.progress(start, "find")
        share = 0.8 / len(sources)
        found = _found(context, params, picture, common)
        _add_given(found, inputs, params, picture)
        cleaned, changed = _cleaned(context, picture, found, start, share / 2)
        if any(each["what"] == "text" for each in found.told):  # what was half hidden by letters may be read now
            rest = _found(context, params, cleaned, None)
            cleaned, more = _cleaned(context, cleaned, rest, start + share / 2, share / 2)
            changed = changed | more
            found.told += rest.told
        outputs += _written(context, params, source.mime_type, cleaned, changed, number)
        told.append({"found": found.told, "kept_labels": [line.text for line in found.labels]})
    count = sum(len(each["found"]) for each in told)
    engine = f"{context.engine('ocr').label} + {ways_label(context.filler)}"
    return ToolResult(outputs, engine, {"found": count, "pictures": told}, None if count else len(sources))


def _common_mark(context: ToolContext, inputs: Inputs, params: Params) -> "Mark | None":
    """The mark that lies over all pictures, where there are enough of one size."""
    from activities.media.images import read_image
    from activities.media.marks import FEWEST, estimate

    sources = inputs.all("image")
    if params.detect == "none" or len(sources) < FEWEST:
        return None
    pictures = [read_image(source.path).pixels for source in sources]
    if len({picture.shape for picture in pictures}) > 1:
        return None
    context.progress(0.1, "compare")
    return estimate(pictures)


def _found(context: ToolContext, params: Params, picture: "Picture", common: "Mark | None") -> _Found:
    """What the tool finds in a picture; signs of AI content never are."""
    import numpy as np

    from activities.media.labels import says_generated
    from activities.media.marks import strokes
    from activities.media.masks import grown, paint_lines

    shape = picture.pixels.shape[:2]
    hole, avoided, kept = (np.zeros(shape, bool) for _ in range(3))
    found = _Found(hole, avoided, kept, mark=common)
    lines = _lines(context, params, picture.pixels)
    found.labels = [line for line in lines if says_generated(line.text)]
    others = [line for line in lines if line not in found.labels and _is_text(line)]
    if params.detect == "tiled" and common is None:
        found.mark = _tiled(picture.pixels)
    if found.mark is not None:
        opacity = float(np.median(found.mark.opacity[found.mark.opacity > 0]))
        color = [round(float(each)) for each in found.mark.color]
        found.told.append({"what": "mark", "opacity": round(opacity, 2), "color": color})
    wanted = others if params.detect == "text" else [each for each in others if _in_corner(each, shape)]
    if params.detect in {"tiled", "none"} or common is not None:
        wanted = []
    for line in wanted:
        around = np.zeros(shape, bool)
        paint_lines(around, [_wider(line.quad)])
        found.hole |= strokes(picture.pixels, around)
        found.told.append({"what": "text", "text": line.text, "box": [round(each) for each in line.box]})
    found.hole = grown(found.hole, params.expand)
    paint_lines(found.avoided, [line.quad for line in lines if line not in wanted])
    for line in found.labels:
        own = np.zeros(shape, bool)
        paint_lines(own, [line.quad])
        found.kept |= grown(own, 0.5 * min(line.box[2:]))
    return found


def _is_text(line: "Line") -> bool:
    """Whether it is surely a word: texture is at times read as a digit."""
    return line.score >= TEXT_SURE and len(line.text.strip()) > 1


def _add_given(found: _Found, inputs: Inputs, params: Params, picture: "Picture") -> None:
    """Add the user's regions and mask."""
    from activities.media.masks import grown, read_mask

    given = found.hole & False
    for x, y, width, height in params.regions:
        given[y : y + height, x : x + width] = True
        found.told.append({"what": "region", "box": [x, y, width, height]})
    drawn = inputs.optional("mask")
    if drawn:
        given |= read_mask(drawn.path, picture.width, picture.height)
        found.told.append({"what": "mask"})
    found.hole |= grown(given, params.expand)


def _lines(context: ToolContext, params: Params, rgb: "np.ndarray") -> "list[Line]":
    """Lines of text; those of corners from enlarged corners, too."""
    import cv2

    engine = context.engine("ocr")
    lines: list[Line] = engine.find(rgb)
    if params.detect != "corner":
        return lines
    height, width = rgb.shape[:2]
    across, down = round(CORNER[0] * width), round(CORNER[1] * height)
    for top in (0, height - down):
        for left in (0, width - across):
            piece = rgb[top : top + down, left : left + across]
            near = engine.find(cv2.resize(piece, None, fx=CORNER_ZOOM, fy=CORNER_ZOOM, interpolation=cv2.INTER_CUBIC))
            placed = [replace(line, quad=line.quad / CORNER_ZOOM + [left, top]) for line in near]
            lines += [line for line in placed if not any(_same(line, other) for other in lines)]
    return lines


def _same(one: "Line", other: "Line") -> bool:
    """Whether the middle of one line lies within another."""
    x, y = one.quad.mean(0)
    left, top, width, height = other.box
    return bool(left <= x <= left + width and top <= y <= top + height)


def _in_corner(line: "Line", shape: tuple[int, ...]) -> bool:
    x, y = line.quad.mean(0) / [shape[1], shape[0]]
    return bool(min(x, 1 - x) < CORNER[0] and min(y, 1 - y) < CORNER[1])


def _wider(quad: "np.ndarray") -> "np.ndarray":
    """A line's outline with room for strokes that were cut."""
    import numpy as np

    middle = quad.mean(0)
    height = min(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[1] - quad[0]))
    away = quad - middle
    return np.asarray(middle + away * (1 + 0.25 * height / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1)))


def _tiled(rgb: "np.ndarray") -> "Mark | None":
    """The mark that repeats over a picture."""
    from activities.media.marks import FEWEST, estimate, period, spread, tiles

    repeats = period(rgb)
    pieces = tiles(rgb, *repeats) if repeats else []
    mark = estimate(pieces) if len(pieces) >= FEWEST else None
    return spread(mark, *rgb.shape[:2]) if mark else None


def _cleaned(
    context: ToolContext, picture: "Picture", found: _Found, start: float, share: float
) -> "tuple[Picture, np.ndarray]":
    """The picture without what was found, and which pixels were changed (bool, H x W)."""
    import numpy as np

    from activities.media.filling import fill
    from activities.media.marks import lift
    from activities.media.masks import refuse_all

    pixels, hole = picture.pixels, found.hole & ~found.kept
    changed = hole
    if found.mark is not None:
        lifted, opaque = lift(pixels, found.mark)
        changed = (hole | (found.mark.opacity > 0)) & ~found.kept
        hole = hole | opaque & ~found.kept
        pixels = np.where(changed[:, :, None], lifted, pixels)
    refuse_all(hole)
    if hole.any():

        def told(done: float) -> None:
            context.progress(start + share * (0.2 + 0.7 * done), "fill")

        avoided = found.avoided | found.kept
        pixels = fill(pixels, hole, avoided, threads=context.threads, network=context.filler, progress=told)
    return replace(picture, pixels=pixels), changed


def _written(
    context: ToolContext, params: Params, like: str, picture: "Picture", changed: "np.ndarray", number: int
) -> list[Output]:
    from activities.media.masks import write_mask
    from activities.media.saving import save

    made = save(context.scratch, f"clean-{number + 1}", picture, params.format, like)
    path = context.scratch / f"mask-{number + 1}.png"
    write_mask(path, changed)
    return [Output("image", made.path, made.mime_type, made.sides), Output("mask", path, "image/png", made.sides)]
