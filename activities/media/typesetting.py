"""Sets text in a box: as large as it may be, lines broken well in Chinese and English, never over the box's rim.

``fit`` finds the largest size and gives a ``Block`` whose characters have their places; ``typesetting_ink`` draws it.

    block = fit(fonts, "春风得意马蹄疾,一日看尽长安花", Style(font="serif-bold"), Box(800, 300, 96, 24))
    paint(pixels, block, 100, 400, Ink((255, 255, 255), shadow=0.5))

Characters that the font lacks come from the next font of its family; emoji are drawn in color if an engine ``emoji`` is
given, else in one color (tones of skin and joined emoji then show their first part); what no font has raises
``InvalidInput``. The same text and style give the same places on every machine.
"""

from dataclasses import dataclass
from typing import Literal

from models.errors import InvalidInput, wrong

from .typesetting_lines import Ends, Paragraph, divide
from .typesetting_pieces import Emoji, Face, Fonts, Piece, cleaned, pieces

Align = Literal["left", "center", "right"]
Vertical = Literal["top", "middle", "bottom"]
ASCENT = 0.88
"""Of the em box of Chinese fonts; the rest, 0.12, hangs below the baseline."""
LARGE_ENOUGH: tuple[tuple[Ends, float], ...] = (("pauses", 0.7), ("phrases", 0.72))
"""Lines end so as long as that keeps this share of the size that words alone would have; the best way first."""
LARGE_WORDS = 0.45
"""Words stay whole as long as that keeps this share of the size."""
LONG_TEXT = 120
"""Characters beyond which lines need not end at phrases."""
EMOJI_TOP = 0.93
"""Of a color emoji, over the baseline."""


@dataclass(frozen=True)
class Style:
    """How a text is set. ``font`` is a name of the engine ``fonts``; the others in em or as a factor of the size.

    ``even`` makes lines equally long (titles, quotations); ``outline`` is room that an outline needs around the ink.
    """

    font: str = "sans"
    align: Align = "left"
    vertical: Vertical = "top"
    leading: float = 1.45
    tracking: float = 0.0
    even: bool = False
    outline: float = 0.0


@dataclass(frozen=True)
class Box:
    """``width`` and ``height`` in pixels, sizes of the letters in pixels, and how many lines there may be."""

    width: float
    height: float
    largest: float
    smallest: float
    lines: int = 1000


@dataclass(frozen=True)
class Glyph:
    """A character (or the SVG of an emoji) with the place of its pen on the baseline, in pixels of the box."""

    text: str
    face: Face | None
    svg: str | None
    x: float
    y: float


@dataclass(frozen=True)
class Block:
    """A text in its place. ``ink``: left, top, right, bottom of what is drawn, in pixels from the box's corner.

    ``height`` is of the lines' em boxes, which is what stands between texts in a stack; ``lines`` as they are read.
    """

    glyphs: tuple[Glyph, ...]
    size: float
    height: float
    ink: tuple[float, float, float, float]
    lines: tuple[str, ...]
    leading: float
    """In pixels."""


def fit(
    fonts: Fonts, text: str, style: Style, box: Box, *, emoji: Emoji | None = None, field: str = "inputs.text"
) -> Block:
    """``text`` as large as the box lets it be. Raises ``InvalidInput`` for ``field``: too long, or unknown characters.

    Whole pixels between ``box.smallest`` and ``box.largest``, by binary search. Breaks in ``text`` are kept.
    """
    paragraphs = measured(fonts, text, style, emoji=emoji, field=field)
    block = largest_of(paragraphs, style, box, phrases=len(text) <= LONG_TEXT)
    if block is None:
        raise too_long(field, text, box)
    return block


def lay(
    fonts: Fonts, text: str, style: Style, box: Box, size: float, *, emoji: Emoji | None = None, field: str = ""
) -> Block | None:
    """``text`` at ``size``, or None if it does not fit into the box."""
    return _laid(measured(fonts, text, style, emoji=emoji, field=field), style, box, size, "anywhere")


def measured(fonts: Fonts, text: str, style: Style, *, emoji: Emoji | None = None, field: str = "") -> list[Paragraph]:
    """The text's paragraphs, measured once for all sizes; ``InvalidInput`` for one of invisible characters alone."""
    shown = cleaned(text)
    if text.strip() and not shown:
        raise InvalidInput(errors=[wrong(field, "文字里没有可见字符", "the text has no visible character")])
    return [
        Paragraph(pieces(fonts, style.font, line, tracking=style.tracking, emoji=emoji, field=field))
        for line in shown.split("\n")
    ]


