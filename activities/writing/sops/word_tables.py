"""Fills tables of a Word document: widths, shaded heads that stand again on each page, rows that stay whole."""

from collections.abc import Sequence
from typing import Any

from .blocks import Table

PALE, TEXT, TALL = "DCE6F1", 9, 9
"""Color of heads, size of letters in points, and millimeters of a row to write in by hand."""


def fill(made: Any, table: Table, rows: Sequence[Sequence[str]], line: float) -> None:
    """Fill the empty table ``made`` of python-docx; ``line`` is the width in millimeters."""
    from docx.shared import Mm

    made.style = "Table Grid"
    made.autofit = False
    for column, share in zip(made.columns, table.widths, strict=True):
        column.width = Mm(share * line)
    for at, (row, cells) in enumerate(zip(made.rows, rows, strict=True)):
        head = bool(table.heads) and at == 0
        _row(row, head, table.tall and not head)
        for number, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            cell.width = Mm(table.widths[number] * line)
            name = head or (not table.heads and number % 2 == 0)
            _cell(cell, text, name, head or number in table.centered)


def _row(row: Any, head: bool, tall: bool) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    rules = row._tr.get_or_add_trPr()
    rules.append(OxmlElement("w:cantSplit"))
    if head:
        rules.append(OxmlElement("w:tblHeader"))
    if tall:
        row.height = Mm(TALL)


def _cell(cell: Any, text: str, name: bool, centered: bool) -> None:
    from docx.enum.table import WD_ALIGN_VERTICAL
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after, paragraph.paragraph_format.line_spacing = Pt(1), 1.1
    paragraph.alignment = 1 if centered else 0
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(TEXT), name or None
    if name:
        shade = OxmlElement("w:shd")
        for key, value in (("val", "clear"), ("color", "auto"), ("fill", PALE)):
            shade.set(qn(f"w:{key}"), value)
        cell._tc.get_or_add_tcPr().append(shade)
    cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
