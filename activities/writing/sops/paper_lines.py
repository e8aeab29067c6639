"""Sets words on a PDF's pages: lines broken as Chinese and English want it, each character by a font that has it."""

import re
from dataclasses import dataclass
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable

from activities.media.typesetting import ASCENT, Style, measured
from activities.media.typesetting_lines import Paragraph, divide
from activities.media.typesetting_pieces import Piece

LEADING = 1.45
"""Of the size, from line to line."""
PROBE = 10
"""A size at which the engine opens a font, to be asked for its file."""
UNIT = re.compile(r"(?<=[\d≤≥<>]) (?=[\d−℃%°A-Za-z\u3400-\u9fff])")
"""The blank between a number and its unit or sign, where no line should break."""
STRAIGHT = str.maketrans("“”‘’", "\"\"''")
"""Of English: the fonts of Chinese give curved quotes the width of a character."""


@dataclass(frozen=True)
class Look:
    """``font`` is a family of the engine ``fonts``; ``size`` in points."""

    font: str
    size: float
    color: str


class Press:
    """Measures and embeds with the engine ``fonts``, words of one language."""

    def __init__(self, fonts: Any, language: str) -> None:
        self._fonts, self._language = fonts, language

    def look(self, size: float, *, bold: bool = False, color: str = "#000000") -> Look:
        return Look("sans-bold" if bold else "sans", size, color)

    def lines(self, text: str, look: Look, share: float = 0.0) -> "Lines":
        """``share`` of the blank stands before a line: 0 for left, 0.5 for the middle, 1 for right."""
        return Lines(self._measured(text, look), look, share)

    def width(self, text: str, look: Look) -> float:
        """Of ``text`` on one line, in points."""
        return max((each.width(0, len(each.row)) for each in self._measured(text, look)), default=0.0) * look.size

    def _measured(self, text: str, look: Look) -> tuple[Paragraph, ...]:
        text = UNIT.sub("\u00a0", text if self._language == "zh" else text.translate(STRAIGHT))
        paragraphs = tuple(measured(self._fonts, text, Style(look.font)))
        for paragraph in paragraphs:
            for piece in paragraph.row:
                _embed(piece)
        return paragraphs


def _embed(piece: Piece) -> None:
    """Let reportlab know the piece's font, by the engine's name of it."""
    face: Any = piece.face
    if face is not None and face.name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(face.name, face.at(PROBE).path))


class Lines(Flowable):  # type: ignore[misc]
    """Words in lines as wide as there is room; goes on over a page between two lines."""

    def __init__(self, paragraphs: tuple[Paragraph, ...], look: Look, share: float) -> None:
        super().__init__()
        self._paragraphs, self._look, self._share = paragraphs, look, share
        self._rows: list[tuple[Piece, ...]] = []
        self._wide = 0.0

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width = width
        if self._wide != width:
            self._rows, self._wide = self._broken(width), width
        self.height = len(self._rows) * self._look.size * LEADING
        return width, self.height

    def split(self, width: float, height: float) -> list[Any]:
        self.wrap(width, height)
        fit = int(height / (self._look.size * LEADING))
        rows = self._rows
        if fit < 1:
            return []
        parts = [Lines(self._paragraphs, self._look, self._share) for _ in range(2)]
        for part, own in zip(parts, (rows[:fit], rows[fit:]), strict=True):
            part._rows, part._wide = own, width
        return parts

    def draw(self) -> None:
        leading = self._look.size * LEADING
        for number, row in enumerate(self._rows):
            self._draw_row(self.canv, row, 0.0, self.height - number * leading - self._drop, self.width, self._share)

    def draw_one(self, canvas: Any, left: float, low: float, width: float, share: float) -> None:
        """The first line alone, with its baseline at ``low``; what is wider is set smaller."""
        for paragraph in self._paragraphs[:1]:
            long = paragraph.width(0, len(paragraph.row)) * self._look.size
            factor = min(1.0, width / long) if long else 1.0
            canvas.saveState()
            canvas.translate(left, low)
            canvas.scale(factor, factor)
            self._draw_row(canvas, paragraph.row, 0.0, 0.0, width / factor, share)
            canvas.restoreState()

    @property
    def _drop(self) -> float:
        """From the top of a line to its baseline."""
        return self._look.size * (ASCENT + (LEADING - 1) / 2)

    def _broken(self, width: float) -> list[tuple[Piece, ...]]:
        rows = []
        for paragraph in self._paragraphs:
            divided = divide(paragraph, width / self._look.size, ends="anywhere", even=False)
            assert divided is not None, "a column holds a character at least"
            rows += [paragraph.row[slice(*paragraph.trimmed(start, stop))] for start, stop in divided]
        return rows

    def _draw_row(
        self, canvas: Any, row: tuple[Piece, ...], left: float, low: float, width: float, share: float
    ) -> None:
        """Runs of one font at the places that the measurement gives."""
        if not row:
            return
        size = self._look.size
        long = Paragraph(row).width(0, len(row)) * size
        words = canvas.beginText()
        words.setFillColor(self._look.color)
        pen = left + share * (width - long) - row[0].head * size
        for font, text, start in _runs(row):
            words.setFont(font, size)
            words.setTextOrigin(pen + start * size, low)
            words.textOut(text)
        canvas.drawText(words)


def _runs(row: tuple[Piece, ...]) -> list[tuple[str, str, float]]:
    """Font, text and begin (em) of what can be drawn at once: one font, and nothing between its pieces."""
    runs: list[tuple[str, str, float]] = []
    at, joined = 0.0, False
    for piece in row:
        face: Any = piece.face
        if face is not None:
            if joined and runs[-1][0] == face.name:
                font, text, start = runs[-1]
                runs[-1] = (font, text + piece.text, start)
            else:
                runs.append((face.name, piece.text, at))
        joined = face is not None and piece.gap == 0.0
        at += piece.advance + piece.gap
    return runs
