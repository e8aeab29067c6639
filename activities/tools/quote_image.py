"""Sets a sentence as a picture to be shared: in a template, on a photograph or on drawings that fit its meaning.

Without a photograph a checkpoint paints one where one is set.
"""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from activities.painting.grounds import behind
from models.errors import InvalidInput, wrong

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
        "auto",
        description="Without an image. auto: a checkpoint paints where one is set, else art; art: drawings that fit "
        "the meaning; plain: colors alone.",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another seed lets a checkpoint paint in another way.")
    format: Literal["jpeg", "png", "webp"] = Field("jpeg", description="Format of the result.")


def _price(measures: Measures, params: Params) -> Price:
    painting = params.background == "auto" and not measures.get("image")
    return Price((("picture", 2), *([(PAINTING, 4)] if painting else [])))


def _paints(given: frozenset[str], params: Params) -> Paints:
    return "may" if params.background == "auto" and "image" not in given else "never"


def _check(measures: Measures, params: Params) -> None:
    if measures["text"][0].characters > MOST_CHARACTERS:
        zh = f"一张图最多放 {MOST_CHARACTERS} 个字符才看得清;请缩短文字"
        en = f"at most {MOST_CHARACTERS} characters can be read on one picture; shorten the text"
        raise InvalidInput(errors=[wrong("inputs.text", zh, en)])


@tool(
    id="quote-image",
    version="1.1.0",
    category="image",
    pool=Pool.inference,
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
    paints=_paints,
    engines=lambda params: ("fonts", "emoji-art"),
    timeout=120,
    examples=(
        {"template": "paper", "author": "苏轼"},
        {"template": "bold", "size": "wechat-cover", "palette": "night"},
    ),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """A picture of ``text``; ``InvalidInput`` if it cannot be read at this size, or has characters of no font."""
    from activities.media.posters import as_picture, draw
    from activities.media.saving import save
    from activities.media.templates import PRESETS, templates

    text = inputs.texts["text"].strip()
    photo, ground = _photo(context, inputs, text, params)
    name = params.template if params.template != "auto" else _chosen(text, photo is not None)
    template = templates("quote")[name]
    context.progress(0.2, "load")
    materials, engine = _gathered(context, text, photo, params, template.palette)
    poster = draw(template, *PRESETS[params.size], materials, lambda done: context.progress(0.4 + 0.5 * done, "draw"))
    saved = save(context.scratch, "quote", as_picture(poster), params.format)
    context.progress(1.0, "done")
    painted = ground == "checkpoint"
    if painted and context.painter is not None:
        engine = f"{context.painter.label}; {engine}"
    output = Output("image", saved.path, saved.mime_type, saved.sides | _described(poster), generated=painted)
    background = ground or ("art" if materials.art else "plain")
    return ToolResult([output], engine, {"template": name, "background": background, "contrast": poster.contrast})


def _chosen(text: str, photo: bool) -> str:
    if photo:
        return "photo"
    return "window" if len(text) <= SHORT else "card" if len(text) <= MIDDLING else "paper"


def _photo(context: ToolContext, inputs: Inputs, text: str, params: Params) -> "tuple[np.ndarray | None, str]":
    """The photograph to stand behind the words, uint8 RGB, and where it is from: "image", "checkpoint" or nowhere."""
    from activities.media.images import read_image
    from activities.media.posters import on_paper
    from activities.media.templates import PRESETS

    context.progress(0.0, "read")
    given = inputs.optional("image")
    if given is not None:
        return on_paper(read_image(given.path)), "image"
    if context.painter is None or params.background != "auto":
        return None, ""
    scene = behind(text, *PRESETS[params.size], params.seed)
    return context.painter.paint(scene, lambda done: context.progress(0.2 * done, "paint")), "checkpoint"


def _gathered(
    context: ToolContext, text: str, photo: "np.ndarray | None", params: Params, palette: str
) -> "tuple[Materials, str]":
    """Everything to draw with, and the engines that were used."""
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
    return materials, f"{fonts.label}; {emoji.search_label if drawings else emoji.label}"


def _described(poster: "Poster") -> dict[str, object]:
    return {"letters": poster.letters, "contrast": poster.contrast}
