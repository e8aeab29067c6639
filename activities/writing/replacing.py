"""Puts synonyms into a sentence: whole words only, none that is protected, none that its neighbors forbid."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from .protecting import protected, touches
from .synonyms import Choice, Entries, synonyms
from .words import cut, tagged

SHARES = {
    "light": {"links": 0.7, "phrases": 0.7, "words": 0.2, "numbers": 0.5},
    "medium": {"links": 0.85, "phrases": 0.9, "words": 0.6, "numbers": 0.8},
    "strong": {"links": 1.0, "phrases": 1.0, "words": 1.0, "numbers": 1.0},
}
"""How many of the words that could be replaced are, by kind."""
WINDOW = 6
"""Characters to both sides of a Chinese word in which a forbidding neighbor counts."""
HELPED = re.compile(r"\b(?:is|are|was|were|be|been|being|has|have|had|having|get|got)(?: \w+ly| not)?$", re.IGNORECASE)
NUMBER = (
    r"(?=\s+(?:[$£€]?\d|(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|hundred|half)\b))"
)
ARTICLE = re.compile(r"\b(a|an) $", re.IGNORECASE)


@dataclass(frozen=True)
class Manner:
    """How to rewrite: ``register`` is formal, casual or empty; ``keep`` and ``names`` stay; a word becomes the same one
    throughout a text, which one depends on ``seed``."""

    strength: str
    register: str
    keep: tuple[str, ...]
    names: tuple[str, ...]
    seed: str


def replaced(sentence: str, manner: Manner, language: str, source: random.Random) -> str:
    """The sentence with other words, as many as the strength wants."""
    spans = protected(sentence, language, manner.keep, manner.names)
    found = (_chinese if language == "zh" else _english)(sentence, manner)
    result, at = "", 0
    for start, end, kind, choices in found:
        if start < at or touches(spans, start, end) or source.random() > SHARES[manner.strength].get(kind, 1.0):
            continue
        rest = f"{sentence[:start]}\n{sentence[end:]}".lower()
        fitting = [each for each in choices if each.lower() not in rest]
        if fitting:
            same = random.Random(f"{manner.seed}/{sentence[start:end].lower()}")  # noqa: S311 - no secret
            result += sentence[at:start] + same.choice(fitting)
            at = end
    return result + sentence[at:]


Found = list[tuple[int, int, str, Sequence[str]]]


def _chinese(sentence: str, manner: Manner) -> Found:
    """Places and what may stand there: phrases between the ends of words, then words."""
    table = synonyms("zh")
    found: Found = []
    words = tagged(sentence)
    starts = [0]
    for word, _ in words:
        starts.append(starts[-1] + len(word))
    for match in _pattern("zh").finditer(sentence):
        if {match.start(), match.end()} <= set(starts):
            found.append((match.start(), match.end(), "phrases", _texts(table.phrases[match[0]])))
    for (word, kind), start in zip(words, starts, strict=False):
        near = sentence[max(0, start - WINDOW) : start + len(word) + WINDOW]
        if any(each in near for each in table.unless.get(word, ())):
            continue
        for name, entries in _kinds(manner, "zh"):
            choices = entries.get(word) or entries.get(f"{word}/{kind[:1]}")
            if choices:
                found.append((start, start + len(word), name, _texts(choices)))
                break
    return sorted(found, key=lambda each: (each[0], -each[1]))


def _english(sentence: str, manner: Manner) -> Found:
    """Places and what may stand there, the longest first; forms, first letters and articles are seen to."""
    found: Found = []
    kinds = _kinds(manner, "en")
    for match in _pattern("en").finditer(sentence):
        key = match[0].lower()
        name, entries = next(((name, entries) for name, entries in kinds if key in entries), ("", {}))
        if not name or (match[0][1:] != key[1:]) or _forbidden(sentence, match.start(), match.end(), key):
            continue
        choices = _formed(entries[key], sentence[: match.start()])
        if match[0][0].isupper() and not key.startswith(("i'", "i ")):
            choices = [each[0].upper() + each[1:] for each in choices]
        found.append(_with_article(sentence, match.start(), match.end(), name, choices))
    for match in re.finditer(rf"\b(?:{'|'.join(synonyms('en').numbers)})\b{NUMBER}", sentence):
        found.append((match.start(), match.end(), "numbers", _texts(synonyms("en").numbers[match[0]])))
    return sorted(found, key=lambda each: (each[0], -each[1]))


def _forbidden(sentence: str, start: int, end: int, key: str) -> bool:
    """By the word before or behind, by a hyphen, or by the end of the sentence behind a contraction's words."""
    before, after = sentence[:start].lower(), sentence[end:].lower()
    if before.endswith(("-", "'", "’")) or after.startswith(("-", "'", "’")):
        return True
    for each in synonyms("en").unless.get(key, ()):
        side, word = each[0], each[2:]
        if (
            re.search(rf"\b{re.escape(word)}\W+$", before)
            if side == "<"
            else re.match(rf"\W+{re.escape(word)}\b", after)
        ):
            return True
    return key in synonyms("en").casual and " " in key and not re.match(r" [a-z]", after)


