"""Makes a photograph larger and clearer: two or four times the pixels, noise and darkness taken away."""

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from models.errors import InvalidInput, OutputTooLarge, wrong

from .base import (
    InputFile,
    Inputs,
    Kind,
    Measures,
    Output,
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

    from activities.media.enlarging import Part
    from activities.media.images import Format, Picture

MOST_MEGAPIXELS = 200
MEGAPIXELS_PER_CREDIT = 8
SHARP = "upscale-sharp"


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
    from activities.media.images import MOST_SIDE

    measure = measures["image"][0]
    megapixels = measure.megapixels * params.scale**2
    if megapixels > MOST_MEGAPIXELS:
        raise OutputTooLarge(megapixels=round(megapixels), limit=MOST_MEGAPIXELS)
    longest = params.scale * max(measure.width, measure.height)
    most = MOST_SIDE.get(params.format, longest)
    if longest > most:
        zh = f"{params.format} 每边最多 {most} 像素,输出将有 {longest}"
        en = f"{params.format} holds at most {most} pixels a side; the output would have {longest}"
        raise InvalidInput(errors=[wrong("parameters.format", zh, en)])


def _engines(params: Params) -> tuple[str, ...]:
    light = ("lowlight",) if params.low_light else ()
    clean = (_compact(params),) if params.denoise and params.engine != "quality" else ()
    sharp = () if params.engine == "fast" else (SHARP,)
    return (*light, *_textured(params), *clean, *sharp)


def _textured(params: Params) -> tuple[str, ...]:
    """SPAN, which keeps texture, is needed unless noise alone is to be gone."""
    if params.denoise == 1 and params.engine != "auto":
        return ()
    return (f"upscale-span-{4 if params.engine == 'quality' else params.scale}",)


def _compact(params: Params) -> str:
    return f"upscale-compact-{params.scale}"


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
    """Enlarge ``image``; one that cannot be decoded raises ``CorruptFile`` or ``UnsupportedType``."""
    from activities.media.enlarging import enlarge

    source = inputs.one("image")
    picture, labels = _read(context, source, params)
    mixture = _mixture(context, params)
    labels += [part.network.label for part in mixture]
    pixels = enlarge(picture.pixels, params.scale, mixture, params.sharpen, lambda done: _tell(context, done))
    context.progress(0.95, "write")
    kind, tags = _format(params, source, picture), {"icc": picture.icc, "exif": picture.exif}
    del picture  # its memory is needed: the encoder makes a copy of the result
    output = _write(context, pixels, kind, tags)
    return ToolResult([output], " + ".join(labels), output.metadata | {"scale": params.scale})


def _read(context: ToolContext, source: InputFile, params: Params) -> "tuple[Picture, list[str]]":
    """The picture, opacity as its fourth channel, lit if that is wanted; and the labels of the engines that lit it."""
    from activities.media.images import read_image
    from activities.media.saving import layered

    picture, labels = read_image(source.path), []
    pixels = picture.pixels
    if params.low_light:
        context.progress(0.01, "light")
        engine = context.engine("lowlight")
        labels.append(engine.label)
        pixels = engine.enhance(pixels)
    lit = replace(picture, pixels=pixels)
    return replace(picture, pixels=layered(lit, _format(params, source, picture))), labels


def _tell(context: ToolContext, done: float) -> None:
    context.progress(0.05 + 0.89 * done, "enlarge", f"{done:.0%}")


def _format(params: Params, source: InputFile, picture: "Picture") -> "Format":
    """What was asked for, else the input's own where it can be."""
    from activities.media.saving import chosen

    side = params.scale * max(picture.width, picture.height)
    return chosen(params.format, source.mime_type, side, picture.alpha is not None)


def _write(context: ToolContext, pixels: "np.ndarray", kind: "Format", tags: dict[str, bytes | None]) -> Output:
    from activities.media.images import MIME_TYPES, SUFFIXES, write_image

    path = context.scratch / f"enhanced{SUFFIXES[kind]}"
    write_image(path, pixels, kind, icc=tags["icc"], exif=tags["exif"])
    return Output("image", path, MIME_TYPES[kind], {"width": int(pixels.shape[1]), "height": int(pixels.shape[0])})


def _mixture(context: ToolContext, params: Params) -> "list[Part]":
    """Which networks, and how much of each: texture comes from SPAN, cleanliness from the others."""
    from activities.media.enlarging import Part

    textured = [context.engine(name) for name in _textured(params)]
    quality = params.engine == "quality" or (params.engine == "auto" and textured[0].device == "cuda")
    clean = (1 + params.denoise) / 2 if quality else params.denoise
    parts = [Part(network, 1 - clean) for network in textured if clean < 1]
    if clean:
        parts.append(Part(context.engine(SHARP if quality else _compact(params)), clean))
    return parts
