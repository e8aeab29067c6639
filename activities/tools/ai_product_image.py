"""Cuts a product out of its photograph and sets it in a poster with title, subtitle and price, in its own colors."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    import numpy as np

    from activities.media.images import Picture
    from activities.media.matting import Matte
    from activities.media.palettes import Palette
    from activities.media.posters import Materials

FIRST = "studio"


class Params(ToolParams):
    """Parameters of ai-product-image."""

    template: Literal[
        "auto",
        "studio",
        "circle",
        "split",
        "burst",
        "arch",
        "magazine",
        "spotlight",
        "minimal",
        "frame",
        "waves",
    ] = Field("auto", description="The look; auto is studio, a podium.")
    title: str = Field("", max_length=40, description="Name of the product.")
    subtitle: str = Field("", max_length=60, description="What is good about it.")
    price: str = Field("", max_length=16, description="As it shall stand there, as ¥199 or 第二件半价.")
    palette: Literal[
        "auto",
        "template",
        "cream",
        "sakura",
        "mint",
        "sky",
        "lemon",
        "lavender",
        "terracotta",
        "mono",
        "sage",
        "tangerine",
        "night",
        "graphite",
        "forest",
        "china-red",
        "electric",
    ] = Field("auto", description="Colors; auto: around the product's own; template: those of the template.")
    size: Literal["3:4", "1:1", "9:16", "4:3", "16:9", "wechat-cover", "a4"] = Field(
        "3:4", description="3:4 1242x1660, 1:1 1080x1080, 9:16 1080x1920, 4:3 1440x1080, 16:9 1920x1080, a4 1240x1754."
    )
    quality: Literal["fast", "best"] = Field("fast", description="best sees hair and thin parts and takes longer.")
    format: Literal["jpeg", "png", "webp"] = Field("jpeg", description="Format of the result.")


def _price(measures: Measures, params: Params) -> Price:
    return Price((("poster", 2), (f"quality {params.quality}", 1 if params.quality == "fast" else 2)))


@tool(
    id="ai-product-image",
    version="1.0.0",
    category="image",
    pool=Pool.inference,
    title=Text("AI产品图", "Product poster"),
    description=Text(
        "抠出产品,按产品自身颜色配色,排成带标题、卖点和价格的海报,10 款模板。",
        "Cuts a product out and makes a poster with title, subtitle and price in colors that suit it; 10 templates.",
    ),
    params=Params,
    inputs=(Port("image", (Kind.image,), Text("产品照片", "Photograph of the product")),),
    outputs=(Port("image", (Kind.image,), Text("海报", "Poster")),),
    price=_price,
    engines=lambda params: (f"cutout-{params.quality}", "fonts", "emoji-art"),
    timeout=300,
    examples=(
        {"title": "手冲咖啡", "subtitle": "一杯好时光", "price": "¥39"},
        {"template": "burst", "title": "年中大促", "price": "5折", "size": "1:1"},
    ),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """A poster of what stands in ``image``. No product: the whole photograph stands there, at the least price."""
    from activities.media.images import read_image
    from activities.media.matting import find_subject
    from activities.media.posters import as_picture, draw
    from activities.media.saving import save
    from activities.media.templates import PRESETS, templates

    context.progress(0.0, "read")
    picture = read_image(inputs.one("image").path)
    context.progress(0.1, "load")
    engine, fonts = context.engine(f"cutout-{params.quality}"), context.engine("fonts")
    context.progress(0.2, "cut_out")
    matte, label = find_subject(picture, engine)
    product = _freed(picture, matte)
    name = FIRST if params.template == "auto" else params.template
    template = templates("product")[name]
    materials = _materials(context, product, _palette(product, params.palette, template.palette), params)
    context.progress(0.5, "draw")
    poster = draw(template, *PRESETS[params.size], materials, lambda done: context.progress(0.5 + 0.4 * done, "draw"))
    saved = save(context.scratch, "poster", as_picture(poster), params.format)
    context.progress(1.0, "done")
    details = {"letters": poster.letters, "contrast": poster.contrast}
    output = Output("image", saved.path, saved.mime_type, saved.sides | details)
    data = {"found": int(matte is not None), "template": name, "contrast": poster.contrast}
    return ToolResult([output], f"{label}; {fonts.label}", data, credits=None if matte is not None else 1)


def _freed(picture: "Picture", matte: "Matte | None") -> "np.ndarray":
    """The product (uint8 RGBA, sRGB), cropped to what it shows; the whole photograph where there is none."""
    import numpy as np

    from activities.media.images import into_profile
    from activities.media.matting import freed, subject_box
    from activities.media.posters import on_paper

    if matte is None:
        return np.dstack([on_paper(picture), np.full((picture.height, picture.width), 255, np.uint8)])
    cutout = freed(matte, subject_box(matte.alpha))
    colors = into_profile(np.ascontiguousarray(cutout[:, :, :3]), picture.icc, None)
    return np.dstack([colors, cutout[:, :, 3]])


def _palette(product: "np.ndarray", wanted: str, own: str) -> "Palette":
    """The colors asked for; ``auto`` around the product's own, as light or dark as the template's are."""
    from activities.media.colors import luminance
    from activities.media.palettes import palette_of, palettes

    known = palettes()
    if wanted not in ("auto", "template"):
        return known[wanted]
    if wanted == "template":
        return known[own]
    dark = luminance(known[own]["ground"]) < luminance(known[own]["ink"])
    return palette_of(product[:, :, :3].copy(), product[:, :, 3].copy(), dark=dark)


def _materials(context: ToolContext, product: "np.ndarray", palette: "Palette", params: Params) -> "Materials":
    from activities.media.posters import Materials

    return Materials(
        texts={"title": params.title.strip(), "subtitle": params.subtitle.strip(), "price": params.price.strip()},
        palette=palette,
        fonts=context.engine("fonts"),
        emoji=context.engine("emoji-art"),
        fields={slot: f"parameters.{slot}" for slot in ("title", "subtitle", "price")},
        subject=product,
    )
