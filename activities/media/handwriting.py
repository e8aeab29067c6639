"""Writes a text as by hand: outlines of fonts, each letter bent, turned and inked a little differently.

What makes set type look set is that two letters are never different. A hand drifts: the baseline, the size, the slant
and the ink change slowly from letter to letter, so they follow slow noise and not dice; and the shape of each letter is
bent by a smooth field of its own. Outlines stay outlines, so that a signature is an SVG as well as a picture.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, radians, sin, tan
from typing import TYPE_CHECKING, Any

from .typesetting import ASCENT, Style, measured
from .typesetting_lines import Paragraph, divide
from .typesetting_pieces import Fonts, Piece

if TYPE_CHECKING:
    import numpy as np

BEND, WAVES = 0.014, 1.3
"""How far a letter's outline is bent (em), and how many waves of the bending lie in an em."""
TURN, GROW, RISE, SPREAD, WEIGHT = 2.2, 0.05, 0.035, 0.03, 0.012
"""At jitter 1: degrees of turning, share of the size, em up and down, em of spacing, em of the stroke's weight."""
FAINTEST = 0.78
"""Opacity of the ink where it runs dry."""


@dataclass(frozen=True)
class Hand:
    """``size`` in pixels, ``slant`` in degrees to the right, ``jitter`` 0 to 2, ``rise`` of the line in degrees."""

    font: str
    size: float
    color: str
    slant: float = 0.0
    jitter: float = 1.0
    rise: float = 0.0
    tracking: float = 0.0


@dataclass(frozen=True)
class Letter:
    """A piece with the place of its pen on the baseline, in pixels."""

    piece: Piece
    x: float
    y: float


class Slow:
    """Noise that changes slowly: a few sines of random phases, about -1 to 1, one value a letter."""

    def __init__(self, dice: "np.random.Generator", period: float) -> None:
        self._waves = [(float(dice.uniform(0.6, 1.6)) / period, float(dice.uniform(0, 2 * pi))) for _ in range(3)]

    def at(self, place: float) -> float:
        return sum(sin(2 * pi * frequency * place + phase) for frequency, phase in self._waves) / 2


def lines_of(
    fonts: Fonts, text: str, font: str, width: float, tracking: float = 0.0
) -> list[tuple[Paragraph, int, int]]:
    """The text in lines of ``width`` em: (paragraph, first piece, piece behind the last). Raises ``InvalidInput``."""
    lines: list[tuple[Paragraph, int, int]] = []
    for paragraph in measured(fonts, text, Style(font=font, tracking=tracking), field="inputs.text"):
        divided = divide(paragraph, width, ends="words", even=False)
        if divided is None:
            divided = divide(paragraph, width, ends="anywhere", even=False) or []
        lines += [(paragraph, *paragraph.trimmed(start, stop)) for start, stop in divided]
    return lines


def row(paragraph: Paragraph, start: int, stop: int, left: float, baseline: float, size: float) -> list[Letter]:
    """The letters of one line from ``left``, on ``baseline``, in pixels."""
    pen, letters = left, []
    for piece in paragraph.row[start:stop]:
        if not piece.blank:
            letters.append(Letter(piece, pen, baseline))
        pen += (piece.advance + piece.gap) * size
    return letters


def written(letters: Sequence[Letter], hand: Hand, dice: "np.random.Generator") -> str:
    """SVG paths of the letters in the hand's ink."""
    drift, growth, turning, ink, weight = (Slow(dice, period) for period in (9, 6, 4, 14, 11))
    paths = []
    for at, letter in enumerate(letters):
        outline = outline_of(letter.piece)
        if outline is None:
            continue
        jitter = hand.jitter
        size = hand.size * (1 + jitter * GROW * (growth.at(at) + 0.5 * float(dice.uniform(-1, 1))))
        turn = jitter * TURN * (0.6 * turning.at(at) + 0.6 * float(dice.uniform(-1, 1)))
        x = letter.x + hand.size * jitter * SPREAD * float(dice.uniform(-1, 1))
        y = letter.y + hand.size * jitter * RISE * (drift.at(at) + 0.35 * float(dice.uniform(-1, 1)))
        y -= (letter.x - letters[0].x) * tan(radians(hand.rise))
        bent = bend(outline, dice, jitter * BEND)
        thick = max(0.0, jitter * WEIGHT * weight.at(at)) * size
        opacity = 1 - (1 - FAINTEST) * min(1.0, abs(ink.at(at)) * min(1.0, jitter))
        stroke = f' stroke="{hand.color}" stroke-width="{thick:.2f}"' if thick > 0.05 else ""
        place = placed(bent, x, y, size, turn, hand.slant)
        paths.append(f'<path d="{place}" fill="{hand.color}" fill-opacity="{opacity:.3f}"{stroke}/>')
    return "".join(paths)


