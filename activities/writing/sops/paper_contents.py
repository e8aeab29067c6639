"""The contents of a PDF: what its headings are told, and the list of them with pages, right from the second pass."""

from typing import Any

from reportlab.platypus import Flowable

from .paper_lines import LEADING, Lines, Look, Press

INDENT, ROOM = 14, 30
"""Points: of a heading of the second level, and for a page's number."""


class Entry(Flowable):  # type: ignore[misc]
    """A heading that the outline and the contents lead to."""

    def __init__(self, title: Lines, level: int, text: str, anchor: str) -> None:
        super().__init__()
        self._title, self._level, self._text, self._anchor = title, level, text, anchor

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width, self.height = self._title.wrap(width, height)
        return self.width, self.height

    def draw(self) -> None:
        canvas = self.canv
        canvas.bookmarkHorizontal(self._anchor, 0, self.height + 12)
        canvas.addOutlineEntry(self._text, self._anchor, self._level - 1, closed=False)
        self._title.drawOn(canvas, 0, 0)
        canvas._doctemplate.notify("TOCEntry", (self._level, self._text, canvas.getPageNumber(), self._anchor))


class Contents(Flowable):  # type: ignore[misc]
    """Headings with dotted lines to their pages, each a link."""

    def __init__(self, press: Press, look: Look) -> None:
        super().__init__()
        self._press, self._look = press, look
        self._shown: list[tuple[int, str, int, str]] = []
        self._found: list[tuple[int, str, int, str]] = []

    def isIndexing(self) -> bool:
        return True

    def isSatisfied(self) -> bool:
        return self._shown == self._found

    def beforeBuild(self) -> None:
        self._shown, self._found = self._found, []

    def afterBuild(self) -> None:
        return None

    def notify(self, kind: str, entry: Any) -> None:
        if kind == "TOCEntry":
            self._found.append(entry)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width, self.height = width, max(1, len(self._shown)) * self._look.size * LEADING * 1.15
        return self.width, self.height

    def split(self, width: float, height: float) -> list[Any]:
        row = self._look.size * LEADING * 1.15
        fit = int(height / row)
        if fit < 1 or fit >= len(self._shown):
            return []
        parts = [Contents(self._press, self._look) for _ in range(2)]
        for part, own in zip(parts, (self._shown[:fit], self._shown[fit:]), strict=True):
            part._shown = own
        return parts

    def draw(self) -> None:
        canvas, size = self.canv, self._look.size
        row = size * LEADING * 1.15
        for number, (level, text, page, anchor) in enumerate(self._shown, 1):
            left, low = INDENT * (level - 1), self.height - number * row + 0.35 * size
            room = self.width - left - ROOM
            self._press.lines(text, self._look).draw_one(canvas, left, low, room, 0.0)
            self._press.lines(str(page), self._look).draw_one(canvas, self.width - ROOM, low, ROOM, 1.0)
            self._dots(left + self._press.width(text, self._look) + 6, self.width - ROOM + 8, low)
            canvas.linkRect("", anchor, (left, low - 0.3 * size, self.width, low + size), relative=1, thickness=0)

    def _dots(self, left: float, right: float, low: float) -> None:
        if left < right:
            self.canv.saveState()
            self.canv.setLineWidth(0.6)
            self.canv.setDash(0.6, 2.4)
            self.canv.setStrokeColor("#7F7F7F")
            self.canv.line(left, low + 1, right, low + 1)
            self.canv.restoreState()
