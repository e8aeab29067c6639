"""Cuts a text into the pieces that a line is made of, each with its width and the price of ending a line behind it.

Where a line may end is UAX #14's word, with Chinese punctuation kept off the wrong end of a line; where it ends well is
found by phrases (BudouX). All lengths are in em, so that one measurement serves every size.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from models.errors import InvalidInput, wrong

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

OPENING, CLOSING = "（「『《〈【〔〖｛［“‘", "）」』》〉】〕〗｝］”’，。、；：！？．"
ENDING, PAUSING, DASHES = "。！？…!?.;；", "，、：,:｜|）)》」』”", "—–-~～"
MARKS, FROM_WORD = "，。、；：！？", 0.12
"""Marks that end a word, and how far from it their ink may be."""
HALF, ROOM = 0.5, 0.06
"""Half a full-width mark is blank and may be closed up, but for this room beside its ink."""
BETWEEN_SCRIPTS = 0.14
"""Blank between Chinese and Latin."""
PICTURE = 1.12
"""Width of a color emoji."""
SPACE, SENTENCE, PAUSE, PHRASE, INSIDE, NUMBER, TORN = 0.1, 0.0, 0.05, 0.35, 1.2, 2.0, 6.0
"""Prices of ending a line: at a space, behind a sentence, a pause, a phrase, inside one, after a number, in a word."""
NEVER = float("inf")
FIRST_EMOJI, JOINER, VARIATIONS, TONES = 0x1F000, "\u200d", "\ufe0e\ufe0f", range(0x1F3FB, 0x1F400)


class Face(Protocol):
    """A font file, as the engine ``fonts`` has it. Lengths in em, y down from the baseline."""

    def advance(self, text: str) -> float: ...

    def ink(self, text: str) -> tuple[float, float, float, float]: ...

    def at(self, size: float) -> "FreeTypeFont": ...


class Fonts(Protocol):
    """The engine ``fonts``."""

    def face(self, name: str, text: str) -> Any: ...

    def missing(self, name: str, text: str) -> str: ...


class Emoji(Protocol):
    """The engine ``emoji-art``: the drawing of an emoji as SVG, or None."""

    def svg(self, emoji: str) -> str | None: ...


@dataclass(frozen=True)
class Piece:
    """A character with its marks. ``head`` and ``tail`` are blank that goes at a line's begin and end.

    ``gap`` stands before the next piece and may be negative; ``price`` is of ending a line behind this one.
    """

    text: str
    face: Face | None
    advance: float
    svg: str | None = None
    head: float = 0.0
    tail: float = 0.0
    gap: float = 0.0
    price: float = NEVER
    torn: bool = False
    """Whether ``price`` is for a word that fits no line as a whole."""

    @property
    def blank(self) -> bool:
        return self.face is None and self.svg is None


def cleaned(text: str) -> str:
    """NFC, one kind of line break, at most one empty line in a row, no control characters, no blank at the rims."""
    text = unicodedata.normalize("NFC", text)
    for each in ("\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"):
        text = text.replace(each, "\n")
    kept = (each for each in text.replace("\t", " ") if each in "\n" + JOINER or unicodedata.category(each)[0] != "C")
    lines = [line.strip(" \u3000") for line in "".join(kept).split("\n")]
    return "\n".join(
        line for at, line in enumerate(lines) if line or (0 < at < len(lines) - 1 and lines[at - 1])
    ).strip("\n")


def pieces(
    fonts: Fonts, font: str, line: str, *, tracking: float, emoji: Emoji | None, field: str
) -> tuple[Piece, ...]:
    """One paragraph (cleaned, without line breaks) in pieces; ``tracking`` em more between all of them.

    Raises ``InvalidInput`` for ``field`` with the characters that no font has.
    """
    from uniseg.graphemecluster import grapheme_clusters

    clusters = list(grapheme_clusters(line))
    found = [_piece(fonts, font, each, emoji) for each in clusters]
    unknown = "".join(dict.fromkeys(each for each, piece in zip(clusters, found, strict=True) if piece is None))
    if unknown:
        zh = f"没有字体包含这些字符,请删去或替换:{unknown[:40]}"
        en = f"no font has these characters; leave them out or choose others: {unknown[:40]}"
        raise InvalidInput(errors=[wrong(field, zh, en)])
    known = [piece for piece in found if piece is not None]
    prices = list(_prices(line, clusters))
    return tuple(_joined(known, at, price, tracking) for at, price in enumerate(prices))


def _piece(fonts: Fonts, font: str, cluster: str, emoji: Emoji | None) -> Piece | None:
    if cluster.isspace():
        return Piece(" ", None, 1.0 if cluster == "\u3000" else 0.28)
    svg = emoji.svg(cluster) if emoji is not None and _pictured(cluster) else None
    if svg is not None:
        return Piece(cluster, None, PICTURE, svg)
    for text in (_plain(cluster), _plain(cluster)[:1]):
        face = fonts.face(font, text) if text else None
        if face is not None:
            return _measured(text, face)
    return None


def _pictured(cluster: str) -> bool:
    from uniseg.emoji import emoji_presentation

    return "\ufe0f" in cluster or ord(cluster[0]) >= FIRST_EMOJI or bool(emoji_presentation(cluster[0]))


def _plain(cluster: str) -> str:
    """An emoji without what only color fonts can show: joined ones, tones of skin, variants."""
    first = cluster.split(JOINER)[0]
    return "".join(each for each in first if each not in VARIATIONS and ord(each) not in TONES)


def _measured(text: str, face: Face) -> Piece:
    """Full-width marks may lose the blank half on the side where they have no ink."""
    advance, (left, _, right, _) = face.advance(text), face.ink(text)
    if advance < 0.9 or text[0] not in OPENING + CLOSING:
        return Piece(text, face, advance)
    head = min(HALF, max(0.0, left - ROOM)) if text in OPENING else 0.0
    tail = min(HALF, max(0.0, advance - right - ROOM)) if text in CLOSING else 0.0
    return Piece(text, face, advance, head=head, tail=tail)


def _joined(row: list[Piece], at: int, price: float, tracking: float) -> Piece:
    piece = row[at]
    gap = tracking + (_gap(row, at) if at + 1 < len(row) else 0.0)
    return Piece(piece.text, piece.face, piece.advance, piece.svg, piece.head, piece.tail, gap, price, price == TORN)


def _gap(row: list[Piece], at: int) -> float:
    """What stands between a piece and its next one beyond their widths."""
    one, other = row[at], row[at + 1]
    if one.blank or other.blank:
        return 0.0
    if one.text == other.text == "—" and one.face is not None:
        left, _, right, _ = one.face.ink("—")
        return right - one.advance - left
    gap = _pull(other)
    if one.tail and other.text[0] in OPENING + CLOSING:
        gap -= one.tail
    elif other.head and one.text[0] in OPENING:
        gap -= other.head
    elif one.text in "”’" and _narrow(other.text):
        gap -= one.tail
    elif other.text in "“‘" and _narrow(one.text):
        gap -= other.head
    if (_wide(one.text) and _latin(other.text)) or (_latin(one.text) and _wide(other.text)):
        gap += BETWEEN_SCRIPTS
    return gap


def _pull(mark: Piece) -> float:
    """Some fonts draw a comma in the middle of its square; it stands nearer to the word that it ends."""
    if mark.text not in MARKS or mark.face is None or mark.advance < 0.9:
        return 0.0
    left = mark.face.ink(mark.text)[0]
    return min(0.0, FROM_WORD - left) if left > 2 * FROM_WORD else 0.0


@cache
def _wide(text: str) -> bool:
    """A Chinese or Japanese character, not a mark."""
    return unicodedata.category(text[0]) in ("Lo", "Lm") and unicodedata.east_asian_width(text[0]) == "W"


@cache
def _narrow(text: str) -> bool:
    return unicodedata.east_asian_width(text[0]) not in "WF" and text[0] not in OPENING + CLOSING + "…—"


@cache
def _latin(text: str) -> bool:
    return _narrow(text) and unicodedata.category(text[0])[0] in "LN"


def _prices(line: str, clusters: Sequence[str]) -> Iterator[float]:
    """Of ending the line behind each cluster; ``NEVER`` where no line may end."""
    from uniseg.linebreak import line_break_units

    legal, phrases, end = _ends(line_break_units(line)), _ends(_phrases(line)), 0
    for at, cluster in enumerate(clusters):
        end += len(cluster)
        following = clusters[at + 1] if at + 1 < len(clusters) else ""
        if not following or following[0] in CLOSING or cluster[0] in OPENING:
            yield NEVER
        elif end in legal:
            yield _price(cluster, following, end in phrases)
        else:
            yield TORN


def _ends(parts: Iterator[str] | Sequence[str]) -> set[int]:
    ends, end = set(), 0
    for part in parts:
        end += len(part)
        ends.add(end)
    return ends


def _price(cluster: str, following: str, phrase: bool) -> float:
    if cluster.isspace():
        return SPACE
    if cluster[0] in ENDING:
        return SENTENCE
    if cluster[0] in PAUSING:
        return PAUSE
    if cluster[0] in DASHES or (_latin(cluster) and cluster[0].isdigit()) or (following[0].isdigit() and not phrase):
        return NUMBER
    return PHRASE if phrase else INSIDE


def _phrases(line: str) -> list[str]:
    found: list[str] = _parser().parse(line)
    return found


@cache
def _parser() -> Any:
    import budoux

    return budoux.load_default_simplified_chinese_parser()