Command = tuple[str, tuple[tuple[float, float], ...]]
"""M, L, C, Q or Z and its points, in em, y up."""


def outline_of(piece: Piece) -> tuple[Command, ...] | None:
    """The outline of a piece's letter, with its marks; None where no font draws it."""
    if piece.face is None:
        return None
    return _outline(str(piece.face.at(100).path), piece.text)


@lru_cache(8)
def _font(path: str) -> tuple[Any, dict[int, str], Any, float]:
    from fontTools.ttLib import TTFont

    font = TTFont(path, lazy=True)
    return font, font.getBestCmap(), font.getGlyphSet(), font["head"].unitsPerEm


@lru_cache(4096)
def _outline(path: str, text: str) -> tuple[Command, ...]:
    from fontTools.pens.recordingPen import DecomposingRecordingPen

    _, cmap, glyphs, em = _font(path)
    commands: list[Command] = []
    pen_x = 0.0
    for character in text:
        name = cmap[ord(character)]
        pen = DecomposingRecordingPen(glyphs)
        glyphs[name].draw(pen)
        for verb, points in pen.value:
            moved = tuple(((x + pen_x) / em, y / em) for x, y in (each for each in points if each is not None))
            commands += _plain(verb, moved)
        pen_x += glyphs[name].width
    return tuple(commands)


def _plain(verb: str, points: tuple[tuple[float, float], ...]) -> Iterator[Command]:
    """A pen's command in those of SVG: TrueType's curves have implied points on the line."""
    if verb == "moveTo":
        yield "M", points
    elif verb == "lineTo":
        yield "L", points
    elif verb == "curveTo":
        yield "C", points
    elif verb == "qCurveTo":
        for at, control in enumerate(points[:-1]):
            last = at == len(points) - 2
            end = points[-1] if last else tuple((a + b) / 2 for a, b in zip(control, points[at + 1], strict=True))
            yield "Q", (control, (end[0], end[1]))
    else:
        yield "Z", ()


def bend(outline: Sequence[Command], dice: "np.random.Generator", strength: float) -> list[Command]:
    """The outline moved by a smooth field of ``strength`` em, another one for each call."""
    waves = [
        (
            float(dice.uniform(0.5, WAVES)),
            float(dice.uniform(0.5, WAVES)),
            *(float(dice.uniform(0, 2 * pi)) for _ in "xy"),
        )
        for _ in range(2)
    ]

    def moved(point: tuple[float, float]) -> tuple[float, float]:
        x, y = point
        dx = sum(sin(2 * pi * (a * x + b * y) + p) for a, b, p, _ in waves)
        dy = sum(cos(2 * pi * (b * x - a * y) + q) for a, b, _, q in waves)
        return x + strength * dx, y + strength * dy

    return [(verb, tuple(moved(point) for point in points)) for verb, points in outline]


def placed(outline: Sequence[Command], x: float, y: float, size: float, turn: float, slant: float) -> str:
    """The outline as path data: in pixels, y down, turned about its middle by ``turn`` degrees and slanted."""
    angle, lean, middle = radians(-turn), tan(radians(slant)), (0.5, ASCENT / 2 - 0.06)
    parts = []
    for verb, points in outline:
        words = [verb]
        for px, py in points:
            dx, dy = px + lean * py - middle[0], py - middle[1]
            rx, ry = dx * cos(angle) - dy * sin(angle) + middle[0], dx * sin(angle) + dy * cos(angle) + middle[1]
            words.append(f"{x + rx * size:.2f} {y - ry * size:.2f}")
        parts.append(" ".join(words))
    return "".join(parts)


def flourish(left: float, right: float, y: float, size: float, color: str, dice: "np.random.Generator") -> str:
    """A line below a signature, thrown from left to right: thin where the pen lands and leaves."""
    width = right - left
    up, down = float(dice.uniform(0.1, 0.25)) * size, float(dice.uniform(0.08, 0.2)) * size
    thick = 0.045 * size
    first, second = (left + 0.3 * width, y + down), (left + 0.7 * width, y - up)
    end = (right + 0.12 * width, y - 0.35 * up)
    back = ((left + 0.68 * width, y - up + thick), (left + 0.28 * width, y + down + thick))
    points = [first, second, end, *back, (left, y)]
    a, b, c, d, e, f = (f"{px:.2f} {py:.2f}" for px, py in points)
    return f'<path d="M{left:.2f} {y:.2f}C{a} {b} {c}C{d} {e} {f}Z" fill="{color}"/>'
