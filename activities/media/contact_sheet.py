"""Draws groups of pictures as rows of one sheet: the kept one first, in a green frame, then what repeats it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

CELL = 168
GAP = 8
COLUMNS = 8
MOST_ROWS = 200
"""Rows of one sheet; further groups are in the report only."""
KEPT = (22, 140, 70)
REPEATED = (200, 60, 50)


def draw(groups: "Sequence[Sequence[Image.Image]]") -> "Image.Image":
    """One row or more a group, its first picture being the kept one. RGB; an empty sheet for no groups."""
    from PIL import Image, ImageDraw

    rows = [
        (group[start : start + COLUMNS], start == 0) for group in groups for start in range(0, len(group), COLUMNS)
    ][:MOST_ROWS]
    columns = max((len(row) for row, _ in rows), default=1)
    sheet = Image.new("RGB", (columns * CELL + GAP, max(1, len(rows)) * CELL + GAP), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (row, opens) in enumerate(rows):
        if opens and number:
            pen.line([(0, number * CELL + GAP // 2), (sheet.width, number * CELL + GAP // 2)], (225, 225, 225), 1)
        for column, picture in enumerate(row):
            place = (column * CELL + GAP, number * CELL + GAP)
            _place(sheet, picture, place, KEPT if opens and column == 0 else REPEATED)
    return sheet


def grid(
    pictures: "Sequence[Image.Image]", captions: Sequence[str], columns: int = 4, width: int = 320
) -> "Image.Image":
    """Pictures of one shape in reading order, each with a few plain letters under it. RGB."""
    from PIL import Image, ImageDraw, ImageFont, ImageOps

    line, letters = 26, ImageFont.load_default(16)
    height = max(round(width * each.height / each.width) for each in pictures)
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + GAP) + GAP, rows * (height + line + GAP) + GAP), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        left, top = GAP + number % columns * (width + GAP), GAP + number // columns * (height + line + GAP)
        sheet.paste(ImageOps.contain(picture.convert("RGB"), (width, height)), (left, top))
        pen.text((left + 2, top + height + 3), caption, (70, 70, 70), letters)
    return sheet


def _place(sheet: "Image.Image", picture: "Image.Image", place: tuple[int, int], frame: tuple[int, int, int]) -> None:
    from PIL import ImageDraw, ImageOps

    room = CELL - GAP
    fitted = ImageOps.contain(picture, (room - 8, room - 8))
    left, top = place[0] + (room - fitted.width) // 2, place[1] + (room - fitted.height) // 2
    box = [left - 3, top - 3, left + fitted.width + 2, top + fitted.height + 2]
    ImageDraw.Draw(sheet).rectangle(box, outline=frame, width=2)
    sheet.paste(fitted, (left, top))
