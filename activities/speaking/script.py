"""Takes a text apart into what is said in one breath: sentences as phonemes, and the silence after each.

Numbers are read in the language of their sentence: Chinese where it has a Chinese character. Words of the other
language are said in their own sounds.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from . import chinese, english, numbers_en, numbers_zh

HAN = "\u3400-\u4dbf\u4e00-\u9fff〇"
CHINESE = re.compile(f"[{HAN}]")
MARKS = dict(zip("，、。．！？；：…—（）～·•|_\t℃", ",,..!?;:…—()— ,,   ", strict=True)) | dict.fromkeys("《「『“", "“")
MARKS |= dict.fromkeys("》」』”", "”") | {"【": "(", "】": ")"}
"""Marks as the network knows them."""
SENTENCE = re.compile(r"[^。！？!?…\n]*?(?:[。！？!?…]+[”’」』）)\"']*|\.(?=\s|$|[”’)\"'])[”’)\"']*|\n+|$)", re.S)
NO_END = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|No|[A-Z]|[a-z]\.[a-z])|^\s*\d{1,2})\.$", re.IGNORECASE)
CLAUSE = re.compile(r"(?<=[,;:—])\s*")
PIECE = re.compile(f"[{HAN}]+|[^{HAN}]+")
SIGNS_ZH = {
    "&": "和",
    "@": " at ",
    "%": "百分号",
    "+": "加",
    "=": "等于",
    "~": "到",
    "/": " ",
    "#": " ",
    "^": " ",
    "*": " ",
}
"""What signs are called that no number stands beside."""
BREATH = 220
"""Phonemes that are said at once at most; longer sentences take breath at a comma."""
LONGEST = 400
"""Characters of a sentence."""
AFTER_SENTENCE, AFTER_CLAUSE, AFTER_PARAGRAPH = 0.35, 0.12, 0.7
"""Seconds of silence."""


@dataclass(frozen=True)
class Line:
    """What is said in one go, and the seconds of silence after it."""

    text: str
    phonemes: str
    pause: float


def sentences(text: str) -> list[str]:
    """The text's sentences, a line break at the end of those that end a paragraph."""
    found: list[str] = []
    for match in SENTENCE.finditer(unicodedata.normalize("NFC", text).replace("\r", "")):
        piece = match[0]
        before = found[-1] if found else "\n"
        whole = before.endswith("\n") or len(before) > LONGEST
        if not whole and (NO_END.search(before[-LONGEST:]) or not _speaks(piece)):
            found[-1] += piece
        elif _speaks(piece):
            found.append(piece.lstrip())
    return [part for piece in found for part in _cut(piece)]


def _cut(piece: str) -> list[str]:
    """A sentence without end is one of several: cut behind a comma or a space, else anywhere."""
    parts = []
    while len(piece) > LONGEST:
        at = max(piece.rfind(mark, LONGEST // 2, LONGEST) for mark in "，,；; ") + 1 or LONGEST
        parts.append(piece[:at])
        piece = piece[at:]
    return [*parts, piece]


def unspeakable(text: str) -> str:
    """Letters that neither language has, each once."""
    letters = dict.fromkeys(each for each in text if each.isalpha() and not _known(each))
    return "".join(letters)


def script(text: str, told: Callable[[float], None] = lambda share: None) -> list[Line]:
    """All of a text; ``told`` the share that is done. Empty where nothing can be said."""
    pieces, lines = sentences(text), []
    for number, piece in enumerate(pieces, 1):
        pause = AFTER_PARAGRAPH if piece.endswith("\n") else AFTER_SENTENCE
        parts = _breaths(phonemes(piece))
        for part in parts[:-1]:
            lines.append(Line(piece.strip(), part, AFTER_CLAUSE))
        lines += [Line(piece.strip(), part, pause) for part in parts[-1:]]
        told(number / len(pieces))
    return lines


def phonemes(sentence: str) -> str:
    """A sentence of either language or both."""
    if not CHINESE.search(sentence):
        return english.phonemes(_marked(numbers_en.spoken(_narrow(sentence))))
    text = re.sub(r"(?<=[A-Za-z])\.(?=[a-z]{2})", "点", numbers_zh.spoken(_narrow(sentence)))
    for sign, word in SIGNS_ZH.items():
        text = text.replace(sign, word)
    sounds = [
        chinese.phonemes(piece)
        if CHINESE.match(piece)
        else f" {english.phonemes(piece)} "
        if _letters(piece)
        else piece
        for piece in PIECE.findall(_marked(text))
    ]
    joined = re.sub(r"\s+", " ", "".join(sounds)).strip()
    return re.sub(r"\s+(?=[,.!?;:])", "", re.sub(r"([,.!?;:])(?=[^\s”)])", r"\1 ", joined))


def _narrow(text: str) -> str:
    """Letters and digits of Latin width; Chinese marks stay."""
    return "".join(
        unicodedata.normalize("NFKC", each) if "\uff10" <= each <= "\uff5a" and each not in MARKS else each
        for each in text
    )


def _marked(text: str) -> str:
    """Marks as the network knows them; what is neither word nor mark falls silent."""
    marked = "".join(MARKS.get(each, each) for each in text)
    return "".join(each for each in marked if _known(each) or each in ";:,.!?—…\"()“” '’&@%+=/-" or each.isdigit())


def _known(each: str) -> bool:
    """A letter of Chinese, or of Latin with or without an accent."""
    return bool(CHINESE.match(each)) or (each.isalpha() and each <= "ÿ")


def _letters(piece: str) -> bool:
    return any(each.isalpha() for each in piece)


def _speaks(piece: str) -> bool:
    return any(_known(each) or each.isdigit() for each in piece)


def _breaths(sounds: str) -> list[str]:
    """Cut at commas, else at spaces, into parts that can be said at once."""
    parts: list[str] = []
    for clause in CLAUSE.split(sounds):
        if parts and len(parts[-1]) + len(clause) < BREATH:
            parts[-1] += f" {clause}"
        else:
            parts += _words(clause)
    return [part for part in parts if any(each.isalpha() for each in part)]


def _words(clause: str) -> list[str]:
    if len(clause) <= BREATH:
        return [clause]
    at = clause.rfind(" ", 0, BREATH)
    at = at if at > 0 else BREATH
    return [clause[:at], *_words(clause[at:].strip())]
