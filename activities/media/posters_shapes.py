"""Pieces of SVG that posters are drawn of, and how a drawing becomes pixels."""

import io
from typing import TYPE_CHECKING

from .templates import Art

if TYPE_CHECKING:
    from PIL import Image

ART_SIDE = 32
"""Units of the drawings of emoji."""


def rendered(body: str, units: tuple[float, float], size: tuple[int, int]) -> "Image.Image":
    """SVG elements in a drawing of ``units``, as RGBA of ``size`` pixels."""
    import resvg_py
    from PIL import Image

    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{size[0]}" '
        f'height="{size[1]}" viewBox="0 0 {units[0]:.4f} {units[1]:.4f}" preserveAspectRatio="none">{body}</svg>'
    )
    with Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg)))) as image:
        return image.convert("RGBA")


def piece(where: Art, svg: str, width: float, height: float) -> str:
    """Art in its box, as large as fits, in the middle."""
    x, y, wide, high = where.box[0] * width, where.box[1] * height, where.box[2] * width, where.box[3] * height
    side = min(wide, high)
    left, top = x + (wide - side) / 2, y + (high - side) / 2
    turn = f"rotate({where.turn} {left + side / 2:.2f} {top + side / 2:.2f})"
    inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    place = f'x="{left:.2f}" y="{top:.2f}" width="{side:.2f}" height="{side:.2f}"'
    drawn = f'<svg {place} viewBox="0 0 {ART_SIDE} {ART_SIDE}">{inner}</svg>'
    return f'<g transform="{turn}" opacity="{where.opacity}">{drawn}</g>'


def outline(shape: str, x: float, y: float, width: float, height: float, radius: float) -> str:
    if shape == "ellipse":
        return (
            f'<ellipse cx="{x + width / 2:.2f}" cy="{y + height / 2:.2f}" rx="{width / 2:.2f}" ry="{height / 2:.2f}"/>'
        )
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" rx="{radius:.2f}"/>'
