"""Subtitles: sentences are laid out as cues that can be read in their time, and written as SRT or WebVTT.

The figures are those of Netflix's timed text style guides (English 42 characters a line, Chinese 16 to 20, two lines,
17 to 20 and 9 to 11 characters a second, 5/6 of a second at least, 7 at most).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

from activities.writing.words import cut

from .transcripts import Passage

WIDE_LINE, NARROW_LINE = 18, 42
"""Characters a line of Chinese or Japanese, and of languages with spaces."""
SHORTEST, LONGEST = 0.85, 7.0
"""Seconds that a cue stands."""
GAP = 0.08
"""Seconds between cues: two pictures."""
SLOW = {True: 9.0, False: 17.0}
"""Characters a second that are read at leisure, wide or narrow; a cue stays so long where there is time."""
LINGER = 0.4
"""Seconds that a cue may stay after its words."""
WIDE_LANGUAGES = frozenset({"zh", "ja", "yue"})
STRONG, WEAK = "。？！…?!.", "，、；：,;:—"
PRICE = {"strong": 0.0, "weak": 1.0, "breath": 2.5, "phrase": 5.0, "bound": 8.0, "cue": 4.0}
"""What it costs to end a line at a mark, a pause, a phrase or word, a word that wants the next; and each cue."""
BOUND = re.compile(
    "(?:an?|and|as|at|but|by|for|from|if|in|my|of|on|or|our|that|the|their|this|to|with|your)", re.IGNORECASE
)


@dataclass(frozen=True)
class Cue:
    """One or two lines, and from when to when they are seen, in seconds."""

    start: float
    end: float
    lines: tuple[str, ...]

    def wire(self) -> dict[str, Any]:
        return {"start": round(self.start, 3), "end": round(self.end, 3), "text": "\n".join(self.lines)}

    @staticmethod
    def of(wire: dict[str, Any]) -> "Cue":
        return Cue(wire["start"], wire["end"], tuple(wire["text"].split("\n")))


@dataclass(frozen=True)
class Unit:
    """What no line is broken within, when it is said, and what a break behind it costs."""

    text: str
    start: float
    end: float
    price: float


def cues(sentences: Sequence[Passage], language: str) -> list[Cue]:
    """All sentences as cues in their order, none over the next."""
    wide = language in WIDE_LANGUAGES
    found = [cue for sentence in sentences for cue in _cues(sentence, language, wide)]
    return _timed(_merged(found), wide)


def width(text: str, wide: bool) -> float:
    """How long a line is, in characters; in Chinese text Latin letters and digits count half."""
    return sum(0.5 if each.isascii() else 1.0 for each in text) if wide else float(len(text))


def most(wide: bool) -> int:
    """Characters of a line."""
    return WIDE_LINE if wide else NARROW_LINE


def _cues(sentence: Passage, language: str, wide: bool) -> list[Cue]:
    """The best way to divide a sentence: few cues, ended where it breathes, none starved or too long (total fit)."""
    units = _units(sentence, language, wide)
    best: list[tuple[float, int]] = [(0.0, 0)]
    for to in range(1, len(units) + 1):
        ways = []
        for back in range(to - 1, -1, -1):
            lines = _lines(units[back:to], wide)
            alone = back + 1 == to
            if lines is None or (units[to - 1].end - units[back].start > LONGEST and not alone):
                break
            full = width("".join(lines[0]), wide) / (2 * most(wide))
            ways.append((best[back][0] + PRICE["cue"] + 2 * units[to - 1].price + 4 * (1 - full) ** 2 + lines[1], back))
        best.append(min(ways))
    edges, at = [], len(units)
    while at > 0:
        edges.append((best[at][1], at))
        at = best[at][1]
    made = []
    for first, end in reversed(edges):
        lines = _lines(units[first:end], wide)
        if lines is not None and any(lines[0]):
            made.append(Cue(units[first].start, units[end - 1].end, tuple(line for line in lines[0] if line)))
    return made


def _lines(units: Sequence[Unit], wide: bool) -> tuple[list[str], float] | None:
    """The units on one line or two, and what that costs; None if they need more."""
    whole = _line(units, wide)
    if width(whole, wide) <= most(wide):
        return [whole], 0.0
    ways = []
    for at in range(1, len(units)):
        first, second = _line(units[:at], wide), _line(units[at:], wide)
        longest, shortest = sorted((width(first, wide), width(second, wide)), reverse=True)
        if longest <= most(wide):
            uneven = (longest - shortest) / most(wide)
            ways.append((1.0 + units[at - 1].price + 2 * uneven, [first, second]))
    if not ways:
        return ([whole], 20.0) if len(units) == 1 else None
    cost, lines = min(ways)
    return lines, cost


def _line(units: Sequence[Unit], wide: bool) -> str:
    """As it is seen: Chinese subtitles end in no comma and no full stop."""
    text = "".join(unit.text for unit in units).strip()
    return text.rstrip("，。、；") if wide else text


def _units(sentence: Passage, language: str, wide: bool) -> list[Unit]:
    pieces = [part for piece in _pieces(sentence.text, language, wide) for part in _short(piece, wide)]
    times, at, units = _times(sentence), 0, []
    for number, piece in enumerate(pieces):
        count = sum(not each.isspace() for each in piece)
        if not count:
            continue
        said = times[at : at + count] or [(sentence.end, sentence.end)]
        at += count
        silence = times[at][0] - said[-1][1] if at < len(times) else 0.0
        units.append(Unit(piece, said[0][0], said[-1][1], _price(piece, silence, last=number + 1 == len(pieces))))
    return units


def _price(piece: str, silence: float, *, last: bool) -> float:
    end = piece.rstrip().rstrip("”’\"')）」』】》")[-1:]
    if last or end in STRONG or silence >= 0.5:
        return PRICE["strong"]
    if end in WEAK or silence >= 0.25:
        return PRICE["weak"]
    if silence >= 0.1:
        return PRICE["breath"]
    return PRICE["bound"] if BOUND.fullmatch(piece.strip()) else PRICE["phrase"]


def _times(sentence: Passage) -> list[tuple[float, float]]:
    """From when to when each visible character is said; evenly over the sentence where its words tell nothing."""
    letters = sum(not each.isspace() for each in sentence.text)
    told = []
    for word in sentence.words:
        visible = [each for each in word.text if not each.isspace()]
        step = (word.end - word.start) / max(1, len(visible))
        told += [(word.start + step * at, word.start + step * (at + 1)) for at in range(len(visible))]
    if len(told) == letters:
        return told
    step = (sentence.end - sentence.start) / max(1, letters)
    return [(sentence.start + step * at, sentence.start + step * (at + 1)) for at in range(letters)]


def _pieces(text: str, language: str, wide: bool) -> list[str]:
    """What stays on one line: phrases in Chinese and Japanese, elsewhere words with the space behind them."""
    if not wide:
        return [f"{word} " for word in text.split()]
    whole = _ends(cut(text)) if language == "zh" else _ends(text)
    pieces: list[str] = [""]
    at = 0
    for piece in _parser(language).parse(text):
        apart = (
            at in whole
            and piece[0] not in WEAK + STRONG + "”’）」』】》的吗呢吧嘛们"
            and not _latin(text[at - 1], piece[0])
        )
        at += len(piece)
        if apart and pieces[-1]:
            pieces.append(piece)
        else:
            pieces[-1] += piece
    return pieces


def _ends(parts: Sequence[str]) -> set[int]:
    """Where parts that lie side by side end, in characters."""
    return set(accumulate(len(part) for part in parts))


def _latin(before: str, after: str) -> bool:
    """Whether the two belong to one foreign word or number."""
    return before.isascii() and before.isalnum() and after.isascii() and (after.isalnum() or after in "'%.-")


def _short(piece: str, wide: bool) -> list[str]:
    """Cut where it is wider than a line: at marks within it, else anywhere."""
    if width(piece.strip(), wide) <= most(wide):
        return [piece]
    at = max((at + 1 for at, each in enumerate(piece[:-1]) if each in WEAK and at < most(wide)), default=most(wide))
    return [piece[:at], *_short(piece[at:], wide)]


@lru_cache(3)
def _parser(language: str) -> Any:
    import budoux

    return (
        budoux.load_default_japanese_parser() if language == "ja" else budoux.load_default_simplified_chinese_parser()
    )


def _merged(found: list[Cue]) -> list[Cue]:
    """Two cues of a line each become one where the first would be gone before it is read."""
    kept: list[Cue] = []
    for cue in found:
        before = kept[-1] if kept else None
        if (
            before is not None
            and cue.start - before.start < SHORTEST + GAP
            and len(before.lines) + len(cue.lines) <= 2
            and cue.end - before.start <= LONGEST
        ):
            kept[-1] = Cue(before.start, cue.end, before.lines + cue.lines)
        else:
            kept.append(cue)
    return kept


def _timed(found: list[Cue], wide: bool) -> list[Cue]:
    """Each as long as it takes to read where there is room, never into the next."""
    timed = []
    for at, cue in enumerate(found):
        room = found[at + 1].start - GAP if at + 1 < len(found) else float("inf")
        reading = sum(width(line, wide) for line in cue.lines) / SLOW[wide]
        wanted = max(cue.end, min(cue.start + max(reading, SHORTEST), max(cue.end, cue.start + SHORTEST) + LINGER))
        end = min(wanted, cue.start + LONGEST)
        if room - end < 3 * GAP:
            end = room
        timed.append(Cue(cue.start, max(cue.start + GAP, min(end, room)), cue.lines))
    return timed


def within(made: Sequence[Cue], start: float, end: float | None) -> list[Cue]:
    """The cues cut to the piece of a recording in which they were heard."""
    last = float("inf") if end is None else end
    return [
        Cue(max(start, cue.start), min(last, cue.end), cue.lines)
        for cue in made
        if start < cue.end and cue.start < last
    ]


def srt(made: Sequence[Cue]) -> str:
    """SubRip: numbered, times to the millisecond with a comma; a single line break where there is nothing."""
    blocks = [
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_safe(cue)}\n"
        for number, cue in enumerate(made, 1)
    ]
    return "\n".join(blocks) or "\n"


def vtt(made: Sequence[Cue]) -> str:
    """WebVTT (W3C), its markup escaped."""
    blocks = ["WEBVTT\n"]
    for cue in made:
        text = _safe(cue).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        blocks.append(f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{text}\n")
    return "\n".join(blocks)


def _safe(cue: Cue) -> str:
    """Without the arrow by which both formats know a line of times."""
    return "\n".join(cue.lines).replace("-->", "→")


def _clock(seconds: float, point: str) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole // 1000 % 60:02d}{point}{whole % 1000:03d}"
