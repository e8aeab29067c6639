"""Finds what a rewriting must not touch: numbers, quotes, code, addresses, names, and words that the user keeps."""

import re
from collections.abc import Sequence

from .words import tagged

UNTOUCHED = re.compile(
    r"`[^`\n]+`|https?://\S+|[\w.+-]+@[\w-]+\.\w+|[@#]\w+|“[^”]*”|‘[^’]*’(?!\w)|「[^」]*」|『[^』]*』|《[^》]*》|\"[^\"\n]*\"|"
    r"\{[^{}\n]*\}|<[^<>\n]*>|\$[^$\n]+\$|[$¥€£]?\d[\d.,:/%-]*(?:\s?[A-Za-z%℃°]{1,4}\b)?"
)
CHINESE_NUMBER = re.compile(
    r"第?[零一二三四五六七八九十百千万亿两〇]{2,}(?:分之[零一二三四五六七八九十百]+)?(?:点[零一二三四五六七八九]+)?"
)
NAME = re.compile(r"(?<![.!?:\n“\"] )(?<=[a-z,;)] )[A-Z][\w’'-]*(?: (?:of |the )?[A-Z][\w’'-]*)*")
NAMES = ("nr", "ns", "nt", "nz", "nrt", "nrfg")
FIGURE = re.compile(r"\d[\d.,]*\d|\d")


def protected(text: str, language: str, keep: Sequence[str], names: Sequence[str]) -> list[tuple[int, int]]:
    """Stretches of ``text`` (from, to) that stay; ``names`` are those of the whole text (see ``names_of``)."""
    spans = [found.span() for found in UNTOUCHED.finditer(text)]
    if language == "zh":
        spans += [found.span() for found in CHINESE_NUMBER.finditer(text)]
    for each in (*keep, *names):
        spans += [found.span() for found in re.finditer(re.escape(each), text, re.IGNORECASE if each in keep else 0)]
    return spans


def names_of(text: str, language: str) -> list[str]:
    """Names of people, places and things, as the text writes them."""
    if language == "zh":
        found = [word for word, kind in tagged(text) if kind in NAMES and len(word) > 1]
    else:
        found = [each for each in NAME.findall(text) if each not in ("I", "I'm", "I've")]
    return list(dict.fromkeys(found))


def missing(original: str, written: str, keep: Sequence[str], names: Sequence[str]) -> list[str]:
    """The kept words, numbers and names of ``original`` that ``written`` has no more."""
    lower = written.lower()
    figures = [each for each in dict.fromkeys(FIGURE.findall(original)) if each not in FIGURE.findall(written)]
    kept = [each for each in keep if each.lower() in original.lower() and each.lower() not in lower]
    return [*kept, *figures, *(each for each in names if each not in written and each not in kept)]


def touches(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a stretch lies in one of the protected, even in part."""
    return any(start < last and first < end for first, last in spans)
