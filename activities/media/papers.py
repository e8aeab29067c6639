"""Papers to write on, as SVG: what is printed on them, and where the lines lie."""

from dataclasses import dataclass
from typing import Literal

Name = Literal["none", "plain", "lined", "grid", "dots", "kraft", "letter", "tianzige"]

GROUNDS: dict[str, str] = {
    "plain": "#fffdf8",
    "lined": "#fffef9",
    "grid": "#fffefb",
    "dots": "#fffefb",
    "kraft": "#d9b98b",
    "letter": "#fffaf0",
    "tianzige": "#fffdf6",
}
INKS = {"lined": "#a9c4e4", "grid": "#cfe0d8", "dots": "#b9c2cc", "letter": "#d9534f", "tianzige": "#c94f4f"}


@dataclass(frozen=True)
class Sheet:
    """Sides, margin and the distance of lines in pixels; ``top`` is the baseline of the first one."""

    width: int
    height: int
    margin: float
    pitch: float
    top: float

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return max(1, int((self.height - self.margin - self.top) / self.pitch) + 1)

    def baseline(self, line: int) -> float:
        return self.top + line * self.pitch

    @property
    def cells(self) -> int:
        """Squares in a line of a paper with squares."""
        return max(1, int((self.width - 2 * self.margin) / self.pitch))

    @property
    def left(self) -> float:
        """Where the first square begins: they stand in the middle of the sheet."""
        return (self.width - self.cells * self.pitch) / 2


def printed(paper: Name, sheet: Sheet) -> str:
    """What is printed on a sheet; nothing for ``none``."""
    if paper == "none":
        return ""
    ground = f'<rect width="{sheet.width}" height="{sheet.height}" fill="{GROUNDS[paper]}"/>'
    if paper in ("plain", "kraft"):
        return ground
    return ground + {"lined": _lined, "letter": _letter, "grid": _grid, "dots": _dots, "tianzige": _squares}[paper](
        sheet, INKS[paper]
    )


def _line(x1: float, y1: float, x2: float, y2: float, color: str, width: float = 1.5, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{color}" stroke-width="{width}"{dashed}/>'
    )


def _lined(sheet: Sheet, color: str) -> str:
    below = 0.2 * sheet.pitch
    rows = (sheet.baseline(line) + below for line in range(sheet.lines))
    return "".join(_line(0.5 * sheet.margin, y, sheet.width - 0.5 * sheet.margin, y, color) for y in rows)


def _letter(sheet: Sheet, color: str) -> str:
    below, edge = 0.2 * sheet.pitch, 0.6 * sheet.margin
    rows = [sheet.baseline(line) + below for line in range(sheet.lines)]
    top, bottom = sheet.top - sheet.pitch + below, rows[-1]
    frame = (
        f'<rect x="{edge:.1f}" y="{top:.1f}" width="{sheet.width - 2 * edge:.1f}" height="{bottom - top:.1f}" '
        f'fill="none" stroke="{color}" stroke-width="3"/>'
    )
    return frame + "".join(_line(edge, y, sheet.width - edge, y, color) for y in rows[:-1])


def _grid(sheet: Sheet, color: str) -> str:
    step = sheet.pitch / 2
    across = (at * step for at in range(1, int(sheet.width / step) + 1))
    down = (at * step for at in range(1, int(sheet.height / step) + 1))
    upright = "".join(_line(x, 0, x, sheet.height, color, 1) for x in across)
    return upright + "".join(_line(0, y, sheet.width, y, color, 1) for y in down)


def _dots(sheet: Sheet, color: str) -> str:
    step = sheet.pitch / 2
    return "".join(
        f'<circle cx="{x * step:.1f}" cy="{y * step:.1f}" r="1.8" fill="{color}"/>'
        for x in range(1, int(sheet.width / step) + 1)
        for y in range(1, int(sheet.height / step) + 1)
    )


def _squares(sheet: Sheet, color: str) -> str:
    """田字格: a square for each character, with the cross by which children place its strokes."""
    side, parts = 0.94 * sheet.pitch, []
    for line in range(sheet.lines):
        top = sheet.baseline(line) - 0.82 * sheet.pitch
        for cell in range(sheet.cells):
            left = sheet.left + cell * sheet.pitch
            middle, half = top + side / 2, left + side / 2
            parts.append(
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{side:.1f}" height="{side:.1f}" fill="none" '
                f'stroke="{color}" stroke-width="1.6"/>'
            )
            parts.append(_line(left, middle, left + side, middle, color, 0.8, "6 5"))
            parts.append(_line(half, top, half, top + side, color, 0.8, "6 5"))
    return "".join(parts)