def largest_of(paragraphs: list[Paragraph], style: Style, box: Box, *, phrases: bool) -> Block | None:
    """The largest block that fits and reads well, or None. ``phrases``: lines had better end at them."""
    block = _largest(paragraphs, style, box, "anywhere")
    if block is None:
        return None
    worded = _largest(paragraphs, style, box, "words")
    if worded is None or worded.size < LARGE_WORDS * block.size:
        return block
    for ends, share in LARGE_ENOUGH if phrases else ():
        better = _largest(paragraphs, style, box, ends)
        if better is not None and better.size >= share * worded.size:
            return better
    return worded


def too_long(field: str, text: str, box: Box) -> InvalidInput:
    """The text does not fit, not even at the smallest size that can be read."""
    zh = f"{len(text)} 个字符放不下,缩到 {box.smallest:.0f} 像素也不行;请缩短文字"
    en = f"{len(text)} characters do not fit here, not even at {box.smallest:.0f} pixels; shorten the text"
    return InvalidInput(errors=[wrong(field, zh, en)])


def _largest(paragraphs: list[Paragraph], style: Style, box: Box, ends: Ends) -> Block | None:
    low, high = round(box.smallest), max(round(box.smallest), round(box.largest))
    best = _laid(paragraphs, style, box, high, ends)
    if best is not None:
        return best
    while low < high:
        middle = (low + high) // 2
        found = _laid(paragraphs, style, box, middle, ends)
        if found is None:
            high = middle
        else:
            best, low = found, middle + 1
    return best


def _laid(paragraphs: list[Paragraph], style: Style, box: Box, size: float, ends: Ends) -> Block | None:
    """Everything in its place at ``size``, or None where that is over the rim."""
    rim = style.outline * size
    width = (box.width - 2 * rim) / size
    lines: list[tuple[Paragraph, int, int]] = []
    for paragraph in paragraphs:
        divided = divide(paragraph, width, ends=ends, even=style.even) if width > 0 else None
        if divided is None:
            return None
        lines += [(paragraph, *paragraph.trimmed(start, stop)) for start, stop in divided]
    leading = style.leading * size
    height = (len(lines) - 1) * leading + size
    if len(lines) > box.lines or height > box.height:
        return None
    return _placed(lines, style, box, size, height)


def _placed(
    lines: list[tuple[Paragraph, int, int]], style: Style, box: Box, size: float, height: float
) -> Block | None:
    leading, glyphs, texts = style.leading * size, [], []
    for number, (paragraph, start, stop) in enumerate(lines):
        row = paragraph.row[start:stop]
        free = box.width - paragraph.width(start, stop) * size
        left = {"left": style.outline * size, "center": free / 2, "right": free - style.outline * size}[style.align]
        glyphs += _line(row, left, ASCENT * size + number * leading, size)
        texts.append("".join(piece.text for piece in row))
    ink = _ink(glyphs, size, style.outline * size)
    if ink[2] - ink[0] > box.width or ink[3] - ink[1] > box.height:
        return None
    down = _down(ink, style.vertical, box.height, height)
    across = max(0.0, -ink[0]) - max(0.0, ink[2] - box.width)
    moved = tuple(Glyph(each.text, each.face, each.svg, each.x + across, each.y + down) for each in glyphs)
    shifted = (ink[0] + across, ink[1] + down, ink[2] + across, ink[3] + down)
    return Block(moved, size, height, shifted, tuple(texts), leading)


def _line(row: tuple[Piece, ...], left: float, baseline: float, size: float) -> list[Glyph]:
    pen, placed = left - (row[0].head * size if row else 0.0), []
    for piece in row:
        if not piece.blank:
            placed.append(Glyph(piece.text, piece.face, piece.svg, pen, baseline))
        pen += (piece.advance + piece.gap) * size
    return placed


def _ink(glyphs: list[Glyph], size: float, rim: float) -> tuple[float, float, float, float]:
    """What the glyphs cover together, with their outline; zeros for none."""
    if not glyphs:
        return 0.0, 0.0, 0.0, 0.0
    boxes = []
    for each in glyphs:
        left, top, right, bottom = each.face.ink(each.text) if each.face else (0.03, -EMOJI_TOP, 1.09, 0.13)
        boxes.append((each.x + left * size, each.y + top * size, each.x + right * size, each.y + bottom * size))
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts) - rim, min(tops) - rim, max(rights) + rim, max(bottoms) + rim


def _down(ink: tuple[float, float, float, float], vertical: Vertical, room: float, height: float) -> float:
    """How far the block moves down; the middle is that of the ink, and no ink leaves the box."""
    free = {"top": 0.0, "middle": (room - ink[3] - ink[1]) / 2, "bottom": room - height}[vertical]
    return min(max(free, -ink[1]), room - ink[3])
