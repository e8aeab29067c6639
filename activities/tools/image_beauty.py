"""Retouches every face of a photograph: even, lighter skin, wider eyes, a narrower jaw. The rest stays as it was."""

from dataclasses import replace

from pydantic import Field

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

MEGAPIXELS_PER_CREDIT = 12


class Params(ToolParams):
    """Parameters of image-beauty."""

    smooth: float = Field(0.5, ge=0, le=1, description="Evens the skin; its fine texture stays.")
    whiten: float = Field(0.3, ge=0, le=1, description="Lights the skin.")
    eyes: float = Field(0.2, ge=0, le=1, description="Widens the eyes.")
    slim: float = Field(0.2, ge=0, le=1, description="Narrows the jaw.")


def _price(measures: Measures, params: Params) -> Price:
    megapixels = measures["image"][0].megapixels
    extra = min(3, int(megapixels / MEGAPIXELS_PER_CREDIT))
    return Price((("beauty", 2), *([(f"{megapixels:.1f} MP", extra)] if extra else [])))


@tool(
    id="image-beauty",
    version="1.0.0",
    category="image",
    pool=Pool.inference,
    title=Text("智能美颜", "Beauty"),
    description=Text(
        "为照片中的每张脸磨皮、美白、大眼、瘦脸,其余部分保持不变。",
        "Evens and lights the skin of every face, widens eyes, narrows jaws, and leaves the rest as it was.",
    ),
    params=Params,
    inputs=(Port("image", (Kind.image,), Text("图片", "Picture")),),
    outputs=(Port("image", (Kind.image,), Text("结果图片", "Result")),),
    price=_price,
    engines=lambda params: ("faces", "face-mesh"),
    timeout=300,
    examples=({"smooth": 0.7, "whiten": 0.5}, {"eyes": 0.0, "slim": 0.0}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Retouch ``image``; one that cannot be decoded raises ``CorruptFile`` or ``UnsupportedType``."""
    from activities.media.beauty import Strengths, retouch
    from activities.media.images import read_image
    from activities.media.saving import save

    source = inputs.one("image")
    context.progress(0.0, "read")
    picture = read_image(source.path)
    context.progress(0.1, "faces")
    detector, mesher = context.engine("faces"), context.engine("face-mesh")
    meshes = [mesher.find(picture.pixels, face.box, face.turn) for face in detector.detect(picture.pixels)]
    found = [mesh for mesh in meshes if mesh is not None]
    picture = replace(picture, pixels=picture.pixels.copy())
    for number, mesh in enumerate(found):
        context.progress(0.4 + 0.5 * number / len(found), "retouch")
        retouch(picture.pixels, mesh, Strengths(params.smooth, params.whiten, params.eyes, params.slim))
    context.progress(0.9, "write")
    made = save(context.scratch, "beauty", picture, "auto", source.mime_type)
    output = Output("image", made.path, made.mime_type, made.sides)
    data = {"found": len(found)}
    return ToolResult([output], f"{detector.label} + {mesher.label}", data, None if found else 1)
