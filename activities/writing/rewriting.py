"""Rewrites a text by rules: other words and other orders of clauses, and nothing else. The same seed, the same text."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from .protecting import names_of
from .reordering import reordered
from .replacing import Manner, five_grams, pieces_of, replaced
from .sentences import pieces
from .words import written_in

ENGINE = "rules"
MOVED = {"light": 0.0, "medium": 0.5, "strong": 1.0}
"""How many of the sentences that could be put in another order are."""
FENCE = re.compile(r"^\s*(?:```|~~~)")
LEFT = re.compile(r"^(?:\s{4,}\S|\t|\s*\||\s*#|\s*$)")
"""Lines that stay: code, tables, headings."""
FORMAL = frozenset({"business", "tech", "luxury", "seo", "review", "guochao", "literary", "fashion"})
CASUAL = frozenset({"friendly", "humorous", "recommend", "viral", "livestream", "story", "emotional", "promo", "howto"})


@dataclass(frozen=True)
class Change:
    """Words before and after, ``at`` the character of the original."""

    at: int
    before: str
    after: str


def register_of(style: str) -> str:
    """What a style means to the rules."""
    return "formal" if style in FORMAL else "casual" if style in CASUAL else ""


def rewrite(
    text: str, strength: str, style: str, keep: Sequence[str], language: str, seed: int, tell: Callable[[float], None]
) -> str:
    """The text in other words; lines stay lines. ``tell`` hears 0..1 of the work."""
    manner = Manner(strength, register_of(style), tuple(keep), tuple(names_of(text, language)), f"{seed}/{strength}")
    lines, code, written = text.split("\n"), False, []
    for number, line in enumerate(lines):
        fence = FENCE.match(line) is not None
        code = code != fence
        stays = code or fence or LEFT.match(line)
        written.append(line if stays else _line(line, manner, f"{seed}/{strength}/{style}/{number}"))
        tell((number + 1) / len(lines))
    return "\n".join(written)


def _line(line: str, manner: Manner, key: str) -> str:
    """A line in its own language, which need not be the text's."""
    language = written_in(line)
    source = random.Random(key)  # noqa: S311 - no secret
    done = ""
    for sentence in pieces(line):
        may_move = source.random() < MOVED[manner.strength] and not any(each in sentence for each in manner.keep)
        moved = reordered(sentence, language) if may_move else sentence
        done += replaced(moved, manner, language, source)
    return done


def changed(before: str, after: str, language: str) -> float:
    """The share of the original's runs of five that are gone, 0..1."""
    ours, theirs = five_grams(before, language), five_grams(after, language)
    return round(1 - len(ours & theirs) / max(1, len(ours)), 3)


def changes(before: str, after: str, language: str) -> list[Change]:
    """What differs, in words, line by line; where the lines do not match, the whole."""
    found: list[Change] = []
    old, new = before.split("\n"), after.split("\n")
    pairs = list(zip(old, new, strict=True)) if len(old) == len(new) else [(before, after)]
    at = 0
    for one, other in pairs:
        found += _line_changes(one, other, language, at) if one != other else []
        at += len(one) + 1
    return found


def _line_changes(before: str, after: str, language: str, at: int) -> list[Change]:
    old, new = pieces_of(before, language), pieces_of(after, language)
    starts = [at]
    for each in old:
        starts.append(starts[-1] + len(each))
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [Change(starts[a], "".join(old[a:b]), "".join(new[c:d])) for tag, a, b, c, d in steps if tag != "equal"]
