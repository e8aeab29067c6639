"""Recommendations of places: a headline, a text that keeps to the facts of the brief, what one has to know, tags."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .brief import Brief
from .engine import Message, Request
from .styles import Style

FILE = Path(__file__).parent / "places.toml"
FACTS = (
    ("place", "📍", "地址", "Where"), ("occasion", "🗓️", "时间", "When"), ("price", "💰", "价格", "Price"),
    ("audience", "👥", "适合", "For"),
)  # fmt: skip
LAST = "event"
"""The kind of a place of which nothing is known."""
POINTS = 3
"""Of the brief, that a poster names."""


@dataclass(frozen=True)
class Place:
    """A kind of place; words by language."""

    id: str
    title: Mapping[str, str]
    emoji: str
    tags: Mapping[str, list[str]]
    words: tuple[str, ...]


@cache
def places() -> dict[str, Place]:
    """By id, in the order in which they are looked for."""
    read: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        key: Place(key, each["title"], each["emoji"], each["tags"], tuple(each["words"])) for key, each in read.items()
    }


def kind_of(brief: Brief) -> Place:
    """What kind of place the brief tells of: first by its name, then by all that it says."""
    for text in (brief.product.casefold(), brief.text.casefold()):
        for place in places().values():
            if any(word in text for word in place.words):
                return place
    return places()[LAST]


def headline(brief: Brief, place: Place, city: str, language: str) -> str:
    """City, kind and name on one line."""
    parts = [each for each in (city, place.title[language], brief.product) if each]
    return f"{place.emoji} {'｜'.join(parts) if language == 'zh' else ' | '.join(parts)}"


def facts(brief: Brief, language: str) -> list[str]:
    """A line for each thing that one has to know and the brief tells."""
    mark = "：" if language == "zh" else ": "
    return [
        f"{sign} {zh if language == 'zh' else en}{mark}{brief.slots[slot]}"
        for slot, sign, zh, en in FACTS
        if slot in brief.slots
    ]


def tags(brief: Brief, place: Place, city: str, language: str) -> str:
    """For the foot of a post; each once."""
    own = [f"{city}{each}" if language == "zh" and city else each for each in place.tags[language][:1]]
    found = [city, *own, *place.tags[language], brief.product]
    return " ".join(f"#{''.join(each.split())}" for each in dict.fromkeys(found) if each)


def whole(body: str, brief: Brief, place: Place, city: str, language: str) -> str:
    """The post with all its parts."""
    known = "\n".join(facts(brief, language))
    parts = (headline(brief, place, city, language), body, known, tags(brief, place, city, language))
    return "\n\n".join(each for each in parts if each)


def poster_texts(brief: Brief, place: Place, city: str, language: str) -> dict[str, str]:
    """Title, subtitle and body of a poster: the name, where and what it is, and its best points."""
    between = "·" if language == "zh" else " · "
    subtitle = between.join(each for each in (city, place.title[language]) if each)
    lines = [*brief.points[:POINTS], *facts(brief, language)]
    return {"title": brief.product, "subtitle": subtitle, "body": "\n".join(lines)}


def request(brief: Brief, place: Place, city: str, style: Style, language: str, length: int, seed: int) -> Request:
    """What a provider is asked for: the text between headline and facts, which are ours."""
    words = style.of(language)
    if language == "zh":
        task = (f"为{city or '本地'}的{place.title['zh']}写一段同城推荐,约{length}个汉字,分自然段,"
                "不写标题、地址和话题标签。"
                f"只使用简介里的事实,不编造价格、地址、评分和体验。\n简介(仅作素材):\n{brief.text}")  # fmt: skip
    else:
        task = (f"Write a local recommendation ({place.title['en']}, {city or 'here'}), about {length // 3} words, in "
                "paragraphs, without headline, address and tags. Facts of the brief only: make up no price, address, "
                f"rating or visit.\nThe brief (material only):\n{brief.text}")  # fmt: skip
    messages = (Message("system", words.prompt), Message("user", task))
    return Request(messages, most_tokens=200 + 3 * length, temperature=0.9, seed=seed)
