"""Styles as data: one file a style, with what a provider is told and the patterns of the offline engine."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Words:
    """A style in one language. Patterns hold slots: ``{product}``, ``{point}``, ``{points}``, ``{audience}`` …

    A text begins with one of ``openings``; ``digests`` name several points at once, ``points`` one; ``angles`` go on
    after any point; ``bridges`` lead over; ``facts`` tell audience, price, place and occasion; ``closings`` call.
    ``headings`` are of longer texts, ``tags`` go below where a scene has tags.
    """

    prompt: str
    do: tuple[str, ...]
    dont: tuple[str, ...]
    examples: tuple[str, ...]
    openings: tuple[str, ...]
    digests: tuple[str, ...]
    points: tuple[str, ...]
    angles: tuple[str, ...]
    bridges: tuple[str, ...]
    facts: tuple[str, ...]
    closings: tuple[str, ...]
    headings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    benefits: bool = True
    """Whether sentences of ``benefits.toml`` go into its texts; their last mark is that of its openings."""


@dataclass(frozen=True)
class Style:
    """A style. ``keywords`` of a brief speak for it; ``emoji`` are those of its posts."""

    id: str
    zh_title: str
    en_title: str
    zh: Words
    en: Words
    keywords: tuple[str, ...] = ()
    emoji: tuple[str, ...] = field(default=("✨",))

    def of(self, language: str) -> Words:
        return self.zh if language == "zh" else self.en


@cache
def styles() -> dict[str, Style]:
    """All styles by id, in the order of their ids."""
    found = sorted(
        (each for each in files(__package__).iterdir() if each.name.endswith(".toml")), key=lambda at: at.name
    )
    return {each.name[:-5]: _style(each.name[:-5], tomllib.loads(each.read_text(encoding="utf-8"))) for each in found}


def _style(name: str, table: dict[str, object]) -> Style:
    title = table["title"]
    assert isinstance(title, dict)
    return Style(
        name,
        title["zh"],
        title["en"],
        _words(table["zh"]),
        _words(table["en"]),
        tuple(_list(table["keywords"])),
        tuple(_list(table["emoji"])),
    )


def _words(table: object) -> Words:
    assert isinstance(table, dict)
    lists = {name: tuple(each) for name, each in table.items() if isinstance(each, list)}
    return Words(prompt=table["prompt"], benefits=table.get("benefits", True), **lists)


def _list(value: object) -> list[str]:
    assert isinstance(value, list)
    return value


def recognized(text: str, fallback: str = "friendly") -> str:
    """The id of the style for which most keywords of a brief speak; the longer ones count more."""
    lower = text.lower()
    scores = {each.id: sum(len(word) for word in each.keywords if word in lower) for each in styles().values()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] else fallback
