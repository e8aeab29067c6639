"""Makes a QR code of a text or link, with colors, shapes and a logo, and hands it out only if scanners read it."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from pydantic_extra_types.color import Color

from models.errors import InvalidInput, wrong

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    from activities.media.qr import Code, Look, Rgba

LEAST_CONTRAST = 3.0
"""Of WCAG 2.2; below it cameras in poor light fail."""
MOST_BYTES = {"l": 2953, "m": 2331, "q": 1663, "h": 1273}
"""That version 40 holds at each level (ISO/IEC 18004, table 7)."""


class Params(ToolParams):
    """Parameters of qr-code-generator."""

    error_level: Literal["m", "l", "q", "h"] = Field(
        "m", description="How much damage it survives: l 7 %, m 15 %, q 25 %, h 30 %; a logo wants h."
    )
    color: Color = Field(Color("black"), description="CSS color of the modules; darker than the background.")
    background_color: Color = Field(Color("white"), description="CSS color behind them; may be transparent.")
    shape: Literal["square", "round", "dots"] = Field("square", description="How modules are drawn.")
    size: int = Field(512, ge=64, le=4096, description="Side of the picture in pixels.")
    margin: int = Field(4, ge=1, le=16, description="Quiet zone in modules; the standard asks for 4.")
    format: Literal["png", "svg"] = Field("png", description="svg is sharp at any size.")


def _price(measures: Measures, params: Params) -> Price:
    return Price((("code", 1),))


def _check(measures: Measures, params: Params) -> None:
    from activities.media.colors import contrast, luminance

    dark, light = (luminance(_solid(each)) for each in (params.color, params.background_color))
    if dark > light or contrast(dark, light) < LEAST_CONTRAST:
        zh = "扫码器需要浅色背景上的深色码点;请选择对比更强的颜色"
        en = "scanners want dark modules on a light background; take colors of more contrast"
        raise InvalidInput(errors=[wrong("parameters.color", zh, en)])
    size = measures["text"][0].size
    level = "h" if measures.get("logo") else params.error_level
    if size > MOST_BYTES[level]:
        raise _too_long(level)


def _too_long(level: str) -> InvalidInput:
    zh = f"纠错级别 {level} 最多容纳 {MOST_BYTES[level]} 字节;请缩短文字或降低 error_level"
    en = f"at most {MOST_BYTES[level]} bytes fit at level {level}; shorten the text or lower error_level"
    return InvalidInput(errors=[wrong("inputs.text", zh, en)])


def _rgba(color: Color) -> "Rgba":
    red, green, blue, *rest = color.as_rgb_tuple(alpha=True)
    return red, green, blue, round(255 * rest[0])


def _solid(color: Color) -> tuple[float, float, float]:
    """On white paper, where a transparent code will lie."""
    red, green, blue, alpha = _rgba(color)
    share = alpha / 255
    return red * share + 255 * (1 - share), green * share + 255 * (1 - share), blue * share + 255 * (1 - share)


@tool(
    id="qr-code-generator",
    version="1.0.0",
    category="image",
    pool=Pool.media,
    title=Text("二维码生成", "QR code"),
    description=Text(
        "把文字或链接做成二维码,可选颜色、形状和中心图标;交付前逐个扫描验证。",
        "Makes a QR code of a text or link, in your colors, shapes and with a logo; each one is read back first.",
    ),
    params=Params,
    inputs=(
        Port("text", (Kind.text,), Text("内容", "Content")),
        Port("logo", (Kind.image,), Text("中心图标", "Logo"), required=False),
    ),
    outputs=(Port("image", (Kind.image,), Text("二维码", "QR code")),),
    price=_price,
    check=_check,
    timeout=120,
    examples=({"shape": "round", "color": "#1d3557"}, {"format": "svg", "error_level": "h"}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """A code of ``text``; ``InvalidInput`` for one that is too long, or that no scanner reads in this look."""
    from activities.media.qr import TooMuch, encode

    text, logo = inputs.texts["text"].strip(), inputs.optional("logo")
    context.progress(0.1, "encode")
    level = "h" if logo else params.error_level
    try:
        code = encode(text, level)
    except TooMuch as error:
        raise _too_long(level) from error
    look = _look(params, logo.path if logo else None)
    return _drawn(context, code, look, params, text)


def _look(params: Params, logo: Any) -> "Look":
    import numpy as np

    from activities.media.images import read_image
    from activities.media.qr import Look

    pixels = None
    if logo is not None:
        picture = read_image(logo)
        alpha = picture.alpha if picture.alpha is not None else np.full(picture.pixels.shape[:2], 255, np.uint8)
        pixels = np.dstack([picture.pixels, alpha])
    return Look(params.shape, _rgba(params.color), _rgba(params.background_color), params.margin, pixels)


def _drawn(context: ToolContext, code: "Code", look: "Look", params: Params, text: str) -> ToolResult:
    from activities.media.images import write_image
    from activities.media.qr import reads_as, to_pixels, to_svg

    context.progress(0.3, "draw")
    svg = to_svg(code, look, params.size)
    pixels = to_pixels(svg, params.size)
    context.progress(0.7, "read_back")
    if reads_as(pixels) != {text}:
        zh = f"这种样式扫不出来;请用大于 {params.size} 的尺寸,或更朴素的颜色"
        en = f"scanners do not read it in this look; take a larger size than {params.size}, or plainer colors"
        raise InvalidInput(errors=[wrong("parameters.size", zh, en)])
    path = context.scratch / f"code.{params.format}"
    if params.format == "svg":
        path.write_text(svg, encoding="utf-8")
    else:
        write_image(path, pixels if look.background[3] < 255 else pixels[:, :, :3].copy(), "png")
    data = {"version": code.version, "error_level": code.level, "modules": code.side, "read_back": True}
    mime = "image/svg+xml" if params.format == "svg" else "image/png"
    context.progress(1.0, "done")
    return ToolResult([Output("image", path, mime, {"width": params.size, "height": params.size})], "segno", data)
