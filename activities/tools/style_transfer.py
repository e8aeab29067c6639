"""Repaints a photograph in the manner of one of 26 paintings, or of any picture that is given."""

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    import numpy as np

Style = Literal[
    "starry_night", "crayon", "brush_ink", "soft_ink", "stained_glass", "poster", "expressionist", "coral", "primary",
    "watercolor", "shards", "sepia", "engraving", "impressionist", "neon", "mist", "cubist", "swirl", "weave",
    "woodcut", "ember", "pop_art", "comic", "oil", "great_wave", "tapestry",
]  # fmt: skip
NUMBERS = {
    "crayon": 0, "brush_ink": 1, "soft_ink": 2, "stained_glass": 3, "poster": 4, "expressionist": 5, "coral": 6,
    "primary": 7, "watercolor": 8, "shards": 9, "sepia": 10, "engraving": 11, "impressionist": 12, "neon": 13,
    "mist": 14, "cubist": 15, "swirl": 16, "weave": 17, "woodcut": 18, "starry_night": 19, "ember": 20, "pop_art": 21,
    "comic": 22, "oil": 23, "great_wave": 24, "tapestry": 25,
}  # fmt: skip
"""The network's own numbers; it came without names, and these say what is seen."""

WORKING_PIXELS = {"style-paintings": 2_000_000, "style-free": 1_000_000}
"""Larger pictures are painted at this size and enlarged: strokes would be too fine to see, and memory too small."""
SMALLEST = 64
DETAIL = 0.5
"""Share of the photograph's finest detail that an enlarged painting gets back."""
MEGAPIXELS_PER_CREDIT = 12


class Params(ToolParams):
    """Parameters of style-transfer."""

    style: Style = Field("starry_night", description="The manner; the input style takes its place.")
    strength: float = Field(1.0, ge=0, le=1, description="0 keeps the photograph, 1 is all painting.")
    keep_color: bool = Field(False, description="Keep the photograph's own colors; only strokes and light change.")
    format: Literal["auto", "png", "jpeg", "webp"] = Field(
        "auto", description="auto: as the input, PNG if transparent."
    )


def _price(measures: Measures, params: Params) -> Price:
    megapixels = measures["image"][0].megapixels
    lines = [("style", 1 if not measures.get("style") else 2)]
    extra = min(3, int(megapixels / MEGAPIXELS_PER_CREDIT))
    return Price((*lines, *([(f"{megapixels:.1f} MP", extra)] if extra else [])))


@tool(
    id="style-transfer",
    version="1.0.0",
    category="image",
    pool=Pool.inference,
    title=Text("风格迁移", "Style transfer"),
    description=Text(
        "把照片画成星夜、浮世绘、水彩等 26 种风格,或任意一张参考图的风格。",
        "Paints a photograph as a starry night, a great wave, a watercolor and 23 more, or after a picture of yours.",
    ),
    params=Params,
    inputs=(
        Port("image", (Kind.image,), Text("图片", "Picture")),
        Port("style", (Kind.image,), Text("风格图片", "Style picture"), required=False),
    ),
    outputs=(Port("image", (Kind.image,), Text("结果图片", "Result")),),
    price=_price,
    engines=lambda params: ("style-paintings", "style-free"),
    timeout=300,
    examples=({"style": "great_wave"}, {"style": "oil", "strength": 0.8, "keep_color": True}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Paint ``image``; one that cannot be decoded raises ``CorruptFile`` or ``UnsupportedType``."""
    from activities.media.images import read_image
    from activities.media.saving import save

    context.progress(0.0, "read")
    source = inputs.one("image")
    picture, model = read_image(source.path), inputs.optional("style")
    name = "style-free" if model else "style-paintings"
    context.progress(0.1, "load")
    engine = context.engine(name)
    context.progress(0.2, "paint")
    small = _working_copy(picture.pixels, WORKING_PIXELS[name])
    manner = read_image(model.path).pixels if model else NUMBERS[params.style]
    painted = engine.paint(small, manner)
    context.progress(0.7, "blend")
    pixels = _blended(picture.pixels, painted, params)
    context.progress(0.9, "write")
    label = f"{engine.label}: {params.style}" if model is None else engine.label
    made = save(context.scratch, "painted", replace(picture, pixels=pixels), params.format, source.mime_type)
    return ToolResult([Output("image", made.path, made.mime_type, made.sides)], label)


def _working_copy(rgb: "np.ndarray", most: int) -> "np.ndarray":
    """At most ``most`` pixels, and no side under SMALLEST, which the networks would not take."""
    import cv2
    import numpy as np

    height, width = rgb.shape[:2]
    factor = min(1.0, (most / (height * width)) ** 0.5)
    size = (max(SMALLEST, round(width * factor)), max(SMALLEST, round(height * factor)))
    small: np.ndarray = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    return small


def _blended(rgb: "np.ndarray", painted: "np.ndarray", params: Params) -> "np.ndarray":
    """At the photograph's size, in bands: enlarged if need be, mixed with it, in its colors if that is wanted."""
    import cv2
    import numpy as np

    from activities.media.resizing import bands, enlarge

    height, width = rgb.shape[:2]
    result = np.empty_like(rgb)
    wash = painted.astype(np.float32)
    fine = DETAIL if painted.shape[0] * painted.shape[1] < height * width else 0.0
    sigma = max(1.0, height / painted.shape[0])
    for top, bottom in bands(height):
        rows = enlarge(wash, (height, width), top, bottom)
        photograph = rgb[top:bottom].astype(np.float32)
        if fine:
            above, below = max(0, top - 16), min(height, bottom + 16)
            blurred = cv2.GaussianBlur(rgb[above:below], (0, 0), sigma)[top - above : bottom - above]
            rows = rows + fine * (photograph - blurred)
        rows = np.clip(rows, 0, 255)
        if params.keep_color:
            rows = _recolored(rows, rgb[top:bottom])
        result[top:bottom] = np.rint(params.strength * rows + (1 - params.strength) * photograph)
    return result


def _recolored(painted: "np.ndarray", photograph: "np.ndarray") -> "np.ndarray":
    """The painting's light in the photograph's colors (the luma and chroma of ITU-R BT.601), float32."""
    import cv2
    import numpy as np

    light = cv2.cvtColor(painted.astype(np.uint8), cv2.COLOR_RGB2YCrCb)
    color = cv2.cvtColor(photograph, cv2.COLOR_RGB2YCrCb)
    color[:, :, 0] = light[:, :, 0]
    result: np.ndarray = cv2.cvtColor(color, cv2.COLOR_YCrCb2RGB).astype(np.float32)
    return result
