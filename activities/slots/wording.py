"""Finds words that are refused, however they are written, and leaves innocent ones that look like them alone.

Texts are compared in one form: narrow letters, no marks, simplified characters, letters of other scripts as those that
they look like. Chinese is found across spaces and dots, English by whole words, or letter by letter with gaps between.
A Chinese find that cuts through a word of its sentence (颜色|情侣) is none: jieba says where words end.
"""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

OURS = Path(__file__).with_name("refused_words.toml")
OPERATOR = "operator"
"""Category of what the operator refuses."""

ALIKE = str.maketrans(
    dict(zip("авеѕіјкмнорсԁтухһӏԛԝєз", "abesijkmhopcdtyxhlqwe3", strict=True))
    | dict(zip("αβεικνορτυχω", "abeiknoptuxw", strict=True))
)
"""Small letters of Cyrillic and Greek as the Latin ones that they are taken for."""
READ_AS = str.maketrans("4@831!l05$7", "aabeiiioss" + "t")
"""Digits and signs as the letters that they are taken for, and l as the i that it looks like."""
CHINESE = "\u3400-\u9fff\U00020000-\U0003ffff"
GAP = r"[\s*_\-/|.·•~^+=#'`]"
"""What is put between characters so that they are not found; marks that end a clause are none of it."""
GAPS = re.compile(GAP)
BETWEEN_CHINESE = re.compile(rf"(?<=[{CHINESE}]){GAP}{{1,3}}(?=[{CHINESE}])")
LETTER = "[a-z0-9@$]"
SPELLED = re.compile(rf"(?<!{LETTER}){LETTER}(?:{GAP}{{1,3}}{LETTER}(?!{LETTER})){{3,}}")
WORD = re.compile(rf"{LETTER}+(?:!{LETTER}+)*")
ANY_CHINESE = re.compile(f"[{CHINESE}]")
AROUND = 12
"""Characters on each side of a find that are cut into words with it."""

Words = tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A refused word as the list has it, and its category."""

    word: str
    category: str


class Wording:
    """``more``: lines of the operator; one that begins with ``!`` is innocent, one with ``#`` says nothing. Chinese
    words of one character are never found: there are too many innocent ones around it."""

    def __init__(self, more: Sequence[str] = ()) -> None:
        self._chinese: dict[str, list[tuple[str, Found]]] = defaultdict(list)
        self._english: dict[str, list[tuple[Words, Found]]] = defaultdict(list)
        self._allowed_chinese: list[str] = []
        self._allowed_english: list[Words] = []
        for category, lists in tomllib.loads(OURS.read_text(encoding="utf-8")).items():
            self._take(category, lists["zh"] + lists["en"], lists["innocent"])
        lines = [line.strip() for line in more]
        theirs = [line for line in lines if line and line[0] not in "#!"]
        self._take(OPERATOR, theirs, [line[1:] for line in lines if line.startswith("!")])

    def find(self, text: str) -> Found | None:
        """The first refused word of a text, Chinese ones first, or None."""
        plain = normal(text)
        joined = BETWEEN_CHINESE.sub("", plain) if ANY_CHINESE.search(plain) else ""
        return next(self._in_chinese(joined), None) or next(self._in_english(plain), None)

    def _take(self, category: str, words: list[str], innocent: list[str]) -> None:
        for word in words:
            if ANY_CHINESE.search(plain := normal(word)):
                joined = GAPS.sub("", plain)
                self._chinese[joined[:2]].append((joined, Found(word, category)))
            elif read := _words(plain):
                self._english[read[0]].append((read, Found(word, category)))
        plains = [normal(each) for each in innocent]
        self._allowed_chinese += [GAPS.sub("", plain) for plain in plains if ANY_CHINESE.search(plain)]
        self._allowed_english += [_words(plain) for plain in plains if not ANY_CHINESE.search(plain)]

    def _in_chinese(self, text: str) -> Iterator[Found]:
        for start in range(len(text)):
            for word, found in self._chinese.get(text[start : start + 2], ()):
                end = start + len(word)
                if text.startswith(word, start) and not (
                    self._within_allowed(text, start, end) or _cuts_words(text, start, end)
                ):
                    yield found

    def _within_allowed(self, text: str, start: int, end: int) -> bool:
        word = text[start:end]
        for phrase in self._allowed_chinese:
            at = phrase.find(word)
            if at >= 0 and start >= at and text.startswith(phrase, start - at):
                return True
        return False

    def _in_english(self, text: str) -> Iterator[Found]:
        words = _words(text)
        for at, first in enumerate(words):
            for wanted, found in self._english.get(first, ()):
                if words[at : at + len(wanted)] == wanted and not self._allowed_at(words, at, len(wanted)):
                    yield found
        for run in SPELLED.finditer(text):
            letters = GAPS.sub("", run[0]).translate(READ_AS)
            for wanted, found in (each for choices in self._english.values() for each in choices):
                if len("".join(wanted)) > 3 and "".join(wanted) in letters:
                    yield found

    def _allowed_at(self, words: Words, at: int, count: int) -> bool:
        """Whether ``count`` words from ``at`` on lie within an innocent phrase."""
        return any(
            words[first : first + len(phrase)] == phrase
            for phrase in self._allowed_english
            for first in range(max(0, at + count - len(phrase)), at + 1)
        )


def read_lines(path: Path) -> list[str]:
    """The operator's file; ``OSError`` where there is none, ``ValueError`` where it is not UTF-8."""
    return path.read_text(encoding="utf-8-sig").splitlines()


def normal(text: str) -> str:
    """The one form in which texts are compared."""
    narrow = unicodedata.normalize("NFKC", text).casefold()
    apart = unicodedata.normalize("NFKD", narrow).translate(ALIKE)
    bare = apart if apart.isascii() else "".join(each for each in apart if not _is_mark(each))
    return str(_simplifier().convert(bare)) if ANY_CHINESE.search(bare) else bare


def _is_mark(letter: str) -> bool:
    """Accents, and what is not seen at all."""
    return unicodedata.category(letter) in ("Mn", "Me", "Cf")


@cache
def _simplifier() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def _words(plain: str) -> Words:
    """English words, as they are read; numbers alone are none."""
    found = WORD.findall(plain)
    return tuple(word.translate(READ_AS) for word in found if any(letter.isalpha() for letter in word))


def _cuts_words(text: str, start: int, end: int) -> bool:
    """Whether a word of the sentence begins before ``start`` or ends after ``end``, and does so within the find."""
    from activities.writing.words import cut

    first = max(0, start - AROUND)
    at = first
    for word in cut(text[first : end + AROUND]):
        begins, at = at, at + len(word)
        if begins < start < at < end or start < begins < end < at:
            return True
    return False
