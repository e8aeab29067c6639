"""Words of a text, in Chinese or English, and those that tell most of what it is about."""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from .brief import CHINESE

RUN = re.compile(r"[\u3400-\u9fff]+")
ENDINGS = ("ing", "ies", "es", "s", "ed", "e", "y")
ENGLISH_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*[A-Za-z]|[A-Za-z]")


def written_in(text: str) -> str:
    """zh or en: by which of them most of the words are."""
    return "zh" if len(CHINESE.findall(text)) / 1.5 > len(ENGLISH_WORD.findall(text)) else "en"


def cut(text: str) -> list[str]:
    """A text's words and what stands between them, in order; joined they are the text."""
    return [str(word) for word in _dictionary().cut(text)]


def tagged(text: str) -> list[tuple[str, str]]:
    """Words of Chinese and their classes, as jieba names them (n noun, v verb, nr name of a person …)."""
    return [(pair.word, pair.flag) for pair in _tagger().cut(text)]


def terms(text: str) -> list[str]:
    """Words that carry meaning, in small letters and in the singular where that is easy to tell."""
    if written_in(text) == "en":
        return [_stem(word.lower()) for word in ENGLISH_WORD.findall(text) if _counts(word)]
    found = [word for word in cut(text) if len(word) > 1 and _counts(word)]
    return [word.lower() for word in found if word[0].isalpha()]


def weights(text: str) -> dict[str, float]:
    """How much each term tells of a text, the strongest 1: by its count, and in Chinese by its rarity elsewhere."""
    counts = Counter(terms(text))
    if written_in(text) == "zh":
        rarity, middle = _rarities()
        raw = {term: count * rarity.get(term, middle) for term, count in counts.items()}
    else:
        raw = {term: count * math.log(2 + len(term)) for term, count in counts.items()}
    most = max(raw.values(), default=1.0)
    return {term: weight / most for term, weight in raw.items()}


def keywords(text: str, count: int) -> list[str]:
    """The terms that tell most, as the text writes them most often."""
    ranked = sorted(weights(text).items(), key=lambda each: (-each[1], each[0]))[:count]
    if written_in(text) == "zh":
        return [term for term, _ in ranked]
    written: dict[str, Counter[str]] = {}
    for word in ENGLISH_WORD.findall(text):
        written.setdefault(_stem(word.lower()), Counter())[word] += 1
    return [written[term].most_common(1)[0][0] for term, _ in ranked]


def pairs(text: str) -> Iterator[str]:
    """Neighbouring characters of Chinese, which share what words share; a character that stands alone, as it is."""
    for run in RUN.findall(text):
        yield from (run[at : at + 2] for at in range(max(1, len(run) - 1)))


def root(word: str) -> str:
    """What is left of an English word (small letters) that its relatives have, too: for likeness, not to be shown."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _counts(word: str) -> bool:
    return len(word) > 1 and word.lower() not in _common()


def _stem(word: str) -> str:
    word = re.sub("['’]s$", "", word)
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


@cache
def _common() -> frozenset[str]:
    lists = tomllib.loads(files(__package__).joinpath("common_words.toml").read_text(encoding="utf-8"))
    return frozenset(f"{lists['en']} {lists['zh']}".split())


@cache
def _dictionary() -> Any:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba.Tokenizer()


@cache
def _tagger() -> Any:
    from jieba.posseg import POSTokenizer

    return POSTokenizer(_dictionary())


@cache
def _rarities() -> tuple[dict[str, float], float]:
    """Of Chinese words in general, and what stands in for those that the dictionary does not know."""
    from jieba.analyse import default_tfidf

    return default_tfidf.idf_freq, default_tfidf.median_idf
