"""Draws what ``typesetting`` has put in place: letters in one color or two, an outline, a soft shadow, color emoji."""

import io
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from .colors import Rgb
from .typesetting import EMOJI_TOP, Block

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

EMOJI_SIDE = 1.06
"""Of a color emoji, in em."""


@dataclass(frozen=True)
class Ink:
    """Colors are RGB, 0..255; widths and distances in em, so that they grow with the letters.

    ``fade``: the color at the foot of the block, if it is to run from ``color`` to another. ``outline`` is drawn around
    the letters (``Style.outline`` keeps room for it). ``shadow`` is 0..1, thrown ``drop`` em to the right and down.
    """

    color: Rgb
    fade: Rgb | None = None
    opacity: float = 1.0
    outline: float = 0.0
    outline_color: Rgb = (255, 255, 255)
    shadow: float = 0.0
    shadow_color: Rgb = (0, 0, 0)
    drop: tuple[float, float] = (0.0, 0.04)
    blur: float = 0.08


def paint(pixels: "np.ndarray", block: Block, left: float, top: float, ink: Ink) -> None:
    """Draw ``block`` into ``pixels`` (uint8, H x W x 3 or 4), its box's corner at ``left, top``; in place."""
    import numpy as np
    from PIL import Image

    layer, at = _layer(block, left, top, ink)
    x, y = at
    rows = slice(max(0, y), min(pixels.shape[0], y + layer.height))
    columns = slice(max(0, x), min(pixels.shape[1], x + layer.width))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    cut = layer.crop((columns.start - x, rows.start - y, columns.stop - x, rows.stop - y))
    under = Image.fromarray(np.ascontiguousarray(pixels[rows, columns])).convert("RGBA")
    under.alpha_composite(cut)
    pixels[rows, columns] = np.asarray(under)[:, :, : pixels.shape[2]]


def overlay(block: Block, width: int, height: int, ink: Ink) -> "np.ndarray":
    """The block on nothing: uint8 RGBA (not premultiplied) of the box's size; a shadow beyond the box is cut off."""
    import numpy as np
    from PIL import Image

    layer, (x, y) = _layer(block, 0.0, 0.0, ink)
    whole = Image.new("RGBA", (width, height), (*ink.color, 0))
    whole.paste(layer, (x, y))
    return np.asarray(whole).copy()


def coverage(block: Block, width: int, height: int, left: float = 0.0, top: float = 0.0) -> "np.ndarray":
    """Where letters are: uint8, height x width, 255 inside them; without emoji, outline and shadow."""
    import numpy as np
    from PIL import Image

    mask, (x, y) = _mask(block, left, top, 0.0)
    whole = Image.new("L", (width, height))
    whole.paste(mask, (x, y))
    return np.asarray(whole)


def surroundings(block: Block, left: float, top: float, reach: float) -> "tuple[np.ndarray, int, int]":
    """Letters grown by ``reach`` pixels, which is the ground that they are read on: uint8, and its column and row."""
    import numpy as np

    mask, (x, y) = _mask(block, left, top, reach)
    return np.asarray(mask), x, y


def _layer(block: Block, left: float, top: float, ink: Ink) -> "tuple[Image.Image, tuple[int, int]]":
    """Shadow, outline and letters on nothing, cropped to what is drawn, and where that begins."""
    from PIL import Image, ImageFilter

    stroke = ink.outline * block.size
    spread = (3 * ink.blur + max(map(abs, ink.drop))) * block.size if ink.shadow else 0.0
    letters, at = _mask(block, left, top, 0.0, stroke + spread)
    around = _mask(block, left, top, stroke, spread)[0] if stroke else letters
    layer = Image.new("RGBA", letters.size, (*ink.color, 0))
    if ink.shadow:
        fallen = Image.new("L", letters.size)
        fallen.paste(around, (round(ink.drop[0] * block.size), round(ink.drop[1] * block.size)))
        soft = fallen.filter(ImageFilter.GaussianBlur(ink.blur * block.size))
        layer.alpha_composite(_filled(ink.shadow_color, soft.point(lambda value: round(value * ink.shadow))))
    if stroke:
        layer.alpha_composite(_filled(ink.outline_color, around))
    fill = _filled(ink.color, letters) if ink.fade is None else _faded(ink.color, ink.fade, letters)
    layer.alpha_composite(fill)
    for each in block.glyphs:
        if each.svg is not None:
            side = round(EMOJI_SIDE * block.size)
            x = round(each.x + left + 0.03 * block.size) - at[0]
            y = round(each.y + top - EMOJI_TOP * block.size) - at[1]
            layer.alpha_composite(drawn(each.svg, side), (max(0, x), max(0, y)))
    if ink.opacity < 1:
        layer.putalpha(layer.getchannel("A").point(lambda value: round(value * ink.opacity)))
    return layer, at


def _mask(
    block: Block, left: float, top: float, stroke: float, room: float = 0.0
) -> "tuple[Image.Image, tuple[int, int]]":
    """Coverage of the letters, grown by ``stroke``, with ``room`` pixels around the ink."""
    from PIL import Image, ImageDraw

    margin = math.ceil(stroke + room) + 2
    x0, y0 = math.floor(block.ink[0] + left) - margin, math.floor(block.ink[1] + top) - margin
    x1, y1 = math.ceil(block.ink[2] + left) + margin, math.ceil(block.ink[3] + top) + margin
    mask = Image.new("L", (max(1, x1 - x0), max(1, y1 - y0)))
    draw = ImageDraw.Draw(mask)
    for each in block.glyphs:
        if each.face is not None:
            place = (each.x + left - x0, each.y + top - y0)
            font = each.face.at(block.size)
            draw.text(place, each.text, fill=255, font=font, anchor="ls", stroke_width=stroke)
    return mask, (x0, y0)


def _filled(color: Rgb, mask: "Image.Image") -> "Image.Image":
    from PIL import Image

    filled = Image.new("RGBA", mask.size, color)
    filled.putalpha(mask)
    return filled


def _faded(color: Rgb, foot: Rgb, mask: "Image.Image") -> "Image.Image":
    from PIL import Image

    run = Image.linear_gradient("L").resize(mask.size)
    faded = Image.composite(Image.new("RGB", mask.size, foot), Image.new("RGB", mask.size, color), run)
    faded.putalpha(mask)
    return faded


@lru_cache(64)
def drawn(svg: str, side: int) -> "Image.Image":
    """An SVG as RGBA, ``side`` pixels square."""
    import resvg_py
    from PIL import Image

    with Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side)))) as image:
        return image.convert("RGBA")
