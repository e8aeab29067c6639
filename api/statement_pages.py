"""A statement as a PDF to print: A4, with a table that goes on over pages, and Chinese that is embedded."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.payloads.statements import Statement

from .statements import WORDS, balances, described

MOST_LINES = 2000
"""Above this a PDF has one line for a day's movements of a kind; the CSV always has each."""

MARGIN, ROW = 48.0, 16.0
COLUMNS = (("time", 0.0), ("what", 110.0), ("reference", 270.0), ("amount", 440.0), ("balance", 499.0))
"""Left edges in points from the margin; right edges for the numbers."""

NUMBERS = ("amount", "balance")
FONT, READERS_OWN = "noto-sans-sc-400", "STSong-Light"


def pdf_statement(statement: Statement, names: Mapping[str, str], language: str, fonts: Path) -> bytes:
    """The PDF. ``fonts`` is the folder of weights: Noto Sans SC is embedded if it is there; else the reader's own
    Chinese font is named, as PDF's Adobe-GB1 collection allows."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    whole = io.BytesIO()
    canvas = Canvas(whole, pagesize=A4, invariant=True, lang=language)
    canvas.setTitle(f"{WORDS[language]['title']} {statement.start:%Y-%m}")
    _Paper(canvas, A4, _font(fonts), WORDS[language]).print(statement, names)
    canvas.save()
    return whole.getvalue()


class _Paper:
    """Prints downwards, and begins a page when one is full."""

    def __init__(self, canvas: Any, size: tuple[float, float], font: str, words: Mapping[str, str]) -> None:
        self._canvas, self._font, self._words = canvas, font, words
        self._width, self._height = size
        self._low, self._page = self._height - MARGIN, 1

    def print(self, statement: Statement, names: Mapping[str, str]) -> None:
        shown = statement if len(statement.lines) <= MOST_LINES else statement.by_day()
        self._head(statement, merged=shown is not statement)
        self._titles()
        for line, balance in balances(shown):
            if self._low < MARGIN + 2 * ROW:
                self._foot()
                self._canvas.showPage()
                self._page, self._low = self._page + 1, self._height - MARGIN
                self._titles()
            moved = described(line, names, self._words)
            at = f"{line.at:%Y-%m-%d %H:%M}" if line.count == 1 else f"{line.at:%Y-%m-%d}"
            self._row((at, moved, line.reference or "", f"{line.amount:+,}", f"{balance:,}"))
        self._foot()

    def _head(self, statement: Statement, merged: bool) -> None:
        words = self._words
        self._say(f"AI创意工坊 · {words['title']} {statement.start:%Y-%m}", 16)
        until = "" if statement.complete else f" ({words['so_far']})"
        self._say(f"{words['account']}: {statement.account}", 9)
        self._say(f"{words['from']}: {statement.start:%Y-%m-%d} – {statement.end:%Y-%m-%d} UTC{until}", 9)
        for name in ("opening", "gained", "given", "closing"):
            self._say(f"{words[name]}: {getattr(statement, name):,}", 10)
        if merged:
            self._say(words["merged"], 9)
        self._low -= ROW / 2

    def _say(self, text: str, size: float) -> None:
        self._low -= size * 1.5
        self._canvas.setFont(self._font, size)
        self._canvas.drawString(MARGIN, self._low, self._cut(text, size, self._width - 2 * MARGIN))

    def _titles(self) -> None:
        self._row(tuple(self._words[name] for name, _ in COLUMNS))
        self._canvas.setLineWidth(0.5)
        self._canvas.line(MARGIN, self._low - 4, self._width - MARGIN, self._low - 4)
        self._low -= 4

    def _row(self, cells: tuple[str, ...]) -> None:
        self._low -= ROW
        self._canvas.setFont(self._font, 8)
        for number, ((name, edge), cell) in enumerate(zip(COLUMNS, cells, strict=True)):
            if name in NUMBERS:
                self._canvas.drawRightString(MARGIN + edge, self._low, cell)
            else:
                room = COLUMNS[number + 1][1] - edge - (60 if name == "reference" else 6)
                self._canvas.drawString(MARGIN + edge, self._low, self._cut(cell, 8, room))

    def _cut(self, text: str, size: float, room: float) -> str:
        """As much of the text as there is room for."""
        if self._canvas.stringWidth(text, self._font, size) <= room:
            return text
        while text and self._canvas.stringWidth(text + "…", self._font, size) > room:
            text = text[:-1]
        return text + "…"

    def _foot(self) -> None:
        self._canvas.setFont(self._font, 8)
        self._canvas.drawCentredString(self._width / 2, MARGIN / 2, self._words["page"].format(page=self._page))


def _font(fonts: Path) -> str:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    found = next(iter(sorted(fonts.glob(f"{FONT}-*.ttf"))), None)
    name = READERS_OWN if found is None else FONT
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(name) if found is None else TTFont(name, found))
    return name
