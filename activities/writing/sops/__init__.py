"""Standard operating procedures as data: a file for each industry, with what its trade does at which limits.

``zh/<industry>.toml`` holds the templates with their titles in both languages (``keywords``: words of a topic, with
commas between), ``en/<industry>.toml`` bodies in English of some of them, a table for each id. A new file is a new
industry, a new table ``templates.<industry>-<name>`` a new template.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

KEY = "★"
"""Before the name of a step on which the result hangs."""
Cell = Annotated[str, StringConstraints(min_length=1, max_length=600, strip_whitespace=True)]


class Step(NamedTuple):
    """What is done, how, by whom, what comes of it when it is right, and in which time."""

    what: Cell
    how: Cell
    who: Cell
    standard: Cell
    time: Cell

    @property
    def key(self) -> bool:
        return self.what.startswith(KEY)


class Role(NamedTuple):
    """Who answers for what."""

    who: Cell
    duty: Cell


class Term(NamedTuple):
    """A word of the trade."""

    term: Cell
    meaning: Cell


class Check(NamedTuple):
    """What is looked at, its limit, and how or how often it is found out."""

    item: Cell
    limit: Cell
    way: Cell


class Risk(NamedTuple):
    """What may go wrong, what keeps it away, and what is done when it happens."""

    risk: Cell
    prevention: Cell
    handling: Cell


class Record(NamedTuple):
    """A paper or file, who keeps it, and how long."""

    name: Cell
    keeper: Cell
    kept: Cell


class Kpi(NamedTuple):
    """A figure, its target, and how it is counted."""

    name: Cell
    target: Cell
    counted: Cell


class Sop(BaseModel):
    """A procedure in one language. ``laws``: rules that it rests on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Cell
    department: Cell
    purpose: Cell
    scope: Cell
    roles: tuple[Role, ...] = Field(min_length=2, max_length=20)
    terms: tuple[Term, ...] = Field(min_length=1, max_length=20)
    materials: tuple[Cell, ...] = Field(min_length=2, max_length=40)
    steps: tuple[Step, ...] = Field(min_length=4, max_length=40)
    checks: tuple[Check, ...] = Field(min_length=2, max_length=30)
    risks: tuple[Risk, ...] = Field(min_length=2, max_length=30)
    records: tuple[Record, ...] = Field(min_length=1, max_length=20)
    kpis: tuple[Kpi, ...] = Field(min_length=2, max_length=20)
    laws: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Industry:
    """``code`` begins the numbers of its documents."""

    id: str
    zh: str
    en: str
    code: str


@dataclass(frozen=True)
class Template:
    """A procedure of the library; ``number`` is its place among those of its industry, from 1."""

    id: str
    industry: Industry
    number: int
    title_zh: str
    title_en: str
    keywords: tuple[str, ...]
    zh: Sop
    en: Sop | None

    def title(self, language: str) -> str:
        return self.title_zh if language == "zh" else self.title_en

    def sop(self, language: str) -> Sop | None:
        return self.zh if language == "zh" else self.en


def industry_ids() -> tuple[str, ...]:
    """In order, by the names of their files alone: no file is read."""
    return tuple(_names("zh"))


@cache
def industries() -> dict[str, Industry]:
    """By id, in the order of the ids."""
    return {name: Industry(name, **table["industry"]) for name, table in _tables("zh").items()}


@cache
def templates() -> dict[str, Template]:
    """All of them by id. Raises ``KeyError`` for an English body whose template is not there."""
    english = {name: each for table in _tables("en").values() for name, each in table.items()}
    found = {}
    for industry, table in _tables("zh").items():
        for number, (name, each) in enumerate(table["templates"].items(), 1):
            found[name] = _template(name, industries()[industry], number, each, english.pop(name, None))
    if english:
        raise KeyError(f"no template for the English bodies {sorted(english)}")
    return found


def _template(
    name: str, industry: Industry, number: int, table: dict[str, Any], english: dict[str, Any] | None
) -> Template:
    body = {key: each for key, each in table.items() if key not in ("english", "keywords")}
    translated = None if english is None else Sop(title=table["english"], **english)
    keywords = tuple(word.strip() for word in table["keywords"].split(","))
    return Template(name, industry, number, table["title"], table["english"], keywords, Sop(**body), translated)


def _tables(language: str) -> dict[str, dict[str, Any]]:
    folder = files(__package__).joinpath(language)
    return {
        name: tomllib.loads(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8")) for name in _names(language)
    }


def _names(language: str) -> list[str]:
    """Of the files of a language, without their ending."""
    folder = files(__package__).joinpath(language)
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(each.name.removesuffix(".toml") for each in found if each.name.endswith(".toml"))
