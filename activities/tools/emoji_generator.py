"""Makes stickers, memes and emoji of words and a picture: still or moving, with captions that always fit."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from activities.painting.scene import Scene
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

MOST_CHARACTERS = 200
SHORT = 14
"""Characters up to which the words themselves are a sticker's caption."""
MOST_COUNT = 8
MOST_CREDITS = 5
SIDES = {"small": 240, "large": 512}
MEME_SIDE = 960
WANTED = "{}, cute cartoon sticker, one subject, full body, thick outlines, flat bright colors, plain white background"
UNWANTED = "text, letters, watermark, frame, photograph, cropped, several subjects"
GLOWS = (
    ((255, 241, 196), (255, 190, 92)), ((214, 240, 255), (92, 160, 240)), ((255, 224, 236), (240, 120, 164)),
    ((222, 248, 222), (110, 196, 140)), ((236, 226, 255), (150, 120, 230)),
)  # fmt: skip


class Params(ToolParams):
    """Parameters of emoji-generator."""

    kind: Literal["sticker", "meme", "emoji"] = Field(
        "sticker",
        description="sticker: a subject with an outline and a caption; meme: a picture with words above and below; "
        "emoji: a drawing alone.",
    )
    caption: str | None = Field(
        None, max_length=80, description="Words on it; none given: the text itself if it is short; empty: no words."
    )
    animate: Literal["none", "bounce", "shake", "swing", "pulse", "spin", "float", "jelly"] = Field(
        "none", description="How it moves, in an endless loop; a meme stands still."
    )
    count: int = Field(1, ge=1, le=MOST_COUNT, description="How many, each another drawing or in other colors.")
    size: Literal["auto", "small", "large"] = Field(
        "auto", description="small 240 px, as messengers take moving stickers; large 512 px; auto: by whether it moves."
    )
    font: Literal["zcool-kuaile", "sans-black", "zcool-huangyou", "ma-shan-zheng", "bebas-neue"] = Field(
        "zcool-kuaile", description="Font of the caption."
    )
    cutout: Literal["fast", "best"] = Field("fast", description="How a picture's subject is cut out.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another seed begins with other colors and drawings.")
    format: Literal["auto", "png", "webp", "gif"] = Field(
        "auto", description="auto: gif where it moves, else png. Moving pictures are gif or webp."
    )


@dataclass(frozen=True)
class _Subject:
    """What is shown: uint8 RGBA, not premultiplied; and who made it."""

    pixels: "np.ndarray"
    engine: str
    generated: bool = False


def _price(measures: Measures, params: Params) -> Price:
    painting = params.kind == "sticker" and not measures.get("image")
    return Price((("first", 2), *([("more", min(MOST_CREDITS - 2, params.count - 1))] if params.count > 1 else []),
                  *([(PAINTING, 4)] if painting else [])))  # fmt: skip


def _paints(given: frozenset[str], params: Params) -> Paints:
    return "may" if params.kind == "sticker" and "image" not in given else "never"


def _check(measures: Measures, params: Params) -> None:
    if measures["text"][0].characters > MOST_CHARACTERS:
        zh, en = f"最多 {MOST_CHARACTERS} 个字符", f"at most {MOST_CHARACTERS} characters are wanted"
        raise InvalidInput(errors=[wrong("inputs.text", zh, en)])
    if params.animate != "none" and params.format == "png":
        zh, en = "动图格式应为 gif 或 webp", "moving pictures are gif or webp"
        raise InvalidInput(errors=[wrong("parameters.format", zh, en)])
    if params.kind == "meme" and (params.animate != "none" or params.format == "gif"):
        zh, en = "梗图不支持动画,请用 sticker 或 emoji", "a meme stands still; use sticker or emoji"
        raise InvalidInput(errors=[wrong("parameters.animate", zh, en)])


