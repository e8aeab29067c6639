"""Cuts the subject out of a picture: a transparent PNG, and the mask by itself."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    import numpy as np

    from activities.media.images import Picture

MEGAPIXELS_PER_CREDIT = 10
STEEPNESS = 6
"""How much steeper a hard edge is than the soft one: about one pixel wide where the soft one is six."""
MOST_SHIFT = 10


class Params(ToolParams):
    """Parameters of ai-background-removal."""

    quality: Literal["fast", "best"] = Field("fast", description="best sees hair and thin parts and takes longer.")
    edge: Literal["soft", "hard"] = Field(
        "soft", description="soft keeps hair and blur half transparent; hard is cut as with scissors, for stickers."
    )
    shift: int = Field(
        0, ge=-MOST_SHIFT, le=MOST_SHIFT, description="Moves the edge: pixels outwards, or inwards if negative."
    )
    crop_to_subject: bool = Field(False, description="Crop the results to the subject.")


def _price(measures: Measures, params: Params) -> Price:
    megapixels = measures["image"][0].megapixels
    lines = [(f"quality {params.quality}", 1 if params.quality == "fast" else 2)]
    extra = min(3, int(megapixels / MEGAPIXELS_PER_CREDIT))
    return Price((*lines, *([(f"{megapixels:.1f} MP", extra)] if extra else [])))


@tool(
    id="ai-background-removal",
    version="1.0.0",
    category="image",
    pool=Pool.inference,
    title=Text("AI智能抠图", "Background removal"),
    description=Text(
        "自动抠出主体,得到透明背景的 PNG 和单独的蒙版。",
        "Cuts the subject out: a PNG with a transparent background, and its mask.",
    ),
    params=Params,
    inputs=(Port("image", (Kind.image,), Text("图片", "Picture")),),
    outputs=(
        Port("image", (Kind.image,), Text("抠图结果", "Cut-out")),
        Port("mask", (Kind.image,), Text("蒙版", "Mask")),
    ),
    price=_price,
    engines=lambda params: (f"cutout-{params.quality}",),
    timeout=300,
    examples=({"quality": "best"}, {"edge": "hard", "crop_to_subject": True}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Cut the subject out of ``image``. No subject: the picture stays, the mask is black, and it costs the least."""
    from dataclasses import replace

    from activities.media.images import read_image
    from activities.media.matting import find_subject, freed, subject_box

    context.progress(0.0, "read")
    picture = read_image(inputs.one("image").path)
    context.progress(0.1, "load")
    engine = context.engine(f"cutout-{params.quality}")
    context.progress(0.2, "cut_out")
    matte, label = find_subject(picture, engine)
    if matte is None:
        return _untouched(context, picture, label)
    context.progress(0.6, "free_colors")
    matte = replace(matte, alpha=_edged(matte.alpha, params))
    whole = (0, 0, picture.width, picture.height)
    box = subject_box(matte.alpha) if params.crop_to_subject else whole
    pixels = freed(matte, box)
    pixels[pixels[:, :, 3] == 0] = 0
    share = round(float(matte.alpha.mean()) / 255, 4)
    return _result(context, picture, pixels, pixels[:, :, 3], label, {"found": 1, "subject_share": share, "box": box})


def _edged(alpha: "np.ndarray", params: Params) -> "np.ndarray":
    """Alpha (uint8) with its edge moved and cut as the parameters say."""
    import cv2
    import numpy as np

    if params.shift:
        reach = abs(params.shift)
        window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
        alpha = cv2.dilate(alpha, window) if params.shift > 0 else cv2.erode(alpha, window)
    if params.edge == "hard":
        steep = np.clip((np.arange(256) - 127.5) * STEEPNESS + 127.5, 0, 255).astype(np.uint8)
        alpha = cv2.LUT(cv2.GaussianBlur(alpha, (0, 0), 1), steep)
    return alpha


def _untouched(context: ToolContext, picture: "Picture", label: str) -> ToolResult:
    import numpy as np

    from activities.media.saving import layered

    pixels = layered(picture, "png")
    nothing = np.zeros((picture.height, picture.width), np.uint8)
    box = (0, 0, picture.width, picture.height)
    data = {"found": 0, "subject_share": 0.0, "box": box}
    return _result(context, picture, pixels, nothing, label, data, credits=1)


def _result(
    context: ToolContext,
    picture: "Picture",
    pixels: "np.ndarray",
    mask: "np.ndarray",
    label: str,
    data: dict[str, Any],
    credits: int | None = None,
) -> ToolResult:
    from activities.media.images import write_image

    context.progress(0.85, "write")
    image_path, mask_path = context.scratch / "image.png", context.scratch / "mask.png"
    write_image(image_path, pixels, "png", icc=picture.icc, exif=picture.exif)
    write_image(mask_path, mask, "png")
    left, top, right, bottom = data["box"]
    data |= {"box": [left, top, right - left, bottom - top]}
    details = {"width": right - left, "height": bottom - top, "frames_read": 1, "frames": picture.frames}
    context.progress(1.0, "done")
    outputs = [Output("image", image_path, "image/png", details), Output("mask", mask_path, "image/png", details)]
    return ToolResult(outputs, label, data, credits)
