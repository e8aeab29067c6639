"""Shows a garment in other colors and prints, on the wearer or laid flat, with its own folds and light.

Where a checkpoint is set it paints the fabric anew over the new colors; without one nothing is made up.
"""

from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import Field

from activities.painting.scene import Scene

from .base import (
    PAINTING,
    Inputs,
    Kind,
    Measures,
    Output,
    Paints,
    Pool,
    Port,
    Price,
    Text,
    ToolContext,
    ToolParams,
    ToolResult,
    tool,
)

if TYPE_CHECKING:
    import numpy as np

    from activities.media.fabrics import Pattern
    from activities.media.images import Picture

MEGAPIXELS_PER_CREDIT = 10
VARIANTS_PER_CREDIT = 4
PAINTING_CREDITS = 2
"""For each variant that a checkpoint paints."""
STRENGTH = 0.65
"""How far a checkpoint leaves the recolored fabric: its folds are to stay."""
WORDS = "{pattern} {color} fabric of a garment, natural folds, detailed textile, soft light, fashion photograph"
UNWANTED = "text, watermark, logo, deformed, blurry"
Rgb = tuple[int, int, int]
Dye = tuple[Text, Rgb, Rgb]
"""A color's name, the color, and one that goes with it in a print."""
PALETTES: dict[str, tuple[Dye, ...]] = {
    "classic": (
        (Text("藏青色", "navy"), (35, 52, 96), (236, 232, 220)),
        (Text("酒红色", "burgundy"), (122, 28, 48), (240, 222, 200)),
        (Text("墨绿色", "bottle green"), (28, 84, 64), (232, 224, 196)),
        (Text("驼色", "camel"), (190, 146, 96), (250, 244, 232)),
    ),
    "pastel": (
        (Text("浅粉色", "blush"), (244, 194, 200), (255, 250, 246)),
        (Text("薄荷绿", "mint"), (178, 224, 204), (255, 255, 250)),
        (Text("天蓝色", "sky blue"), (172, 208, 238), (255, 255, 255)),
        (Text("淡紫色", "lilac"), (206, 186, 230), (255, 250, 255)),
    ),
    "vivid": (
        (Text("正红色", "red"), (208, 32, 40), (255, 236, 224)),
        (Text("宝蓝色", "royal blue"), (28, 72, 190), (244, 246, 255)),
        (Text("柠檬黄", "lemon"), (246, 212, 48), (60, 60, 70)),
        (Text("翠绿色", "emerald"), (16, 150, 96), (250, 250, 226)),
    ),
    "earth": (
        (Text("赤陶色", "terracotta"), (186, 96, 66), (246, 226, 204)),
        (Text("橄榄绿", "olive"), (112, 114, 62), (236, 230, 202)),
        (Text("沙色", "sand"), (214, 190, 154), (120, 92, 66)),
        (Text("巧克力色", "chocolate"), (88, 58, 44), (230, 206, 178)),
    ),
    "mono": (
        (Text("黑色", "black"), (28, 28, 32), (236, 236, 236)),
        (Text("白色", "white"), (244, 244, 242), (50, 50, 56)),
        (Text("炭灰色", "charcoal"), (78, 80, 86), (228, 228, 230)),
        (Text("银灰色", "silver grey"), (186, 188, 192), (48, 48, 54)),
    ),
}
PATTERNS: dict[str, Text] = {
    "solid": Text("纯色", "plain"),
    "stripes": Text("条纹", "striped"),
    "checks": Text("格子", "checked"),
    "dots": Text("波点", "dotted"),
    "floral": Text("碎花", "floral"),
}

NO_CHECKPOINT = Text(
    "未设置生成模型,款式由原图换色得到。", "No checkpoint is set; the variants are the photograph in new colors."
)


