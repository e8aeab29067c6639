"""Puts a subject before another background: a color, a gradient, its own out of focus, a picture, or nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from pydantic_extra_types.color import Color

from models.errors import InvalidInput

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
        errors.append({"path": "inputs.background", "message": "mode image wants a background picture"})
    if params.mode == "transparent" and params.format == "jpeg":
        errors.append({"path": "parameters.format", "message": "jpeg has no transparency; take png or webp"})
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
    from activities.media.images import read_image

    context.progress(0.0, "read")
    picture = read_image(inputs.one("image").path)
    context.progress(0.1, "load")
    engine = context.engine(ENGINES[params.quality])
    context.progress(0.2, "cut_out")
    matte, label = _matte(picture, engine)
    if matte is None:
        return _untouched(context, picture, params, label)
    context.progress(0.6, "compose")
    background = inputs.optional("background")
    backdrop = _backdrop(picture, matte, params, background.path if background else None)
    pixels = _compose(context, matte, backdrop, params)
    share = round(float(matte.alpha.mean()) / 255, 4)
    return _result(context, picture, pixels, params, label, {"found": 1, "subject_share": share})


def _matte(picture: "Picture", engine: Any) -> "tuple[Matte | None, str]":
    """The subject and what found it: a picture that is cut out already keeps its own shape."""
    from activities.media.matting import cut_out, with_alpha

    if picture.alpha is not None and picture.alpha.any() and float((picture.alpha == 0).mean()) > 0.01:
        return with_alpha(picture.pixels, picture.alpha), "alpha channel"
    return cut_out(picture.pixels, engine), engine.label


def _backdrop(picture: "Picture", matte: "Matte", params: Params, background: Path | None) -> "Backdrop | None":
    """None is transparency."""
    from activities.media.backdrops import Blurred, Gradient, Pasted
    from activities.media.images import into_profile, read_image

    size = (picture.height, picture.width)
    color, to_color = (_in_profile(each, picture.icc) for each in (params.color, params.to_color))
    if params.mode == "transparent":
        return None
    if params.mode == "blur":
        return Blurred(matte, params.blur)
    if params.mode == "image" and background is not None:
        behind = read_image(background)
        pixels = into_profile(_opaque(behind, params.color), behind.icc, picture.icc)
        return Pasted(size, pixels, params.fit, color)
    return Gradient(size, color, to_color if params.mode == "gradient" else color)


def _in_profile(color: Color, icc: bytes | None) -> tuple[int, int, int]:
    import numpy as np

    from activities.media.images import into_profile

    red, green, blue = into_profile(np.array([[_rgb(color)]], np.uint8), None, icc)[0, 0].tolist()
    return red, green, blue


def _rgb(color: Color) -> tuple[int, int, int]:
    red, green, blue = color.as_rgb_tuple(alpha=False)[:3]
    return red, green, blue


def _opaque(picture: "Picture", color: Color) -> "np.ndarray":
    """The picture on ``color`` where it is transparent."""
    import numpy as np

    if picture.alpha is None:
        return picture.pixels
    alpha = picture.alpha[:, :, None].astype(np.float32) / 255
    return np.round(picture.pixels * alpha + np.array(_rgb(color), np.float32) * (1 - alpha)).astype(np.uint8)


def _compose(context: ToolContext, matte: "Matte", backdrop: "Backdrop | None", params: Params) -> "np.ndarray":
    """uint8 RGB, or RGBA without a backdrop."""
    import cv2
    import numpy as np

    from activities.media.backdrops import contact_shadow
    from activities.media.matting import bands, enlarge

    height, width = matte.alpha.shape
    alpha = cv2.GaussianBlur(matte.alpha, (0, 0), params.feather) if params.feather else matte.alpha
    shadow = contact_shadow(matte.alpha, params.shadow) if params.shadow else None
    pixels = np.empty((height, width, 4 if backdrop is None else 3), np.uint8)
    for top, bottom in bands(height):
        cover = alpha[top:bottom, :, None].astype(np.float32) / 255
        dark = 0.0 if shadow is None else enlarge(shadow, (height, width), top, bottom)[:, :, None]
        subject = matte.subject(top, bottom)
        if backdrop is None:
            rows = _transparent(subject, cover, dark)
        else:
            rows = cover * subject + (1 - cover) * (1 - dark) * backdrop.rows(top, bottom)
        pixels[top:bottom] = np.clip(np.round(rows), 0, 255)
        context.progress(0.6 + 0.3 * bottom / height, "compose")
    return pixels


def _transparent(subject: "np.ndarray", cover: "np.ndarray", dark: "np.ndarray | float") -> "np.ndarray":
    """RGBA (not premultiplied) of the subject over a black shadow."""
    import numpy as np

    total = cover + (1 - cover) * dark
    colors = np.where(total > 0, subject * cover / np.maximum(total, 1e-6), 0)
    return np.dstack([colors, 255 * total])


def _untouched(context: ToolContext, picture: "Picture", params: Params, label: str) -> ToolResult:
    import numpy as np

    pixels = picture.pixels
    if picture.alpha is not None:
        pixels = _opaque(picture, params.color) if params.format == "jpeg" else np.dstack([pixels, picture.alpha])
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
