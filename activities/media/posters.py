"""Draws a template: ground, photograph, drawings, product, texts. Every text fits its place and can be read on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .colors import WHITE, opaque
from .images import Picture, into_profile
from .palettes import Palette
from .posters_canvas import Canvas
from .posters_reading import contrast_of, guard
from .posters_text import Placed, set_stack
from .templates import Layout, Template
from .typesetting_pieces import Emoji, Fonts

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Materials:
    """What a poster is made of besides its template.

    ``texts`` by slot; ``fields``: the input that each comes from, for errors; ``photo``: uint8 RGB; ``subject``: uint8
    RGBA, cropped to what it shows; ``art``: SVGs that fit the meaning; ``font``: the user's choice or empty.
    """

    texts: Mapping[str, str]
    palette: Palette
    fonts: Fonts
    emoji: Emoji | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    photo: "np.ndarray | None" = None
    subject: "np.ndarray | None" = None
    art: Sequence[str] = ()
    font: str = ""


@dataclass(frozen=True)
class Poster:
    """``pixels``: uint8 RGB, RGBA for a sticker; ``contrast``: the least of its texts; ``letters``: pixels by slot."""

    pixels: "np.ndarray"
    contrast: float
    letters: dict[str, int]


def draw(template: Template, width: int, height: int, materials: Materials, report: Callable[[float], None]) -> Poster:
    """``template`` at ``width`` x ``height`` pixels; ``InvalidInput`` if a text does not fit or has unknown characters.

    Texts are set first, since they may be refused. ``report`` hears the share done.
    """
    layout = template.layout(width, height)
    unit = min(width, height) / 1000
    texts = [set_stack(stack, width, height, unit, materials) for stack in layout.stacks]
    report(0.3)
    canvas = Canvas(width, height, unit, materials.palette, clear=bool(template.cut))
    _lay_ground(canvas, template, layout, materials)
    report(0.6)
    behind = [placed for stack, placed in zip(layout.stacks, texts, strict=True) if stack.behind]
    before = [placed for stack, placed in zip(layout.stacks, texts, strict=True) if not stack.behind]
    letters: dict[str, int] = {}
    least = _write(canvas, behind, letters, guarded=template.photo != "windows" and materials.photo is not None)
    if layout.subject is not None and materials.subject is not None:
        canvas.stand(materials.subject, layout.subject)
    report(0.8)
    least = min(least, _write(canvas, before, letters, guarded=True))
    if template.cut:
        canvas.cut_out(template.cut)
    report(1.0)
    return Poster(canvas.result(), round(float(least), 2), letters)


def _lay_ground(canvas: Canvas, template: Template, layout: Layout, materials: Materials) -> None:
    if not template.cut:
        canvas.fill(materials.palette["ground"])
    canvas.svg(template.ground)
    photo = materials.photo
    if photo is not None and template.photo != "windows":
        canvas.photograph(photo, blurred=template.photo == "blur")
    if template.texture:
        canvas.texture(template.texture)
    canvas.svg(layout.under)
    for card in layout.cards:
        canvas.card(card)
    for window in layout.windows:
        if photo is not None:
            canvas.window(photo, window)
        elif not window.optional:
            canvas.pane(window)
    art = () if photo is not None and (layout.windows or template.photo == "veil") else layout.art
    known = [place for place in art if place.which < len(materials.art)]
    canvas.svg(layout.over, [(place, materials.art[place.which]) for place in known])


def _write(canvas: Canvas, stacks: list[list[Placed]], letters: dict[str, int], *, guarded: bool) -> float:
    """Draw the texts, the ground below each made dark or light enough; the least contrast there is."""
    least = 21.0
    for stack in stacks:
        if guarded:
            guard(canvas.pixels, stack, canvas.palette, canvas.unit)
        texts = [placed for placed in stack if placed.block is not None]
        for placed in stack:
            canvas.drawing(placed)
        least = min([least, *(contrast_of(canvas.pixels, placed, canvas.palette) for placed in texts)])
        for placed in texts:
            canvas.write(placed)
            if placed.item.slot and placed.block is not None:
                letters[placed.item.slot] = round(placed.block.size)
    return least


def as_picture(poster: Poster) -> Picture:
    """To be saved; a sticker has an alpha."""
    pixels = poster.pixels
    if pixels.shape[2] == 3:
        return Picture(pixels)
    return Picture(pixels[:, :, :3].copy(), pixels[:, :, 3].copy())


def on_paper(picture: Picture) -> "np.ndarray":
    """A photograph for a poster: uint8 sRGB, white where it is transparent."""
    return into_profile(opaque(picture, WHITE), picture.icc, None)
