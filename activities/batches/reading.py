"""Rows out of files: CSV in the encodings that spreadsheets write, and JSON Lines. Cells stay as they stand there."""

import csv
import io
import json
from typing import Any

from models.errors import InvalidInput, UnreadableRows, wrong

Row = dict[str, Any]
"""Cells by column; a cell of a CSV is a text, and an empty one is left out."""

MOST_ROWS = 10_000
MOST_BYTES = 32 * 1024 * 1024
LARGEST_CELL = 400_000
ENCODINGS = ("utf-8-sig", "gb18030")
SEPARATORS = (",", ";", "\t")

csv.field_size_limit(LARGEST_CELL)


def read_rows(content: bytes, name: str) -> list[Row]:
    """The rows of a table, by its content: JSON Lines where the first line is an object, else CSV with a header.

    Raises ``UnreadableRows`` with the line, and ``InvalidInput`` for none or more than ``MOST_ROWS``.
    """
    text = _decoded(content)
    rows = _json_lines(text) if text.lstrip().startswith("{") else _csv(text)
    if not 1 <= len(rows) <= MOST_ROWS:
        zh, en = (
            f"{name} 应有 1 至 {MOST_ROWS} 行,实际 {len(rows)}",
            f"{name} has {len(rows)} rows; 1 to {MOST_ROWS} are taken",
        )
        raise InvalidInput(errors=[wrong("file", zh, en)])
    return rows


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # what Excel calls Unicode text
        return content.decode("utf-16", errors="replace")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
    raise UnreadableRows(line=line, reason="UTF-8 / GB18030")


def _json_lines(text: str) -> list[Row]:
    rows: list[Row] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise UnreadableRows(line=number, reason=str(error)) from error
        if not isinstance(found, dict):
            raise UnreadableRows(line=number, reason="an object is wanted")
        rows.append(found)
    return rows


def _csv(text: str) -> list[Row]:
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                raise UnreadableRows(line=reader.line_num, reason=f"{len(cells)} > {len(header)} columns")
            rows.append({name: cell for name, cell in zip(header, cells, strict=False) if name and cell.strip()})
    except csv.Error as error:
        raise UnreadableRows(line=reader.line_num, reason=str(error)) from error
    return rows


def _separator(text: str) -> str:
    """The one that the header has most of; a Chinese or German Excel writes others than the comma."""
    header = text.split("\n", 1)[0]
    return max(SEPARATORS, key=header.count)


def _check_header(header: list[str]) -> None:
    named = [name for name in header if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if not named or twice:
        zh = f"第一行应为列名,且不能重复{':' + '、'.join(twice) if twice else ''}"
        en = f"the first line must name the columns, each once{': ' + ', '.join(twice) if twice else ''}"
        raise InvalidInput(errors=[wrong("file", zh, en)])
