"""Puts a subject before another background: a color, a gradient, its own out of focus, a picture, or nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from pydantic_extra_types.color import Color

from models.errors import InvalidInput, wrong

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    import numpy as np

    from activities.media.backdrops import Backdrop
    from activities.media.images import Picture
    from activities.media.matting import Matte

MEGAPIXELS_PER_CREDIT = 10
ENGINES = {"fast": "cutout-fast", "best": "cutout-best"}


class Params(ToolParams):
    """Parameters of background-replace."""

    mode: Literal["color", "blur", "gradient", "image", "transparent"] = Field(
        "color", description="What stands behind the subject; image takes the input background."
    )
    color: Color = Field(
        Color("white"), description="CSS color of the background, top of the gradient, rim of a contained image."
    )
    to_color: Color = Field(Color("#c8d2dc"), description="CSS color at the bottom of the gradient.")
    blur: float = Field(2.0, ge=0.5, le=10, description="Blur radius in percent of the longer side.")
    fit: Literal["cover", "contain", "stretch"] = Field("cover", description="How the background picture is fitted.")
    shadow: float = Field(0.0, ge=0, le=1, description="Soft shadow under the subject, 0 none to 1 strong.")
    feather: float = Field(0.0, ge=0, le=20, description="Softens the subject's edge, in pixels.")
    quality: Literal["fast", "best"] = Field("fast", description="best sees hair and thin parts and takes longer.")
    format: Literal["png", "jpeg", "webp"] = Field("png", description="Format of the result; jpeg has no transparency.")


def _price(measures: Measures, params: Params) -> Price:
    megapixels = measures["image"][0].megapixels
    lines = [(f"quality {params.quality}", 1 if params.quality == "fast" else 2)]
    extra = min(3, int(megapixels / MEGAPIXELS_PER_CREDIT))
    return Price((*lines, *([(f"{megapixels:.1f} MP", extra)] if extra else [])))


def _check(measures: Measures, params: Params) -> None:
    errors = []
    if params.mode == "image" and not measures.get("background"):
        errors.append(
            wrong("inputs.background", "mode 为 image 时需要背景图片", "mode image wants a background picture")
        )
    if params.mode == "transparent" and params.format == "jpeg":
        zh, en = "jpeg 不支持透明,请选择 png 或 webp", "jpeg has no transparency; take png or webp"
        errors.append(wrong("parameters.format", zh, en))
    if errors:
        raise InvalidInput(errors=errors)


@tool(
    id="background-replace",
    version="1.0.0",
    category="image",
    pool=Pool.inference,
    title=Text("背景替换", "Background replacement"),
    description=Text(
        "自动抠出主体,换成纯色、渐变、虚化、图片或透明背景。",
        "Cuts the subject out and puts a color, a gradient, a blur, a picture or transparency behind it.",
    ),
    params=Params,
    inputs=(
        Port("image", (Kind.image,), Text("图片", "Picture")),
        Port("background", (Kind.image,), Text("背景图片", "Background picture"), required=False),
    ),
    outputs=(Port("image", (Kind.image,), Text("结果图片", "Result")),),
    price=_price,
    check=_check,
    engines=lambda params: (ENGINES[params.quality],),
    timeout=300,
    examples=({"mode": "color", "color": "#f2f2f2", "shadow": 0.5}, {"mode": "blur", "quality": "best"}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Replace the background of ``image``. No subject: the picture stays as it is and costs the least."""
    from activities.media.compositing import compose
    from activities.media.images import read_image
    from activities.media.matting import find_subject

    context.progress(0.0, "read")
    picture = read_image(inputs.one("image").path)
    context.progress(0.1, "load")
    engine = context.engine(ENGINES[params.quality])
    context.progress(0.2, "cut_out")
    matte, label = find_subject(picture, engine)
    if matte is None:
        return _untouched(context, picture, params, label)
    context.progress(0.6, "compose")
    background = inputs.optional("background")
    backdrop = _backdrop(picture, matte, params, background.path if background else None)
    pixels = compose(
        matte,
        backdrop,
        shadow=params.shadow,
        feather=params.feather,
        report=lambda done: context.progress(0.6 + 0.3 * done, "compose"),
    )
    share = round(float(matte.alpha.mean()) / 255, 4)
    return _result(context, picture, pixels, params, label, {"found": 1, "subject_share": share})


def _backdrop(picture: "Picture", matte: "Matte", params: Params, background: Path | None) -> "Backdrop | None":
    """None is transparency."""
    from activities.media.backdrops import Blurred, Gradient, Pasted
    from activities.media.colors import in_profile, opaque, rgb_of
    from activities.media.images import into_profile, read_image

    size = (picture.height, picture.width)
    color, to_color = (in_profile(each, picture.icc) for each in (params.color, params.to_color))
    if params.mode == "transparent":
        return None
    if params.mode == "blur":
        return Blurred(matte, params.blur)
    if params.mode == "image" and background is not None:
        behind = read_image(background)
        pixels = into_profile(opaque(behind, rgb_of(params.color)), behind.icc, picture.icc)
        return Pasted(size, pixels, params.fit, color)
    return Gradient(size, color, to_color if params.mode == "gradient" else color)


def _untouched(context: ToolContext, picture: "Picture", params: Params, label: str) -> ToolResult:
    from activities.media.colors import rgb_of
    from activities.media.saving import layered

    pixels = layered(picture, params.format, rgb_of(params.color))
    return _result(context, picture, pixels, params, label, {"found": 0, "subject_share": 0.0}, credits=1)


def _result(
    context: ToolContext,
    picture: "Picture",
    pixels: "np.ndarray",
    params: Params,
    label: str,
    data: dict[str, Any],
    credits: int | None = None,
) -> ToolResult:
    from activities.media.images import MIME_TYPES, SUFFIXES, write_image

    context.progress(0.92, "write")
    path = context.scratch / f"image{SUFFIXES[params.format]}"
    write_image(path, pixels, params.format, icc=picture.icc, exif=picture.exif)
    details = {"width": picture.width, "height": picture.height, "frames_read": 1, "frames": picture.frames}
    output = Output("image", path, MIME_TYPES[params.format], details)
    context.progress(1.0, "done")
    return ToolResult([output], label, data, credits)
