"""Sets a sentence as a picture to be shared: in a template, on a photograph or on drawings that fit its meaning."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from models.errors import InvalidInput, wrong

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    import numpy as np

    from activities.media.posters import Materials, Poster

MOST_CHARACTERS = 240
"""That every template can show in every size so that they can be read."""
DRAWINGS = 3
SHORT, MIDDLING = 40, 120
"""Characters up to which ``auto`` shows a large drawing, or a card."""


class Params(ToolParams):
    """Parameters of quote-image."""

    template: Literal[
        "auto",
        "window",
        "paper",
        "gradient",
        "photo",
        "polaroid",
        "note",
        "bold",
        "moon",
        "card",
        "emoji",
        "film",
        "bubble",
    ] = Field("auto", description="The look; auto: photo for an image, else by the length of the text.")
    size: Literal["3:4", "1:1", "9:16", "4:3", "16:9", "wechat-cover"] = Field(
        "3:4", description="3:4 1242x1660, 1:1 1080x1080, 9:16 1080x1920, 4:3 1440x1080, 16:9 1920x1080, cover 900x383."
    )
    palette: Literal[
        "auto",
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
    ] = Field("auto", description="Colors; auto: those of the template.")
    font: Literal[
        "auto",
        "sans",
        "sans-bold",
        "sans-black",
        "serif",
        "serif-bold",
        "serif-black",
        "ma-shan-zheng",
        "zhi-mang-xing",
        "liu-jian-mao-cao",
        "long-cang",
        "zcool-kuaile",
        "zcool-xiaowei",
        "zcool-huangyou",
        "caveat",
        "dancing-script",
        "playfair-display",
        "bebas-neue",
    ] = Field("auto", description="Font of the text; auto: that of the template.")
    author: str = Field("", max_length=30, description="Whose words they are; empty for none.")
    background: Literal["auto", "art", "plain"] = Field(
        "auto", description="Without an image. auto and art: drawings that fit the meaning; plain: colors alone."
    )
    format: Literal["jpeg", "png", "webp"] = Field("jpeg", description="Format of the result.")


def _price(measures: Measures, params: Params) -> Price:
    return Price((("picture", 2),))


def _check(measures: Measures, params: Params) -> None:
    if measures["text"][0].characters > MOST_CHARACTERS:
        zh = f"一张图最多放 {MOST_CHARACTERS} 个字符才看得清;请缩短文字"
        en = f"at most {MOST_CHARACTERS} characters can be read on one picture; shorten the text"
        raise InvalidInput(errors=[wrong("inputs.text", zh, en)])


@tool(
    id="quote-image",
    version="1.0.0",
    category="image",
    pool=Pool.media,
    title=Text("一句话配图", "Quote picture"),
    description=Text(
        "把一句话排成可分享的图片:12 款模板、按意思配插画或用你的照片作底,文字自动换行、永不溢出。",
        "Sets a sentence as a picture to share: 12 templates, on your photo or drawings that fit its meaning.",
    ),
    params=Params,
    inputs=(
        Port("text", (Kind.text,), Text("文字", "Words")),
        Port("image", (Kind.image,), Text("背景照片", "Photograph behind them"), required=False),
    ),
    outputs=(Port("image", (Kind.image,), Text("配图", "Picture")),),
    price=_price,
    check=_check,
    engines=lambda params: ("fonts", "emoji-art"),
    timeout=120,
    examples=(
        {"template": "paper", "author": "苏轼"},
        {"template": "bold", "size": "wechat-cover", "palette": "night"},
    ),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """A picture of ``text``; ``InvalidInput`` if it cannot be read at this size, or has characters of no font."""
    from activities.media.images import Picture
    from activities.media.posters import draw
    from activities.media.saving import save
    from activities.media.templates import PRESETS, templates

    text, photo = inputs.texts["text"].strip(), _photo(context, inputs)
    name = params.template if params.template != "auto" else _chosen(text, photo is not None)
    template = templates("quote")[name]
    context.progress(0.2, "load")
    materials, background, engine = _gathered(context, text, photo, params, template.palette)
    poster = draw(template, *PRESETS[params.size], materials, lambda done: context.progress(0.4 + 0.5 * done, "draw"))
    saved = save(context.scratch, "quote", Picture(poster.pixels), params.format)
    context.progress(1.0, "done")
    output = Output("image", saved.path, saved.mime_type, saved.sides | _described(poster))
    return ToolResult([output], engine, {"template": name, "background": background, "contrast": poster.contrast})


def _chosen(text: str, photo: bool) -> str:
    if photo:
        return "photo"
    return "window" if len(text) <= SHORT else "card" if len(text) <= MIDDLING else "paper"


def _photo(context: ToolContext, inputs: Inputs) -> "np.ndarray | None":
    from activities.media.images import read_image
    from activities.media.posters import on_paper

    context.progress(0.0, "read")
    given = inputs.optional("image")
    return on_paper(read_image(given.path)) if given else None


def _gathered(
    context: ToolContext, text: str, photo: "np.ndarray | None", params: Params, palette: str
) -> "tuple[Materials, str, str]":
    """Everything to draw with, what the ground is made of, and the engines that were used."""
    from activities.media.palettes import palettes
    from activities.media.posters import Materials

    fonts, emoji = context.engine("fonts"), context.engine("emoji-art")
    context.progress(0.3, "find_art")
    drawings = emoji.find(text, DRAWINGS) if photo is None and params.background != "plain" else []
    materials = Materials(
        texts={"text": text, "author": params.author.strip()},
        palette=palettes()[palette if params.palette == "auto" else params.palette],
        fonts=fonts,
        emoji=emoji,
        fields={"text": "inputs.text", "author": "parameters.author"},
        photo=photo,
        art=drawings,
        font="" if params.font == "auto" else params.font,
    )
    background = "image" if photo is not None else "art" if drawings else "plain"
    return materials, background, f"{fonts.label}; {emoji.search_label if drawings else emoji.label}"


def _described(poster: "Poster") -> dict[str, object]:
    return {"letters": poster.letters, "contrast": poster.contrast}
