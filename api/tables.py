"""Tables as files: CSV that a spreadsheet opens in the right encoding, JSON, and XLSX. No cell becomes a formula."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from fastapi import Response

from models.filenames import disposition
from models.spreadsheets import harmless

Format = Literal["csv", "json", "xlsx"]
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def written(columns: Sequence[str], rows: Sequence[Sequence[Any]], form: Format) -> bytes:
    """The table as a file: a line of ``columns``, then the rows; in JSON an object for each row."""
    if form == "csv":
        return csv_of([columns, *rows])
    if form == "json":
        table = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
        return json.dumps(table, ensure_ascii=False, indent=1).encode()
    return _xlsx([columns, *rows])


def attachment(body: bytes, name: str, kind: str) -> Response:
    """A file to be saved as ``name``; ``kind`` is a key of ``MEDIA_TYPES``."""
    headers = {"Content-Disposition": disposition("attachment", name), "X-Content-Type-Options": "nosniff"}
    return Response(body, media_type=MEDIA_TYPES[kind], headers=headers | {"Cache-Control": "private, no-store"})


def csv_of(lines: Sequence[Sequence[Any]]) -> bytes:
    """CSV (RFC 4180) with a byte order mark, by which a spreadsheet knows UTF-8."""
    page = io.StringIO(newline="")
    csv.writer(page).writerows([[_cell(each) for each in line] for line in lines])
    return page.getvalue().encode("utf-8-sig")


def _xlsx(lines: Sequence[Sequence[Any]]) -> bytes:
    import xlsxwriter

    book = io.BytesIO()
    with xlsxwriter.Workbook(book, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as made:
        sheet, bold = made.add_worksheet(), made.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for number, line in enumerate(lines):
            for column, each in enumerate(line):
                plain, look = _plain(each), bold if number == 0 else None
                if isinstance(plain, str):
                    sheet.write_string(number, column, plain, look)
                elif plain is not None:
                    sheet.write_number(number, column, plain, look)
        sheet.autofit()
    return book.getvalue()


def _cell(value: Any) -> Any:
    plain = _plain(value)
    return harmless(plain) if isinstance(plain, str) else plain


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
