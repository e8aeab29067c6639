"""Texts that vouch for nothing: nothing tried or bought, no witness; of places no visit and no crowd either."""

import re
import tomllib
from functools import cache
from pathlib import Path

from .brief import Brief
from .composing import size
from .offline import write_offline

FILE = Path(__file__).with_name("vouching.toml")
DRAFTS = 60
LONGER = (1.0, 1.2, 1.4, 1.6)
"""Of the length, asked for in turn, as sentences fall away."""
NEAR = 0.1
SENTENCES = {"zh": re.compile(r"(?<=[。！？～])"), "en": re.compile(r"(?<=[.!?♡])\s+")}


@cache
def claims(language: str, place: bool = False) -> tuple[str, ...]:
    """Words that only one who bought, tried or (``place``) was there may say, in lower case."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return (*told["claims"][language], *(told["places"][language] if place else ()))


def vouches(sentence: str, brief: Brief, language: str, place: bool = False) -> bool:
    """Whether a sentence says what its writer cannot know; words of the brief itself are no such claim."""
    said = sentence.casefold()
    for each in (brief.product, *brief.points, *brief.slots.values()):
        said = said.replace(each.casefold(), "")
    return any(word in said for word in claims(language, place))


def write_modestly(brief: Brief, style: str, language: str, length: int, seed: int) -> str:
    """The offline engine's text of about ``length`` with every vouching sentence left out.

    Of ``DRAFTS`` drafts the first that names all points and is within ``NEAR`` of the length, else the nearest.
    """
    best, nearest = "", (10**9, 1.0)
    for number in range(DRAFTS):
        asked = round(length * LONGER[number % len(LONGER)])
        draft = write_offline(brief, style, "general", language, asked, 1, seed + number * 2**31)[0]
        text = _without(draft, brief, language)
        missing = sum(each.casefold() not in text.casefold() for each in (brief.product, *brief.points))
        off = missing, abs(size(text, language) - length) / length
        if off < nearest:
            best, nearest = text, off
        if not nearest[0] and nearest[1] <= NEAR:
            break
    return best


def _without(text: str, brief: Brief, language: str) -> str:
    """The paragraphs with what vouches taken out; those of which nothing is left are left out."""
    between = "" if language == "zh" else " "
    lines = []
    for line in text.split("\n"):
        kept = [
            each for each in SENTENCES[language].split(line) if each and not vouches(each, brief, language, place=True)
        ]
        if kept or not line.strip():
            lines.append(between.join(kept))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
