"""Makes a photograph larger and clearer: two or four times the pixels, noise and darkness taken away."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from models.errors import InvalidInput, OutputTooLarge

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    from PIL import Image

    from activities.media.enlarging import Part

MOST_MEGAPIXELS = 200
MEGAPIXELS_PER_CREDIT = 8
LONGEST_SIDE = {"jpeg": 65_535, "webp": 16_383, "png": 1_000_000, "auto": 1_000_000}
COMPACT, SHARP = "upscale-compact", "upscale-sharp"


class Params(ToolParams):
    """Parameters of image-enhance."""

    scale: Literal[2, 4] = Field(2, description="How many times as wide and as high.")
    denoise: float = Field(
        0.3, ge=0, le=1, description="0 keeps grain and texture, 1 cleans noise and JPEG marks away."
    )
    low_light: bool = Field(False, description="Light a dark picture first.")
    sharpen: float = Field(0, ge=0, le=1, description="Extra sharpness.")
    engine: Literal["auto", "fast", "quality"] = Field(
        "auto", description="quality is sharpest and takes minutes without a GPU; auto takes it where there is a GPU."
    )
    format: Literal["auto", "png", "jpeg", "webp"] = Field(
        "auto", description="auto: as the input, PNG if transparent."
    )


def _price(measures: Measures, params: Params) -> Price:
    megapixels = measures["image"][0].megapixels * params.scale**2
    units = max(1, -(-int(megapixels * 1000) // (MEGAPIXELS_PER_CREDIT * 1000)))
    lines = [(f"{megapixels:.1f} MP", units)]
    if params.engine == "quality":
        lines.append(("quality", 2 * units))
    if params.low_light:
        lines.append(("low_light", 1))
    return Price(tuple(lines))


def _check(measures: Measures, params: Params) -> None:
    measure = measures["image"][0]
    megapixels = measure.megapixels * params.scale**2
    if megapixels > MOST_MEGAPIXELS:
        raise OutputTooLarge(megapixels=round(megapixels), limit=MOST_MEGAPIXELS)
    longest = params.scale * max(measure.width, measure.height)
    if longest > LONGEST_SIDE[params.format]:
        message = f"{params.format} holds at most {LONGEST_SIDE[params.format]} pixels a side; this has {longest}"
        raise InvalidInput(errors=[{"path": "params.format", "message": message}])


def _engines(params: Params) -> tuple[str, ...]:
    light = ("lowlight",) if params.low_light else ()
    clean = (COMPACT,) if params.denoise and params.engine != "quality" else ()
    sharp = () if params.engine == "fast" else (SHARP,)
    return (*light, *_textured(params), *clean, *sharp)


def _textured(params: Params) -> tuple[str, ...]:
    """SPAN, which keeps texture, is needed unless noise alone is to be gone."""
    if params.denoise == 1 and params.engine != "auto":
        return ()
    return (f"upscale-span-{4 if params.engine == 'quality' else params.scale}",)


@tool(
    id="image-enhance",
    version="1.0.0",
    category="image",
    pool=Pool.inference,
    title=Text("图片变高清", "Image enhance"),
    description=Text(
        "把图片放大 2 倍或 4 倍,去噪、提亮、锐化,保留透明背景。",
        "Makes a picture two or four times as large and clearer: noise removed, dark parts lit, transparency kept.",
    ),
    params=Params,
    inputs=(Port("image", (Kind.image,), Text("图片", "Image")),),
    outputs=(Port("image", (Kind.image,), Text("高清图片", "Enhanced image")),),
    price=_price,
    check=_check,
    engines=_engines,
    timeout=3600,
    examples=({"scale": 2}, {"scale": 4, "denoise": 1.0}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Enlarge ``image``; an undecodable one raises ``CorruptFile`` or ``UnsupportedType``."""
    raise NotImplementedError