@tool(
    id="emoji-generator",
    version="1.0.0",
    category="text",
    pool=Pool.inference,
    title=Text("表情包生成", "Stickers and memes"),
    description=Text(
        "用一句话或一张照片做表情包:自动抠图描边、按意思配图、文字不溢出,可做动图(微信 240 像素、500 KB 以内)。",
        "Stickers, memes and emoji of words or a photo: cut out, outlined, captioned, moving if you like.",
    ),
    params=Params,
    inputs=(
        Port("text", (Kind.text,), Text("文字", "Words")),
        Port("image", (Kind.image,), Text("图片", "Picture"), required=False),
    ),
    outputs=(Port("images", (Kind.image,), Text("表情", "Stickers"), many=True),),
    price=_price,
    check=_check,
    paints=_paints,
    engines=lambda params: ("fonts", "emoji-art", *([f"cutout-{params.cutout}"] if params.kind == "sticker" else [])),
    timeout=300,
    examples=({"animate": "bounce"}, {"kind": "meme"}, {"kind": "emoji", "count": 4}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """``count`` pictures; ``InvalidInput`` for words that cannot be read on them, or have characters of no font."""
    text = inputs.texts["text"].strip()
    caption = _caption(text, params)
    context.progress(0.0, "read")
    if params.kind == "meme":
        return _memes(context, inputs, text, caption, params)
    subjects = _subjects(context, inputs, text, params)
    outputs = []
    for number in range(params.count):
        context.progress(0.5 + 0.5 * number / params.count, "draw", f"{number + 1}/{params.count}")
        outputs.append(_drawn(context, subjects[number % len(subjects)], caption, number, params))
    context.progress(1.0, "done")
    engines = "; ".join(
        dict.fromkeys([each.engine for each in subjects] + ([context.engine("fonts").label] if caption else []))
    )
    return ToolResult(outputs, engines, {"caption": caption, "drawings": len(subjects)})


def _caption(text: str, params: Params) -> str:
    if params.caption is not None:
        return params.caption.strip()
    if params.kind == "emoji":
        return ""
    return text if params.kind == "meme" or len(text) <= SHORT else ""


def _subjects(context: ToolContext, inputs: Inputs, text: str, params: Params) -> list[_Subject]:
    """The picture's subject, or what a checkpoint paints, or drawings that fit the words: at least one."""
    from activities.media.images import read_image

    given = inputs.optional("image")
    if given is not None and params.kind == "sticker":
        return [_cut_out(context, read_image(given.path), params)]
    if given is not None:
        return [_whole(read_image(given.path))]
    if context.painter is not None and params.kind == "sticker":
        return [_painted(context, text, params.seed + number, params) for number in range(params.count)]
    art = context.engine("emoji-art")
    context.progress(0.2, "find_art")
    return [_art(svg, art.search_label) for svg in _drawings(art, text, params)]


def _drawings(art: Any, text: str, params: Params) -> list[str]:
    """SVGs of what the text says: an emoji that means the phrase first, then by nearness; a seed leaves some out."""
    from activities.media.stickers import said

    emoji = said(text)
    spoken = art.svg(emoji) if emoji else None
    skipped = params.seed % 8
    found = art.find(text, params.count + skipped)
    several: list[str] = [*([spoken] if spoken else []), *(each for each in found if each != spoken)]
    return several[skipped:][: params.count] or several[:1]


def _art(svg: str, engine: str) -> _Subject:
    import numpy as np

    from activities.media.typesetting_ink import drawn

    return _Subject(np.asarray(drawn(svg, SIDES["large"])), engine)


def _whole(picture: Any) -> _Subject:
    from activities.media.colors import WHITE, opaque
    from activities.media.stickers import rounded

    return _Subject(rounded(opaque(picture, WHITE), SIDES["large"]), "")


def _cut_out(context: ToolContext, picture: Any, params: Params) -> _Subject:
    """The subject of a picture in its own colors; the picture with round corners where there is none."""
    from activities.media.matting import find_subject, freed

    context.progress(0.1, "load")
    engine = context.engine(f"cutout-{params.cutout}")
    context.progress(0.2, "cut_out")
    matte, label = find_subject(picture, engine)
    if matte is None:
        return replace(_whole(picture), engine=label)
    return _Subject(freed(matte, (0, 0, picture.width, picture.height)), label)


def _painted(context: ToolContext, text: str, seed: int, params: Params) -> _Subject:
    from activities.media.images import Picture

    assert context.painter is not None
    scene = Scene(WANTED.format(text), 768, 768, UNWANTED, seed)
    pixels = context.painter.paint(scene, lambda done: context.progress(0.05 + 0.4 * done, "paint"))
    subject = _cut_out(context, Picture(pixels), params)
    return _Subject(subject.pixels, f"{context.painter.label}; {subject.engine}", generated=True)


def _drawn(context: ToolContext, subject: _Subject, caption: str, number: int, params: Params) -> Output:
    from activities.media.images import write_image
    from activities.media.moving import frames, write_gif, write_webp
    from activities.media.stickers import LOOKS, alone, sticker, together

    moves = params.animate != "none"
    side = SIDES["small" if params.size == "small" or (params.size == "auto" and moves) else "large"]
    look = LOOKS[(params.seed + number) % len(LOOKS)]
    if params.kind == "emoji" and not caption:
        body, words = alone(subject.pixels, side), None
    else:
        fonts, art = context.engine("fonts"), context.engine("emoji-art")
        body, words = sticker(subject.pixels, side, look, caption, fonts, art, params.font)
    kind = ("gif" if moves else "png") if params.format == "auto" else params.format
    path = context.scratch / f"sticker-{number + 1}.{kind}"
    if kind != "png" and (moves or kind == "gif"):
        pictures = frames(body, words, params.animate) if params.animate != "none" else [together(body, words)]
        if kind == "gif":
            write_gif(path, pictures, look.outline)
        else:
            write_webp(path, pictures)
    else:
        write_image(path, together(body, words), "webp" if kind == "webp" else "png")
    return Output("images", path, f"image/{kind}", {"width": side, "height": side}, generated=subject.generated)


def _memes(context: ToolContext, inputs: Inputs, text: str, caption: str, params: Params) -> ToolResult:
    from activities.media.images import write_image
    from activities.media.stickers import meme

    fonts, art = context.engine("fonts"), context.engine("emoji-art")
    top, _, bottom = caption.partition("\n") if "\n" in caption else ("", "", caption)
    outputs, engine = [], fonts.label
    for number, ground in enumerate(_grounds(context, inputs, text, params)):
        context.progress(0.3 + 0.7 * number / params.count, "draw")
        made = meme(ground, top.strip(), bottom.strip(), fonts, art, params.font)
        kind = "webp" if params.format == "webp" else "png"
        path = context.scratch / f"meme-{number + 1}.{kind}"
        write_image(path, made, "webp" if kind == "webp" else "png")
        outputs.append(Output("images", path, f"image/{kind}", {"width": made.shape[1], "height": made.shape[0]}))
    if inputs.optional("image") is None:
        engine = f"{art.search_label}; {engine}"
    context.progress(1.0, "done")
    return ToolResult(outputs, engine, {"caption": caption, "drawings": len(outputs)})


def _grounds(context: ToolContext, inputs: Inputs, text: str, params: Params) -> "list[np.ndarray]":
    """What the words of memes stand on, uint8 RGB: the picture, or drawings on a glow."""
    import cv2
    import numpy as np
    from PIL import Image

    from activities.media.colors import WHITE, opaque
    from activities.media.images import read_image
    from activities.media.stickers import ground
    from activities.media.typesetting_ink import drawn

    given = inputs.optional("image")
    if given is not None:
        pixels = opaque(read_image(given.path), WHITE)
        factor = MEME_SIDE / max(pixels.shape[:2])
        size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        return [np.asarray(cv2.resize(pixels, size, interpolation=way))] * params.count
    found = _drawings(context.engine("emoji-art"), text, params)
    made = []
    for number in range(params.count):
        glow = Image.fromarray(ground(MEME_SIDE, GLOWS[(params.seed + number) % len(GLOWS)]))
        art = drawn(found[number % len(found)], MEME_SIDE // 2)
        glow.paste(art, ((MEME_SIDE - art.width) // 2, (MEME_SIDE - art.height) // 2 - MEME_SIDE // 20), art)
        made.append(np.asarray(glow))
    return made
