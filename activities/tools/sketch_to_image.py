"""Draws a photograph in pencil, in ink or as a cartoon. From words alone it wants a checkpoint, and says so."""

from dataclasses import replace
from typing import Literal

from pydantic import Field

from models.errors import CheckpointNeeded, InvalidInput, OutputTooLarge

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

MOST_MEGAPIXELS = 50
MEGAPIXELS_PER_CREDIT = 12


class Params(ToolParams):
    """Parameters of sketch-to-image."""

    medium: Literal["pencil", "ink", "cartoon"] = Field("pencil", description="What it is drawn with.")
    weight: float = Field(1.0, ge=0.3, le=2, description="How heavy the lines are.")
    format: Literal["auto", "png", "jpeg", "webp"] = Field("auto", description="auto: as the input.")


def _price(measures: Measures, params: Params) -> Price:
    megapixels = measures["image"][0].megapixels if measures.get("image") else 0.0
    extra = min(3, int(megapixels / MEGAPIXELS_PER_CREDIT))
    return Price((("drawing", 2), *([(f"{megapixels:.1f} MP", extra)] if extra else [])))


def _check(measures: Measures, params: Params) -> None:
    if not measures.get("image") and not measures.get("text"):
        raise InvalidInput(errors=[{"path": "inputs", "message": "a picture is wanted"}])
    if not measures.get("image"):
        raise CheckpointNeeded(port="image")
    megapixels = measures["image"][0].megapixels
    if megapixels > MOST_MEGAPIXELS:
        raise OutputTooLarge(megapixels=round(megapixels), limit=MOST_MEGAPIXELS)


@tool(
    id="sketch-to-image",
    version="1.0.0",
    category="image",
    pool=Pool.inference,
    title=Text("快速手绘草图", "Sketch"),
    description=Text(
        "把照片画成铅笔素描、钢笔画或卡通。",
        "Draws a photograph in pencil, in ink or as a cartoon.",
    ),
    params=Params,
    inputs=(
        Port("image", (Kind.image,), Text("图片", "Picture"), required=False),
        Port("text", (Kind.text,), Text("描述", "Words"), required=False),
    ),
    outputs=(Port("image", (Kind.image,), Text("结果图片", "Result")),),
    price=_price,
    check=_check,
    engines=lambda params: ("lines",),
    timeout=600,
    examples=({"medium": "ink"}, {"medium": "cartoon", "weight": 1.3}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Draw ``image``; one that cannot be decoded raises ``CorruptFile`` or ``UnsupportedType``."""
    import cv2

    from activities.media.colors import WHITE, opaque
    from activities.media.drawing import DRAWN
    from activities.media.images import read_image
    from activities.media.saving import save

    source = inputs.optional("image")
    if source is None:
        raise CheckpointNeeded(port="image")
    context.progress(0.0, "read")
    picture = read_image(source.path, MOST_MEGAPIXELS * 1_000_000)
    pixels = opaque(picture, WHITE)
    context.progress(0.1, "load")
    engine = context.engine("lines")
    context.progress(0.2, "lines")
    lines = cv2.resize(engine.find(pixels), (picture.width, picture.height), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    context.progress(0.7, "draw")
    drawn = DRAWN[params.medium](pixels, lines, params.weight)
    context.progress(0.9, "write")
    data = {"drawn_by": "lines and tone of the picture; no checkpoint is set", "text_used": False}
    result = replace(picture, pixels=drawn, alpha=None)
    made = save(context.scratch, "drawn", result, params.format, source.mime_type)
    return ToolResult([Output("image", made.path, made.mime_type, made.sides)], engine.label, data)