def _formed(choices: Sequence[Choice], before: str) -> list[str]:
    """Those of the right form: a participle behind is, has …, the past elsewhere."""
    form = "participle" if HELPED.search(before.rstrip()) else "past"
    return [each.text for each in choices if each.only in ("", form)]


def _with_article(
    sentence: str, start: int, end: int, name: str, choices: list[str]
) -> tuple[int, int, str, list[str]]:
    """With "a" or "an" before it, where one stands there."""
    article = ARTICLE.search(sentence[:start])
    if article is None:
        return start, end, name, choices
    right = [f"{_article(each, article[1])} {each}" for each in choices if not each.startswith(("a ", "many", "all "))]
    return article.start(), end, name, right


def _article(word: str, old: str) -> str:
    vowel = re.match(r"(?!uni|use|usu|one|eu)[aeiou]|hour|honest", word, re.IGNORECASE)
    new = "an" if vowel else "a"
    return new.capitalize() if old[0].isupper() else new


def _kinds(manner: Manner, language: str) -> list[tuple[str, Entries]]:
    """Kinds of entries in the order that they count; those of the style first."""
    table = synonyms(language)
    styled = {"formal": table.formal, "casual": table.casual}.get(manner.register, {})
    targets = {choice.text for choices in styled.values() for choice in choices}
    own: list[tuple[str, Entries]] = [("phrases", table.phrases), ("links", table.links), ("words", table.words)]
    return [
        ("styled", styled),
        *((name, {word: each for word, each in entries.items() if word not in targets}) for name, entries in own),
    ]


@cache
def _pattern(language: str) -> re.Pattern[str]:
    """Any phrase of Chinese; in English any entry. The longest first."""
    table = synonyms(language)
    if language == "zh":
        return re.compile("|".join(sorted(map(re.escape, table.phrases), key=len, reverse=True)))
    keys = {*table.phrases, *table.links, *table.words, *table.formal, *table.casual}
    ordered = sorted(map(re.escape, keys), key=len, reverse=True)
    return re.compile(rf"(?<![\w'’-])(?:{'|'.join(ordered)})(?![\w'’-])", re.IGNORECASE)


def _texts(choices: Sequence[Choice]) -> list[str]:
    return [each.text for each in choices]


def five_grams(text: str, language: str) -> set[tuple[str, ...]]:
    """Runs of five characters of Chinese, of five words of English; marks do not count."""
    units = [each for each in text if each.isalnum()] if language == "zh" else re.findall(r"[\w'’]+", text.lower())
    return {tuple(units[at : at + 5]) for at in range(max(1, len(units) - 4))}


def pieces_of(text: str, language: str) -> list[str]:
    """What a difference is told in."""
    return cut(text) if language == "zh" else re.findall(r"\w+(?:['’]\w+)*|\s+|[^\w\s]", text)
