"""Finds the procedure that a topic asks for: by what it means, and by words that stand in it."""

import math
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol

from ..words import ENGLISH_WORD, pairs, root, terms
from . import Sop, Template, templates

if TYPE_CHECKING:
    import numpy as np

HUB = 0.8
"""Share taken away of how near a title lies to all others: some fit everything a little."""
BY_WORDS, BY_MEANING = 1.0, 6.0
NEAR, NEAR_KNOWN, SURE = 0.5, 0.4, 0.8
"""The least score of a template that is taken, and where the user named the industry; below, the skeleton serves.

What is not ``SURE`` may be another work of the same words: five of fourteen topics outside of the library lay between.
"""
MOST_CHARACTERS = 300
"""Of a topic that are looked at."""
ALTERNATIVES = 3
ASKED = re.compile(
    r"^(?:(?:请|麻烦)?(?:你)?(?:帮我?|给我|为我?们?|替我)?(?:写|生成|来|做|编写|制定|制作|起草|出|要|想要|需要)?(?:一篇|一份|一个|一套|个|份)?"
    r"(?:关于|有关|针对)?)"
    r"|^(?:please\s+)?(?:write|create|make|draft|give|i need)(?:\s+(?:me|us))?(?:\s+(?:an?|the|some))?\s+",
    re.IGNORECASE,
)
KIND = re.compile(
    r"的?(?:sop|标准(?:作业|操作)(?:程序|流程|规程|规范)|作业指导书|操作(?:规程|流程|规范|手册|指南)|管理(?:规程|流程|规范|制度)|(?:工作|作业)?(?:流程|规程|规范|程序))+(?:模板|文档|文件)?$"
    r"|\b(?:sops?|standard operating procedures?|work instructions?|procedures?)\b(?:\s+templates?)?",
    re.IGNORECASE,
)
LEADING = re.compile(r"^(?:for|of|on|about|how to)\s+", re.IGNORECASE)


class Meanings(Protocol):
    """The engine ``meaning``."""

    label: str

    def __hash__(self) -> int: ...

    def vectors(self, sentences: list[str]) -> "np.ndarray": ...


@dataclass(frozen=True)
class Found:
    """A template and how well it fits: see ``NEAR`` and ``SURE``."""

    template: Template
    score: float


def subject(topic: str) -> str:
    """The topic without the asking around it: what a document of it would be called."""
    words = " ".join(topic.split()).strip(" ,，。.!！?？:：\"'“”")
    for each in (ASKED, KIND, LEADING):
        shorter = each.sub("", words).strip(" ,，。.的:：-—")
        words = shorter or words
    return words


def nearest(topic: str, industry: str, meanings: Meanings) -> list[Found]:
    """The templates, of one industry unless ``industry`` is "auto", the best first."""
    known = list(templates().values())
    asked = subject(topic)[:MOST_CHARACTERS]
    by_meaning = _by_meaning(asked, meanings)
    by_words = [_by_words(asked, each) for each in known]
    found = [
        Found(each, round(BY_MEANING * meant + BY_WORDS * worded, 3))
        for each, meant, worded in zip(known, by_meaning, by_words, strict=True)
        if industry in ("auto", each.industry.id)
    ]
    return sorted(found, key=lambda each: -each.score)


def taken(found: list[Found], industry: str) -> Found | None:
    """The first of ``found`` where it is near enough."""
    least = NEAR if industry == "auto" else NEAR_KNOWN
    return found[0] if found and found[0].score >= least else None


def skeleton(name: str, language: str) -> Sop:
    """What is true of any work, of the one that is called ``name`` (its first 80 characters)."""
    table = tomllib.loads(files(__package__).joinpath("generic.toml").read_text(encoding="utf-8"))[language]
    name = name[:80]
    return Sop(title=name, **_filled(table, name))


def _filled(value: Any, topic: str) -> Any:
    if isinstance(value, str):
        return value.replace("{topic}", topic)
    if isinstance(value, list):
        return [_filled(each, topic) for each in value]
    return {key: _filled(each, topic) for key, each in value.items()}


def _by_meaning(asked: str, meanings: Meanings) -> list[float]:
    import numpy as np

    rows, hub = _vectors(meanings)
    query = meanings.vectors([asked])[0]
    near = rows @ query - HUB * hub
    return (near - np.median(near)).reshape(2, -1).max(0).tolist()  # type: ignore[no-any-return]


@cache
def _vectors(meanings: Meanings) -> "tuple[np.ndarray, np.ndarray]":
    """Of all titles in Chinese, then in English, and how near each lies to all; two seconds once in a process."""
    import numpy as np

    known = templates().values()
    titles = [f"{each.industry.zh}：{each.title_zh}" for each in known]
    titles += [f"{each.industry.en}: {each.title_en}" for each in known]
    rows = meanings.vectors(titles)
    parts = np.split(rows, 2)
    middles = [part.mean(0) for part in parts]
    hubs = [part @ (middle / np.linalg.norm(middle)) for part, middle in zip(parts, middles, strict=True)]
    return rows, np.concatenate(hubs)


def _by_words(asked: str, template: Template) -> float:
    """How much of the topic's words, weighed by their rarity among the templates, stand with the template, 0..1."""
    grams, rarity = _grams(asked), _rarities()
    most = math.log(1 + len(_known()))
    whole = sum(rarity.get(each, most) for each in grams)
    return sum(rarity[each] for each in grams & _known()[template.id]) / whole if whole else 0.0


@cache
def _known() -> dict[str, frozenset[str]]:
    """What stands with each template, by its id."""
    return {
        name: _grams(" ".join((each.title_zh, each.title_en, *each.keywords, each.industry.zh, each.industry.en)))
        for name, each in templates().items()
    }


@cache
def _rarities() -> dict[str, float]:
    counts = Counter(gram for each in _known().values() for gram in each)
    return {gram: math.log(1 + len(_known()) / count) for gram, count in counts.items()}


def _grams(text: str) -> frozenset[str]:
    """Pairs of Chinese characters, and words of English without their endings."""
    return frozenset([*pairs(text), *map(root, terms(" ".join(ENGLISH_WORD.findall(text))))])
