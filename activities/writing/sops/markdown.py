"""Writes a procedure as Markdown (CommonMark with tables)."""

import re

from .blocks import Block, Bullets, Document, Heading, Paragraph, Table

MARKUP = re.compile(r"([\\`*_\[\]<>|])")


def as_markdown(document: Document) -> str:
    """The whole document; ends with a line break."""
    words, control = document.words, document.control
    parts = [f"# {_plain(document.title)}", _plain(" · ".join(filter(None, (control.company, words["kind"]))))]
    parts += [_block(each) for each in document.front]
    parts.append(f"## {words['contents']}")
    parts.append(
        "\n".join(f"{'  ' * (each.level - 1)}- [{_plain(each.text)}](#{each.anchor})" for each in document.headings)
    )
    parts += [_block(each) for each in document.body]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(level, text, anchor):
            return f'<a id="{anchor}"></a>\n\n{"#" * (level + 1)} {_plain(text)}'
        case Paragraph(text, quiet, strong):
            return f"> {_plain(text)}" if quiet else f"**{_plain(text)}**" if strong else _plain(text)
        case Bullets(items):
            return "\n".join(f"- {_plain(each)}" for each in items)
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    heads = table.heads or ("",) * len(table.widths)
    rule = [":-:" if at in table.centered else "---" for at in range(len(heads))]
    rows = [heads, *table.rows]
    lines = [_row([_plain(cell) for cell in row]) for row in rows]
    return "\n".join([lines[0], _row(rule), *lines[1:]])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Words that are no markup and stay on one line."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))
