"""Arranges a procedure as a document: headings, paragraphs, lists and tables, whatever they are written as later."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from . import KEY, Sop, Step

Detail = Literal["standard", "key", "detailed"]
"""All steps in a table; the key steps alone; or a heading for each step."""
BOX = "□"


@dataclass(frozen=True)
class Heading:
    """``level`` 1 or 2; ``anchor`` is unique in the document."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Paragraph:
    """Words; ``quiet`` for remarks, ``strong`` for a title that is not in the contents."""

    text: str
    quiet: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list without numbers."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """``widths`` are shares of the line, 1 together; ``centered`` are the columns of marks and numbers.

    Without ``heads`` its first and third columns are names of what stands beside them.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    centered: frozenset[int] = frozenset()
    tall: bool = False
    """Whether rows leave room for writing by hand."""


Block = Heading | Paragraph | Bullets | Table


@dataclass(frozen=True)
class Control:
    """What stands around a procedure. Empty words leave a line to be filled in by hand."""

    number: str
    version: str
    date: str
    company: str
    industry: str
    topic: str
    author: str
    reviewer: str
    approver: str


@dataclass(frozen=True)
class Document:
    """``front`` stands before the contents, ``body`` behind them."""

    title: str
    language: str
    control: Control
    front: tuple[Block, ...]
    body: tuple[Block, ...]

    @property
    def headings(self) -> list[Heading]:
        return [each for each in self.body if isinstance(each, Heading)]

    @property
    def words(self) -> dict[str, Any]:
        """The document's own words in its language."""
        return labels(self.language)


@cache
def labels(language: str) -> dict[str, Any]:
    """Words of the document itself, by what they name."""
    read: dict[str, dict[str, Any]] = tomllib.loads(files(__package__).joinpath("labels.toml").read_text("utf-8"))
    return read[language]


def arranged(sop: Sop, control: Control, language: str, detail: Detail) -> Document:
    """The document, with its sections numbered."""
    words = labels(language)
    body: list[Block] = []
    for number, (title, blocks) in enumerate(_sections(sop, control, words, detail), 1):
        body.append(Heading(1, f"{number} {title}", f"s{number}"))
        for each in blocks:
            if isinstance(each, Heading):
                each = Heading(2, f"{number}.{each.text}", f"s{number}-{each.anchor}")
            body.append(each)
    return Document(sop.title, language, control, _front(sop, control, words), tuple(body))


def _front(sop: Sop, control: Control, words: dict[str, Any]) -> tuple[Block, ...]:
    blank = words["blank_date"]
    rows = (
        (words["number"], control.number, words["version"], control.version),
        (words["department"], sop.department, words["date"], control.date or blank),
        (words["industry"], control.industry, words["author"], control.author),
        (words["reviewer"], control.reviewer, words["approver"], control.approver),
    )
    topic = Paragraph(f"{words['topic']}{words['separator']}{control.topic}", quiet=True)
    revision = (control.version, control.date or blank, words["first_issue"], control.author)
    history = Table(tuple(words["revision_heads"]), (revision, ("",) * 4), (0.14, 0.22, 0.44, 0.2), tall=True)
    shown = () if control.topic == sop.title else (topic,)
    return (*shown, Table((), rows, (0.17, 0.33, 0.17, 0.33)), Paragraph(words["revisions"], strong=True), history)


def _sections(sop: Sop, control: Control, words: dict[str, Any], detail: Detail) -> list[tuple[str, list[Block]]]:
    steps = [each for each in sop.steps if each.key] if detail == "key" else list(sop.steps)
    third = (0.26, 0.3, 0.44)
    found: list[tuple[str, list[Block]]] = [
        (words["purpose"], [Paragraph(sop.purpose)]),
        (words["scope"], [Paragraph(sop.scope)]),
        (words["roles"], [Table(tuple(words["role_heads"]), sop.roles, (0.25, 0.75))]),
        (words["terms"], [Table(tuple(words["term_heads"]), sop.terms, (0.25, 0.75))]),
        (words["materials"], [Bullets(sop.materials)]),
        (words["key_steps" if detail == "key" else "steps"], _steps(steps, words, detail)),
        (words["checks"], [Table(tuple(words["check_heads"]), sop.checks, (0.28, 0.34, 0.38))]),
        (words["risks"], [Table(tuple(words["risk_heads"]), sop.risks, (0.22, 0.36, 0.42))]),
        (words["records"], [Table(tuple(words["record_heads"]), sop.records, (0.42, 0.24, 0.34))]),
        (words["kpis"], [Table(tuple(words["kpi_heads"]), sop.kpis, third)]),
    ]
    if sop.laws:
        found.append((words["laws"], [Bullets(sop.laws)]))
    found.append((words["checklist"], _checklist(sop, words)))
    found.append((words["sign_off"], [_sign_off(control, words)]))
    if detail == "key":
        left_out = {words[name] for name in ("terms", "records", "kpis", "laws")}
        found = [each for each in found if each[0] not in left_out]
    return found


def _steps(steps: list[Step], words: dict[str, Any], detail: Detail) -> list[Block]:
    heads = tuple(words["step_heads"])
    if detail != "detailed":
        rows = tuple((str(number), *each) for number, each in enumerate(steps, 1))
        widths = (0.07, 0.15, 0.32, 0.13, 0.22, 0.11)
        return [Paragraph(words["key_note"], quiet=True), Table(heads, rows, widths, frozenset({0}))]
    blocks: list[Block] = [Paragraph(words["key_note"], quiet=True)]
    for number, step in enumerate(steps, 1):
        blocks.append(Heading(2, f"{number} {step.what}", str(number)))
        blocks.append(Table((), tuple(zip(heads[2:], step[1:], strict=True)), (0.2, 0.8)))
    return blocks


def _checklist(sop: Sop, words: dict[str, Any]) -> list[Block]:
    """What an inspector ticks: the key steps, and every check."""
    asked = [(each.what.removeprefix(KEY), each.standard) for each in sop.steps if each.key]
    asked += [(each.item, each.limit) for each in sop.checks]
    rows = tuple((str(number), *each, BOX, BOX, "") for number, each in enumerate(asked, 1))
    widths = (0.07, 0.24, 0.35, 0.09, 0.1, 0.15)
    table = Table(tuple(words["checklist_heads"]), rows, widths, frozenset({0, 3, 4}))
    return [table, Paragraph(words["checklist_note"], quiet=True)]


def _sign_off(control: Control, words: dict[str, Any]) -> Table:
    roles = ("author", "reviewer", "approver")
    rows = tuple((words[role], getattr(control, role), "", words["blank_date"]) for role in roles)
    return Table(tuple(words["sign_heads"]), rows, (0.16, 0.26, 0.32, 0.26), frozenset({0}), tall=True)
