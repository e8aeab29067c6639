"""Makes posters, stickers, banners and covers of a text: its first line is the title, the next the subtitle."""

from dataclasses import replace
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

    from activities.media.posters import Materials
    from activities.media.templates import Template

MOST_CHARACTERS = 400
MOST_SIZES = 6
DRAWINGS = 3
OWN_SIZE = {"poster": "3:4", "sticker": "1:1", "banner": "wechat-cover", "cover": "3:4"}
FIRST = {"poster": "sale", "sticker": "bubble", "banner": "split", "cover": "marker"}


class Params(ToolParams):
    """Parameters of material-creation."""

    kind: Literal["poster", "sticker", "banner", "cover"] = Field(
        "poster", description="What is made; a sticker has a white rim and nothing around it."
    )
    template: Literal[
        "auto",
        "sale",
        "swiss",
        "arch",
        "guochao",
        "scene",
        "bubble",
        "word",
        "seal",
        "split",
        "wave",
        "neon",
        "marker",
        "loud",
        "magazine",
    ] = Field(
        "auto",
        description="poster: sale, swiss, arch, guochao, scene; sticker: bubble, word, seal; "
        "banner: split, wave, neon; cover: marker, loud, magazine.",
    )
    sizes: list[Literal["auto", "3:4", "1:1", "9:16", "4:3", "16:9", "wechat-cover", "a4"]] = Field(
        ["auto"],
        min_length=1,
        max_length=MOST_SIZES,
        description="One picture each. auto: 3:4 (1242x1660) for posters and covers, 1:1 (1080x1080) for stickers, "
        "wechat-cover (900x383) for banners.",
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
    ] = Field("auto", description="Colors; auto: those of the image, or without one those of the template.")
    background: Literal["auto", "art"] = Field(
        "auto",
        description="Without an image. auto: a checkpoint paints where one is set (never on stickers), else art; art: "
        "drawings that fit the meaning.",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another seed lets a checkpoint paint in another way.")
    format: Literal["auto", "jpeg", "png", "webp"] = Field("auto", description="auto: png for stickers, else jpeg.")


def _price(measures: Measures, params: Params) -> Price:
    painting = [(PAINTING, 4)] if _painted(params) and not measures.get("image") else []
    return Price((("design", 2), (f"{len(params.sizes)} sizes", (len(params.sizes) - 1) // 2), *painting))


def _check(measures: Measures, params: Params) -> None:
    from activities.media.templates import templates

    if measures["text"][0].characters > MOST_CHARACTERS:
        zh = f"最多 {MOST_CHARACTERS} 个字符才看得清;请缩短文字"
        en = f"at most {MOST_CHARACTERS} characters can be read; shorten the text"
        raise InvalidInput(errors=[wrong("inputs.text", zh, en)])
    if params.template != "auto" and (own := templates("material")[params.template].kind) != params.kind:
        zh = f"模板 {params.template} 属于 {own};请换模板或把 kind 改为 {own}"
        en = f"the template {params.template} is a {own}; take another one or set kind to {own}"
        raise InvalidInput(errors=[wrong("parameters.template", zh, en)])


def _paints(given: frozenset[str], params: Params) -> Paints:
    return "may" if _painted(params) and "image" not in given else "never"


def _painted(params: Params) -> bool:
    """Whether a checkpoint may paint; what stands on a sticker is drawn."""
    return params.background == "auto" and params.kind != "sticker"


@tool(
    id="material-creation",
    version="1.1.0",
    category="image",
    pool=Pool.inference,
    title=Text("素材制作", "Posters and stickers"),
    description=Text(
        "输入文字(首行标题、次行副标题、其余正文),一键生成海报、贴纸、横幅或封面,一次可出多种尺寸。",
        "Posters, stickers, banners and covers of a text: first line title, next subtitle, rest body; in many sizes.",
    ),
    params=Params,
    inputs=(
        Port("text", (Kind.text,), Text("文字", "Words")),
        Port("image", (Kind.image,), Text("配图", "Picture in it"), required=False),
    ),
    outputs=(Port("images", (Kind.image,), Text("素材", "Pictures"), many=True),),
    price=_price,
    check=_check,
    paints=_paints,
    engines=lambda params: ("fonts", "emoji-art"),
    timeout=180,
    examples=({"kind": "poster", "template": "guochao"}, {"kind": "cover", "sizes": ["3:4", "wechat-cover"]}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """One picture a size; ``InvalidInput`` if the text cannot be read at it, or has characters of no font."""
    from activities.media.templates import templates

    context.progress(0.0, "read")
    photo, ground = _photo(context, inputs, params)
    name = params.template if params.template != "auto" else FIRST[params.kind]
    template = templates("material")[name]
    context.progress(0.1, "load")
    materials, engine = _gathered(context, inputs.texts["text"], photo, template, params)
    context.progress(0.2, "draw")
    outputs = [_made(context, template, materials, params, number) for number in range(len(params.sizes))]
    if ground == "checkpoint" and context.painter is not None:
        engine = f"{context.painter.label}; {engine}"
        outputs = [replace(output, generated=True) for output in outputs]
    context.progress(1.0, "done")
    return ToolResult(outputs, engine, {"template": name, "background": ground, "sizes": len(outputs)})


def _photo(context: ToolContext, inputs: Inputs, params: Params) -> "tuple[np.ndarray | None, str]":
    """The photograph to show, uint8 RGB, and where it is from: "image", "checkpoint", or "art", which is none."""
    from activities.media.images import read_image
    from activities.media.posters import on_paper
    from activities.media.templates import PRESETS

    given = inputs.optional("image")
    if given is not None:
        return on_paper(read_image(given.path)), "image"
    if context.painter is None or not _painted(params):
        return None, "art"
    scene = behind(inputs.texts["text"], *PRESETS[_size(params, 0)], params.seed)
    return context.painter.paint(scene, lambda done: context.progress(0.1 * done, "paint")), "checkpoint"


def _size(params: Params, number: int) -> str:
    """Name of the size of picture ``number``."""
    return OWN_SIZE[params.kind] if params.sizes[number] == "auto" else params.sizes[number]


def _gathered(
    context: ToolContext, text: str, photo: "np.ndarray | None", template: "Template", params: Params
) -> "tuple[Materials, str]":
    from activities.media.colors import luminance
    from activities.media.palettes import palette_of, palettes
    from activities.media.posters import Materials

    fonts, emoji = context.engine("fonts"), context.engine("emoji-art")
    colors = palettes()[template.palette if params.palette == "auto" else params.palette]
    if photo is not None and params.palette == "auto":
        colors = palette_of(photo, dark=luminance(colors["ground"]) < luminance(colors["ink"]))
    materials = Materials(
        texts=_parts(text),
        palette=colors,
        fonts=fonts,
        emoji=emoji,
        photo=photo,
        art=emoji.find(text, DRAWINGS) if photo is None else [],
    )
    return materials, f"{fonts.label}; {emoji.search_label if photo is None else emoji.label}"


def _parts(text: str) -> dict[str, str]:
    """The first line that is not empty, the next one, and all others as they are."""
    lines = text.strip().splitlines()
    rest = "\n".join(lines[1:]).strip().splitlines()
    return {"title": lines[0].strip(), "subtitle": rest[0].strip() if rest else "", "body": "\n".join(rest[1:]).strip()}


def _made(context: ToolContext, template: "Template", materials: "Materials", params: Params, number: int) -> Output:
    from activities.media.posters import as_picture, draw
    from activities.media.saving import save
    from activities.media.templates import PRESETS

    size = _size(params, number)
    start, share = 0.2 + 0.75 * number / len(params.sizes), 0.75 / len(params.sizes)
    poster = draw(template, *PRESETS[size], materials, lambda done: context.progress(start + share * done, "draw"))
    wanted = params.format if params.format != "auto" else "png" if template.cut else "jpeg"
    saved = save(context.scratch, f"{params.kind}-{number + 1}", as_picture(poster), wanted)
    details = {"size": size, "letters": poster.letters, "contrast": poster.contrast}
    return Output("images", saved.path, saved.mime_type, saved.sides | details)
