"""Makes a shop's pictures of a product's photograph: cut out, well lit, centered, in the sizes that shops want."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field
from pydantic_extra_types.color import Color

from models.errors import InvalidInput, wrong

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    import numpy as np

    from activities.media.framing import Frame
    from activities.media.images import Picture
    from activities.media.lighting import Light

PRESETS = {
    "800": (800, 800),
    "1:1": (1600, 1600),
    "3:4": (1200, 1600),
    "4:3": (1600, 1200),
    "marketplace": (2000, 2000),
}
MARKETPLACE_FILL = 0.85
SIZES_PER_CREDIT = 3
MOST_SIZES = 12
Own = Annotated[str, Field(pattern=r"^[1-9]\d{1,3}x[1-9]\d{1,3}$")]


class Params(ToolParams):
    """Parameters of product-image."""

    sizes: list[Literal["800", "1:1", "3:4", "4:3", "marketplace"] | Own] = Field(
        ["800"],
        min_length=1,
        max_length=MOST_SIZES,
        description="800 is 800x800; the ratios have 1600 pixels on the longer side; marketplace is 2000x2000, 85 % "
        "filled; or your own as 1080x1920.",
    )
    background: Color = Field(Color("white"), description="CSS color of the background; transparent wants png or webp.")
    margin: float = Field(
        7.5, ge=0, le=40, description="Free rim on each side in percent of the frame; marketplace has its own."
    )
    shadow: float = Field(0.25, ge=0, le=1, description="Soft shadow under the product, 0 none to 1 strong.")
    white_balance: bool = Field(True, description="Take a yellow or blue cast of the light away.")
    exposure: bool = Field(True, description="Brighten a photograph that is too dark.")
    quality: Literal["fast", "best"] = Field("fast", description="best sees hair and thin parts and takes longer.")
    format: Literal["jpeg", "png", "webp"] = Field("jpeg", description="Format of the results.")

    @property
    def transparent(self) -> bool:
        return len(self.background.as_rgb_tuple()) == 4


def _price(measures: Measures, params: Params) -> Price:
    sizes = -(-len(params.sizes) // SIZES_PER_CREDIT)
    return Price(
        ((f"quality {params.quality}", 1 if params.quality == "fast" else 2), (f"{len(params.sizes)} sizes", sizes))
    )


def _check(measures: Measures, params: Params) -> None:
    if params.transparent and params.format == "jpeg":
        zh = "jpeg 不支持透明,请选择 png、webp 或纯色背景"
        en = "jpeg has no transparency; take png or webp, or a solid background"
        raise InvalidInput(errors=[wrong("parameters.format", zh, en)])


@tool(
    id="product-image",
    version="1.0.0",
    category="image",
    pool=Pool.inference,
    title=Text("产品图处理", "Product picture"),
    description=Text(
        "把产品照片抠出、校正白平衡和曝光、居中,按各平台尺寸出图。",
        "Cuts a product out, corrects light and color, centers it and makes pictures in the sizes that shops want.",
    ),
    params=Params,
    inputs=(Port("image", (Kind.image,), Text("产品照片", "Photograph of the product")),),
    outputs=(Port("images", (Kind.image,), Text("产品图", "Product pictures"), many=True),),
    price=_price,
    check=_check,
    engines=lambda params: (f"cutout-{params.quality}",),
    timeout=300,
    examples=({"sizes": ["800", "marketplace"]}, {"sizes": ["3:4"], "background": "#f4f1ec", "shadow": 0.5}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Make one picture a size of ``image``. No product: the photograph stays as it is and costs the least."""
    import cv2

    from activities.media.images import read_image
    from activities.media.lighting import look
    from activities.media.matting import find_subject, freed, subject_box

    context.progress(0.0, "read")
    picture = read_image(inputs.one("image").path)
    context.progress(0.1, "load")
    engine = context.engine(f"cutout-{params.quality}")
    context.progress(0.2, "cut_out")
    matte, label = find_subject(picture, engine)
    if matte is None:
        return _untouched(context, picture, params, label)
    context.progress(0.5, "light")
    light = look(picture.pixels, matte.alpha, white_balance=params.white_balance, exposure=params.exposure)
    cutout = freed(matte, subject_box(matte.alpha))
    del matte
    cutout[:, :, :3] = cv2.LUT(cutout[:, :, :3], light.table[None])
    outputs = [_made(context, picture, cutout, params, number) for number in range(len(params.sizes))]
    context.progress(1.0, "done")
    return ToolResult(outputs, label, {"found": 1, "sizes": len(outputs), "light": _described(light)})


def _frame(size: str, params: Params) -> "Frame":
    from activities.media.framing import Frame

    width, height = PRESETS[size] if size in PRESETS else (int(side) for side in size.split("x"))
    fill = MARKETPLACE_FILL if size == "marketplace" else 1 - params.margin / 50
    return Frame(size, width, height, fill)


def _made(context: ToolContext, picture: "Picture", cutout: "np.ndarray", params: Params, number: int) -> Output:
    """One picture: the cut-out in its frame, written."""
    from activities.media.backdrops import Gradient
    from activities.media.colors import in_profile
    from activities.media.compositing import compose
    from activities.media.framing import place

    frame = _frame(params.sizes[number], params)
    placed = place(cutout, frame)
    color = in_profile(params.background, picture.icc)
    backdrop = None if params.transparent else Gradient((frame.height, frame.width), color, color)
    start, part = 0.55 + 0.45 * number / len(params.sizes), 0.4 / len(params.sizes)
    pixels = compose(
        placed, backdrop, shadow=params.shadow, report=lambda done: context.progress(start + part * done, "compose")
    )
    details = {"size": frame.name, "enlarged": round(placed.enlarged, 2)}
    return _written(context, pixels, picture, params, number, details)


def _written(
    context: ToolContext,
    pixels: "np.ndarray",
    picture: "Picture",
    params: Params,
    number: int,
    details: dict[str, Any],
) -> Output:
    from activities.media.images import MIME_TYPES, SUFFIXES, write_image

    path = context.scratch / f"product-{number + 1}{SUFFIXES[params.format]}"
    write_image(path, pixels, params.format, icc=picture.icc, exif=picture.exif)
    sides = {"width": int(pixels.shape[1]), "height": int(pixels.shape[0])}
    return Output("images", path, MIME_TYPES[params.format], sides | details)


def _untouched(context: ToolContext, picture: "Picture", params: Params, label: str) -> ToolResult:
    from activities.media.colors import rgb_of
    from activities.media.saving import layered

    pixels = layered(picture, params.format, rgb_of(params.background))
    output = _written(context, pixels, picture, params, 0, {"size": "original", "enlarged": 1.0})
    context.progress(1.0, "done")
    return ToolResult([output], label, {"found": 0, "sizes": 0}, credits=1)


def _described(light: "Light") -> dict[str, Any]:
    return {"gains": light.gains, "exposure": light.exposure, "cause": light.cause}
