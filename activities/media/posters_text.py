"""Stacks texts of a template in their box: each as large as it may be, all of them together as large as fits."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from models.errors import InvalidInput

from .templates import Item, Stack
from .typesetting import LONG_TEXT, Align, Block, Box, Style, largest_of, measured, too_long
from .typesetting_lines import Paragraph

if TYPE_CHECKING:
    from .posters import Materials

LEAST_LETTERS = 14
"""Pixels; smaller ones cannot be read on a phone."""
LEAST_UNITS = 16
"""The same for large pictures, which are shown smaller."""
MOST_LINES = 100
"""Where letters must be smaller than is comfortable, an item may take all the room and lines that there are."""
STEPS = 6
"""Of the search for the share of their sizes at which all texts fit together."""


@dataclass(frozen=True)
class Placed:
    """An item and where it stands: left, top, width, height of its box in pixels; ``block`` is None for a drawing."""

    item: Item
    box: tuple[float, float, float, float]
    block: Block | None
    align: Align


def set_stack(stack: Stack, width: int, height: int, unit: float, materials: "Materials") -> list[Placed]:
    """The items that have something to show, in their places on a picture of these sides. Raises ``InvalidInput``."""
    x, y, wide, high = (share * side for share, side in zip(stack.box, (width, height) * 2, strict=True))
    items = [item for item in stack.items if _shown(item, materials)]
    if not items:
        return []
    blocks, tall = _fitted([_prepared(item, stack, materials) for item in items], stack, wide, high, unit, materials)
    free = high - tall
    top = y + {"top": 0.0, "middle": free / 2, "bottom": free}[stack.vertical]
    placed = []
    for number, (item, block) in enumerate(zip(items, blocks, strict=True)):
        top += item.gap * unit if number else 0.0
        tall_item = _height(item, block, unit)
        pad = _pad(item, block)
        placed.append(Placed(item, (x, top + pad, wide, tall_item - 2 * pad), block, stack.align))
        top += tall_item
    return placed


def _shown(item: Item, materials: "Materials") -> bool:
    texts = materials.texts
    if item.needs and not texts.get(item.needs):
        return False
    return bool(item.svg or item.words or texts.get(item.slot))


@dataclass(frozen=True)
class _Prepared:
    """An item with its text measured, which is done once for all sizes."""

    item: Item
    style: Style
    paragraphs: list[Paragraph]
    short: bool


def _prepared(item: Item, stack: Stack, materials: "Materials") -> _Prepared:
    own = materials.font if materials.font and item.own_font else item.font
    style = Style(own, stack.align, "top", item.leading, item.tracking, item.even, item.outline)
    words = item.words or item.before + materials.texts.get(item.slot, "").strip() + item.after
    field = materials.fields.get(item.slot, "inputs.text")
    known = [] if item.svg else measured(materials.fonts, words, style, emoji=materials.emoji, field=field)
    return _Prepared(item, style, known, len(words) <= LONG_TEXT)


def _fitted(
    prepared: list[_Prepared], stack: Stack, wide: float, high: float, unit: float, materials: "Materials"
) -> tuple[list[Block | None], float]:
    """The largest common share of the letters' sizes at which the stack is no taller than its box.

    1 is the largest size, 0 the comfortable smallest one, -1 the smallest that can be read.
    """

    def at(share: float) -> tuple[list[Block | None], float] | None:
        blocks = [_block(each, stack, wide, high, unit, share) for each in prepared]
        rows = list(zip((each.item for each in prepared), blocks, strict=True))
        tall = sum(item.gap * unit for item, _ in rows[1:]) + sum(_height(item, block, unit) for item, block in rows)
        return None if tall > high or any(block is None and not item.svg for item, block in rows) else (blocks, tall)

    low, above = -1.0, 1.0
    whole = at(above)
    if whole is not None:
        return whole
    best = at(low)
    if best is None:
        raise _crowded([each.item for each in prepared], materials, high)
    for _ in range(STEPS):
        share = (low + above) / 2
        found = at(share)
        if found is None:
            above = share
        else:
            best, low = found, share
    return best


def _crowded(items: list[Item], materials: "Materials", high: float) -> InvalidInput:
    longest = max((item.slot for item in items if item.slot), key=lambda slot: len(materials.texts[slot]))
    field = materials.fields.get(longest, "inputs.text")
    return too_long(field, materials.texts[longest], Box(0, high, 0, LEAST_LETTERS))


def _block(each: _Prepared, stack: Stack, wide: float, high: float, unit: float, share: float) -> Block | None:
    """The text at most as large as ``share`` says, or None where it does not fit (or the item is a drawing)."""
    item = each.item
    if item.svg:
        return None
    least = max(LEAST_LETTERS, LEAST_UNITS * unit)
    comfortable, largest = max(least, item.size[0] * unit), max(least, item.size[1] * unit)
    top = comfortable + (largest - comfortable if share >= 0 else comfortable - least) * share
    across = wide - 2 * (item.badge.pad[0] * top if item.badge else 0.0)
    room, lines = (item.room, item.lines) if share >= 0 else (1.0, MOST_LINES)
    box = Box(max(1.0, across), room * high, top, least, lines)
    block = largest_of(each.paragraphs, each.style, box, phrases=each.short)
    if block is None:
        return None
    pad = item.badge.pad[0] * block.size if item.badge else 0.0
    indent = {"left": pad, "center": (wide - across) / 2, "right": wide - across - pad}[stack.align]
    moved = tuple(replace(glyph, x=glyph.x + indent) for glyph in block.glyphs)
    left, upper, right, lower = block.ink
    return replace(block, glyphs=moved, ink=(left + indent, upper, right + indent, lower))


def _pad(item: Item, block: Block | None) -> float:
    return item.badge.pad[1] * block.size if item.badge and block else 0.0


def _height(item: Item, block: Block | None, unit: float) -> float:
    return item.size[1] * unit if block is None else block.height + 2 * _pad(item, block)
