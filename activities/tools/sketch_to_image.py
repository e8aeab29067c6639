"""Draws a photograph in pencil, in ink or as a cartoon. From words it wants a checkpoint, and says so."""

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from activities.painting.scene import Painter, Scene
from models.errors import CheckpointNeeded, InvalidInput, OutputTooLarge, wrong

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

    from activities.media.images import Picture

MOST_MEGAPIXELS = 50
MEGAPIXELS_PER_CREDIT = 12
MOST_CHARACTERS = 2000
PAINTED_PIXELS = 1_500_000
"""Larger pictures are painted at this size: no checkpoint paints more detail than that."""
SIDES = {"square": (1024, 1024), "portrait": (832, 1216), "landscape": (1216, 832)}
WORDS = {
    "pencil": "graphite pencil sketch on white paper, {}, fine shading, monochrome",
    "ink": "black ink drawing on white paper, {}, clean lines, hatching, monochrome",
    "cartoon": "cartoon illustration, {}, bold outlines, flat bright colors",
}
UNWANTED = "photograph, blurry, text, watermark, frame"


class Params(ToolParams):
    """Parameters of sketch-to-image."""

    medium: Literal["pencil", "ink", "cartoon"] = Field("pencil", description="What it is drawn with.")
    weight: float = Field(1.0, ge=0.3, le=2, description="How heavy the lines are.")
    shape: Literal["square", "portrait", "landscape"] = Field(
        "square", description="Shape of what is drawn from words."
    )
    freedom: float = Field(0.6, ge=0.1, le=1, description="How far words may lead away from a picture that is given.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another seed draws the words in another way.")
    format: Literal["auto", "png", "jpeg", "webp"] = Field("auto", description="auto: as the input.")


def _price(measures: Measures, params: Params) -> Price:
    megapixels = measures["image"][0].megapixels if measures.get("image") else 0.0
    extra = min(3, int(megapixels / MEGAPIXELS_PER_CREDIT))
    painting = [(PAINTING, 4)] if measures.get("text") else []
    return Price((("drawing", 2), *([(f"{megapixels:.1f} MP", extra)] if extra else []), *painting))


def _check(measures: Measures, params: Params) -> None:
    if not measures.get("image") and not measures.get("text"):
        raise InvalidInput(errors=[wrong("inputs", "请给出图片或文字", "a picture or words are wanted")])
    if measures.get("text") and measures["text"][0].characters > MOST_CHARACTERS:
        zh, en = f"最多 {MOST_CHARACTERS} 个字符", f"at most {MOST_CHARACTERS} characters are wanted"
        raise InvalidInput(errors=[wrong("inputs.text", zh, en)])
    megapixels = measures["image"][0].megapixels if measures.get("image") else 0.0
    if megapixels > MOST_MEGAPIXELS:
        raise OutputTooLarge(megapixels=round(megapixels), limit=MOST_MEGAPIXELS)


def _paints(given: frozenset[str], params: Params) -> Paints:
    if "text" not in given:
        return "never"
    return "may" if "image" in given else "must"


