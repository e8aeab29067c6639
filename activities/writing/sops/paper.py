"""Writes a procedure as a PDF: contents with page numbers, bookmarks, tables that go on over pages, fonts embedded.

The same document gives the same bytes.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .blocks import Block, Bullets, Document, Heading, Paragraph, Table

if TYPE_CHECKING:
    from .paper_lines import Lines, Look, Press

SIDE, TOP, BOTTOM = 51, 62, 54
"""Margins in points."""
BLUE, PALE, GREY, RULE = "#1F4E79", "#DCE6F1", "#595959", "#9FB4CC"
PAD, TALL, POINT = 4, 26, 14
"""Points around the words of a cell, of a row to write in by hand, and before the words of a list."""


def write_paper(document: Document, path: Path, fonts: Any, report: Callable[[int], None]) -> None:
    """Write ``path`` with the engine ``fonts``; ``report`` hears each page's number, twice over."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    from .paper_lines import Press

    press = Press(fonts, document.language)
    width = A4[0] - 2 * SIDE
    template = BaseDocTemplate(
        str(path),
        pagesize=A4,
        invariant=1,
        title=document.title,
        author=document.control.author,
        subject=document.words["kind"],
        lang="zh-CN" if document.language == "zh" else "en-US",
    )
    frame = Frame(SIDE, BOTTOM, width, A4[1] - TOP - BOTTOM, 0, 0, 0, 0)
    rims = _Rims(document, press, report)
    template.addPageTemplates(PageTemplate("page", [frame], onPageEnd=rims.draw))
    template.multiBuild(_story(document, press, width), maxPasses=4)


class _Rims:
    """Head and foot of each page; how many there are is known from the pass before."""

    def __init__(self, document: Document, press: "Press", report: Callable[[int], None]) -> None:
        self._document, self._press, self._report = document, press, report
        self._pages = self._before = 0

    def draw(self, canvas: Any, template: Any) -> None:
        from reportlab.lib.pagesizes import A4

        page = canvas.getPageNumber()
        if page == 1:
            self._before = self._pages
        self._pages = page
        self._report(page)
        control, right = self._document.control, A4[0] - SIDE
        look, width = self._press.look(8, color=GREY), (right - SIDE) / 3
        high = A4[1] - TOP + 14
        self._place(canvas, control.company, look, SIDE, high, width, 0.0)
        self._place(canvas, self._document.title, look, SIDE + width, high, width, 0.5)
        self._place(canvas, f"{control.number}　{control.version}", look, right - width, high, width, 1.0)
        numbers = self._document.words["page"].format(page=page, pages=max(self._before, page))
        self._place(canvas, numbers, look, SIDE + width, BOTTOM - 24, width, 0.5)
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.5)
        canvas.line(SIDE, A4[1] - TOP + 8, right, A4[1] - TOP + 8)

    def _place(self, canvas: Any, text: str, look: "Look", left: float, low: float, width: float, share: float) -> None:
        self._press.lines(text, look).draw_one(canvas, left, low, width, share)


def _story(document: Document, press: "Press", width: float) -> list[Any]:
    from reportlab.platypus import PageBreak, Spacer

    from .paper_contents import Contents

    control, words = document.control, document.words
    story: list[Any] = [press.lines(document.title, press.look(24, bold=True, color=BLUE)), Spacer(1, 6)]
    kind = " · ".join(filter(None, (control.company, words["kind"])))
    story += [press.lines(kind, press.look(12, color=GREY)), Spacer(1, 14)]
    for each in document.front:
        story += _flowables(each, press, width)
    story += [press.lines(words["contents"], press.look(13, bold=True, color=BLUE)), Spacer(1, 4)]
    story += [Contents(press, press.look(10)), PageBreak()]
    for each in document.body:
        story += _flowables(each, press, width)
    return story


def _flowables(block: Block, press: "Press", width: float) -> list[Any]:
    from reportlab.platypus import CondPageBreak, Spacer

    from .paper_contents import Entry

    match block:
        case Heading(level, text, anchor):
            size = 14 if level == 1 else 11
            title = press.lines(text, press.look(size, bold=True, color=BLUE))
            return [CondPageBreak(130), Spacer(1, 12 if level == 1 else 6), Entry(title, level, text, anchor),
                    Spacer(1, 5)]  # fmt: skip
        case Paragraph(text, quiet, strong):
            look = press.look(9 if quiet else 11 if strong else 10.5, bold=strong, color=GREY if quiet else "#000000")
            return [press.lines(text, look), Spacer(1, 5)]
        case Bullets(items):
            return [_bullets(items, press, width)]
        case Table():
            return [_table(block, press, width), Spacer(1, 8)]


def _bullets(items: tuple[str, ...], press: "Press", width: float) -> Any:
    """Points whose lines stand below each other."""
    from reportlab.platypus import Table as Grid

    look = press.look(10.5)
    rows = [[press.lines("•", look), press.lines(item, look)] for item in items]
    shape = [
        (f"{side}PADDING", (0, 0), (-1, -1), points)
        for side, points in (("LEFT", 0), ("RIGHT", 0), ("TOP", 0), ("BOTTOM", 2))
    ]
    return Grid(rows, [POINT, width - POINT], style=[*shape, ("VALIGN", (0, 0), (-1, -1), "TOP")])


def _table(table: Table, press: "Press", width: float) -> Any:
    from reportlab.platypus import Table as Grid

    name, plain = press.look(9, bold=True), press.look(9)

    def cell(text: str, column: int, head: bool) -> "Lines":
        named = head or (not table.heads and column % 2 == 0)
        middle = head or column in table.centered
        return press.lines(text, name if named else plain, 0.5 if middle else 0.0)

    rows = [[cell(text, at, False) for at, text in enumerate(row)] for row in table.rows]
    if table.heads:
        rows.insert(0, [cell(text, at, True) for at, text in enumerate(table.heads)])
    tall = [TALL] if table.tall else [None]
    heights = [None] * bool(table.heads) + tall * len(table.rows)
    widths = [share * width for share in table.widths]
    return Grid(rows, widths, heights, style=_shape(table), repeatRows=int(bool(table.heads)), splitByRow=1)


def _shape(table: Table) -> list[tuple[Any, ...]]:
    """Rules and shades as reportlab wants them: a command, the first cell and the last one, values."""
    every = ((0, 0), (-1, -1))
    shape: list[tuple[Any, ...]] = [("GRID", *every, 0.5, RULE), ("VALIGN", *every, "MIDDLE")]
    shape += [(f"{side}PADDING", *every, PAD) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    if table.heads:
        return [*shape, ("BACKGROUND", (0, 0), (-1, 0), PALE)]
    names = range(0, len(table.widths), 2)
    return [*shape, *(("BACKGROUND", (at, 0), (at, -1), PALE) for at in names)]