class Params(ToolParams):
    """Parameters of fashion-creative."""

    palette: Literal["classic", "pastel", "vivid", "earth", "mono"] = Field("classic", description="Family of colors.")
    pattern: Literal["mixed", "solid", "stripes", "checks", "dots", "floral"] = Field(
        "mixed", description="Print on the fabric; mixed takes another one for each variant."
    )
    count: int = Field(4, ge=1, le=8, description="How many variants.")
    quality: Literal["fast", "best"] = Field("fast", description="best finds the garment more exactly.")
    engine: Literal["auto", "fast"] = Field(
        "auto", description="auto: a checkpoint paints the fabric where one is set; fast: it is recolored alone."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another seed lets a checkpoint paint in another way.")
    format: Literal["jpeg", "png", "webp"] = Field("jpeg", description="Format of the results.")


def _price(measures: Measures, params: Params) -> Price:
    megapixels = measures["image"][0].megapixels
    lines = [(f"quality {params.quality}", 1 if params.quality == "fast" else 2)]
    lines.append((f"{params.count} variants", -(-params.count // VARIANTS_PER_CREDIT)))
    extra = min(3, int(megapixels / MEGAPIXELS_PER_CREDIT))
    if params.engine == "auto":
        lines.append((PAINTING, PAINTING_CREDITS * params.count))
    return Price((*lines, *([(f"{megapixels:.1f} MP", extra)] if extra else [])))


def _paints(given: frozenset[str], params: Params) -> Paints:
    return "may" if params.engine == "auto" else "never"


@tool(
    id="fashion-creative",
    version="1.1.0",
    category="image",
    pool=Pool.inference,
    title=Text("服装创意", "Fashion ideas"),
    description=Text(
        "给照片里的服装换颜色、换花色,保留褶皱和光影,一次出多款并附文字说明。",
        "Shows a garment in other colors and prints, with its folds and light, and describes each variant.",
    ),
    params=Params,
    inputs=(Port("image", (Kind.image,), Text("服装照片", "Photograph of a garment")),),
    outputs=(
        Port("images", (Kind.image,), Text("款式图", "Variants"), many=True),
        Port("text", (Kind.text,), Text("款式说明", "Descriptions")),
    ),
    price=_price,
    paints=_paints,
    engines=lambda params: (f"cutout-{params.quality}",),
    timeout=600,
    examples=({"palette": "pastel", "count": 3}, {"pattern": "floral", "palette": "vivid"}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Recolor the garment of ``image`` ``count`` times. No garment: the picture stays and costs the least."""
    from activities.media.garments import find_fabric
    from activities.media.images import read_image
    from activities.media.matting import find_subject

    context.progress(0.0, "read")
    picture = read_image(inputs.one("image").path)
    context.progress(0.05, "load")
    engine = context.engine(f"cutout-{params.quality}")
    context.progress(0.1, "find_garment")
    matte, label = find_subject(picture, engine)
    fabric = find_fabric(matte) if matte is not None else None
    if fabric is None:
        return _untouched(context, picture, params, label)
    outputs, words = [], []
    for number in range(params.count):
        dye, pattern = _choice(params, number)
        context.progress(0.3 + 0.65 * number / params.count, "dye")
        outputs.append(_variant(context, picture, fabric, (dye, pattern), params, number))
        words.append(_described(context, dye, pattern, number))
    share = round(float((fabric.cover > 127).mean()), 4)
    made_by = "recolor" if context.painter is None else context.painter.label
    data = {"found": 1, "fabric_share": share, "made_by": made_by, "variants": words}
    if context.painter is None and params.engine == "auto":
        data["note"] = NO_CHECKPOINT.of(context.language)
    return _result(context, outputs, words, f"{label} + {made_by}", data)


def _choice(params: Params, number: int) -> "tuple[Dye, Pattern]":
    """The dye and the print of variant ``number``: no pair comes twice."""
    dyes, prints = PALETTES[params.palette], list(PATTERNS)
    dye = dyes[number % len(dyes)]
    if params.pattern == "mixed":
        return dye, cast("Pattern", prints[number % len(prints)])
    turned = number >= len(dyes)
    return ((dye[0], dye[2], dye[1]) if turned else dye), params.pattern


def _variant(
    context: ToolContext,
    picture: "Picture",
    fabric: Any,
    choice: "tuple[Dye, Pattern]",
    params: Params,
    number: int,
) -> Output:
    from activities.media.fabrics import Print, dyed
    from activities.media.repainting import repaint

    (name, ground, figure), pattern = choice
    pixels = dyed(picture.pixels, fabric, Print(pattern, ground, figure))
    if context.painter is not None:
        words = WORDS.format(pattern=PATTERNS[pattern].en, color=name.en)
        wish = Scene(words, 0, 0, UNWANTED, params.seed + number, strength=STRENGTH)
        begun, share = 0.3 + 0.65 * number / params.count, 0.65 / params.count
        pixels = repaint(
            context.painter, pixels, fabric.cover, wish, lambda done: context.progress(begun + share * done, "paint")
        )
    details = {"color": name.en, "pattern": pattern}
    return _written(context, picture, pixels, params, number, details, context.painter is not None)


def _described(context: ToolContext, dye: Dye, pattern: str, number: int) -> str:
    color, cut = dye[0].of(context.language), PATTERNS[pattern].of(context.language)
    other = "{:02x}{:02x}{:02x}".format(*dye[1])
    return Text(f"款式{number + 1}:{color}{cut}(#{other})", f"Variant {number + 1}: {color}, {cut} (#{other})").of(
        context.language
    )


def _untouched(context: ToolContext, picture: "Picture", params: Params, label: str) -> ToolResult:
    words = [
        Text("没有找到服装,图片保持原样。", "No garment was found; the picture is as it was.").of(context.language)
    ]
    output = _written(context, picture, picture.pixels, params, 0, {"color": "", "pattern": ""})
    return _result(context, [output], words, label, {"found": 0, "fabric_share": 0.0, "made_by": "none"}, credits=1)


def _written(
    context: ToolContext,
    picture: "Picture",
    pixels: "np.ndarray",
    params: Params,
    number: int,
    details: dict[str, Any],
    generated: bool = False,
) -> Output:
    from dataclasses import replace

    from activities.media.saving import save

    made = save(context.scratch, f"variant-{number + 1}", replace(picture, pixels=pixels), params.format)
    return Output("images", made.path, made.mime_type, made.sides | details, generated)


def _result(
    context: ToolContext,
    outputs: list[Output],
    words: list[str],
    label: str,
    data: dict[str, Any],
    credits: int | None = None,
) -> ToolResult:
    path = context.scratch / "variants.txt"
    path.write_text("\n".join(words) + "\n", encoding="utf-8")
    context.progress(1.0, "done")
    return ToolResult([*outputs, Output("text", path, "text/plain")], label, data, credits)