@tool(
    id="sketch-to-image",
    version="1.1.0",
    category="image",
    pool=Pool.inference,
    title=Text("快速手绘草图", "Sketch"),
    description=Text(
        "把照片画成铅笔素描、钢笔画或卡通;设置了生成模型时也可以按文字作画。",
        "Draws a photograph in pencil, in ink or as a cartoon; from words, too, where a checkpoint is set.",
    ),
    params=Params,
    inputs=(
        Port("image", (Kind.image,), Text("图片", "Picture"), required=False),
        Port("text", (Kind.text,), Text("描述", "Words"), required=False),
    ),
    outputs=(Port("image", (Kind.image,), Text("结果图片", "Result")),),
    price=_price,
    check=_check,
    paints=_paints,
    engines=lambda params: ("lines",),
    timeout=600,
    examples=({"medium": "ink"}, {"medium": "cartoon", "weight": 1.3}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Draw ``image`` or ``text``; what cannot be decoded raises ``CorruptFile`` or ``UnsupportedType``."""
    source, words = inputs.optional("image"), inputs.texts.get("text", "")
    if source is None:
        if context.painter is None:
            raise CheckpointNeeded(port="image")
        return _from_words(context, context.painter, words, params)

    from activities.media.images import read_image

    context.progress(0.0, "read")
    picture = read_image(source.path, MOST_MEGAPIXELS * 1_000_000)
    drawn, lines, label = _drawn(context, picture, params)
    if context.painter is not None and words:
        return _by_both(context, context.painter, (drawn, lines), words, params, source.mime_type)
    data = {"drawn_by": _by_lines(words), "text_used": False}
    return _result(context, drawn, params, source.mime_type, label, data)


def _by_lines(words: str) -> str:
    return "lines and tone of the picture" + ("; no checkpoint is set" if words else "")


def _drawn(context: ToolContext, picture: "Picture", params: Params) -> "tuple[Picture, np.ndarray, str]":
    """The drawing, the lines that were found (float32 0..1, H x W), and what found them."""
    import cv2

    from activities.media.colors import WHITE, opaque
    from activities.media.drawing import DRAWN

    pixels = opaque(picture, WHITE)
    context.progress(0.1, "load")
    engine = context.engine("lines")
    context.progress(0.2, "lines")
    lines = cv2.resize(engine.find(pixels), (picture.width, picture.height), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    context.progress(0.5, "draw")
    drawn = DRAWN[params.medium](pixels, lines, params.weight)
    return replace(picture, pixels=drawn, alpha=None), lines, engine.label


def _from_words(context: ToolContext, painter: Painter, words: str, params: Params) -> ToolResult:
    from activities.media.images import Picture

    width, height = SIDES[params.shape]
    scene = Scene(WORDS[params.medium].format(words), width, height, UNWANTED, params.seed)
    context.progress(0.05, "paint")
    painted = painter.paint(scene, lambda share: context.progress(0.1 + 0.8 * share, "paint"))
    data = {"drawn_by": painter.label, "text_used": True}
    return _result(context, Picture(painted), params, "", painter.label, data, generated=True)


def _by_both(
    context: ToolContext,
    painter: Painter,
    drawing: "tuple[Picture, np.ndarray]",
    words: str,
    params: Params,
    like: str,
) -> ToolResult:
    """The drawing of the picture, painted over after the words, along its lines where the checkpoint follows them."""
    import cv2
    import numpy as np

    drawn, lines = drawing
    shrink = min(1.0, (PAINTED_PIXELS / (drawn.width * drawn.height)) ** 0.5)
    width, height = max(1, round(drawn.width * shrink)), max(1, round(drawn.height * shrink))
    small = cv2.resize(drawn.pixels, (width, height), interpolation=cv2.INTER_AREA)
    guide = cv2.resize(np.rint(lines * 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_AREA)
    scene = Scene(
        WORDS[params.medium].format(words),
        width,
        height,
        UNWANTED,
        params.seed,
        image=small,
        strength=params.freedom,
        guide=np.dstack([guide] * 3),
    )
    painted = painter.paint(scene, lambda share: context.progress(0.6 + 0.3 * share, "paint"))
    data = {"drawn_by": painter.label, "text_used": True}
    return _result(context, replace(drawn, pixels=painted), params, like, painter.label, data, generated=True)


def _result(
    context: ToolContext,
    picture: "Picture",
    params: Params,
    like: str,
    label: str,
    data: dict[str, object],
    generated: bool = False,
) -> ToolResult:
    from activities.media.saving import save

    context.progress(0.95, "write")
    made = save(context.scratch, "drawn", picture, params.format, like)
    return ToolResult([Output("image", made.path, made.mime_type, made.sides, generated)], label, data)
