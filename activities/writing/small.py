"""Has a small network of our own write English copy: what it is shown, and the grammar that bounds it.

It is fluent, knows next to nothing and heeds a brief only by half. So the grammar names the facts, sentence by
sentence, and leaves to the network what they mean for whoever uses the product, in words that promise nothing.
"""

import json
import random
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from .brief import Brief
from .composing import ASPECTS, noun, this
from .engine import Message, Request

FILE = Path(__file__).with_name("small.toml")
OPEN = "~"
"""What the network writes, within a pattern."""
LEAST_ROOM, ROOM = 6, 10
"""Words that a plan keeps for it: while a point was not named yet, and after that."""
FEWEST, MOST = 4, 16
"""Words that it may become, however much room there is."""
SHORTER, LONGER = 4, 4
"""Words by which an open part may pass the plan, so that its sentence ends by itself."""
LEAST_FACTS, LEAST_CLOSING = 40, 60
"""Words from which a text tells audience, price, place and occasion, and from which it ends with a call."""
PARAGRAPH = 4
"""Sentences."""
LONG = 100
"""Words from which a text has paragraphs."""
LINED = ("video", "poster")
"""Scenes with a sentence a line."""
TOKENS_A_WORD = 2
TEMPERATURE = 0.5


@dataclass(frozen=True)
class Guide:
    """The data of ``small.toml``; ``small`` are words that no sentence ends with."""

    system: str
    patterns: dict[str, tuple[str, ...]]
    shots: tuple[Message, ...]
    words: frozenset[str]
    small: frozenset[str]


@dataclass
class Plan:
    """Sentences in order, each with one open part or none. ``words`` counts them with their open parts as planned."""

    sentences: list[str] = field(default_factory=list)
    words: int = 0

    def add(self, sentence: str) -> None:
        self.sentences.append(sentence)
        self.words += _size(sentence)


@cache
def guide() -> Guide:
    table: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    shots: list[Message] = []
    for shot in table["shots"]:
        shots += [Message("user", _asked(shot["brief"])), Message("assistant", shot["text"].strip())]
    words = {name: frozenset(each.split()) for name, each in table["words"].items()}
    patterns = {name: tuple(each) for name, each in table.items() if isinstance(each, list) and name != "shots"}
    return Guide(table["system"], patterns, tuple(shots), frozenset().union(*words.values()), words["small"])


def request(brief: Brief, scene: str, length: int, seed: int) -> Request:
    """What is asked for an English text of about ``length`` / 3 words, with the grammar that bounds it."""
    words = round(length / 3)
    plan = _plan(brief, words, random.Random(f"{seed}/{brief.text}"))  # noqa: S311 - no secret
    facts = ", ".join([brief.product, *brief.points, *brief.slots.values()])
    messages = (Message("system", guide().system), *guide().shots, Message("user", _asked(facts)))
    return Request(messages, TOKENS_A_WORD * length, TEMPERATURE, seed, grammar=_grammar(plan, brief, scene, words))


def _asked(brief: str) -> str:
    return f"Write copy. Brief: {brief}"


def _plan(brief: Brief, words: int, source: random.Random) -> Plan:
    """Opening, points in turn as often as there is room, the facts, a call."""
    patterns = {name: source.sample(each, len(each)) for name, each in guide().patterns.items()}
    slots = brief.slots | {"product": this(brief.product)}
    plan, facts = Plan(), Plan()
    for name in ("audience", "price", "place", "occasion"):
        if name in slots and words >= LEAST_FACTS:
            facts.add(patterns[name][0].format(**slots))
    if words >= LEAST_CLOSING:
        facts.add(patterns["closings"][0])
    plan.add(patterns["openings" if words >= LEAST_FACTS else "plain"][0].format(**slots))
    points = [_within(noun(each)) for each in brief.points] or list(ASPECTS["en"])
    turn = 0
    while not turn or plan.words + facts.words + (LEAST_ROOM if turn < len(points) else ROOM) <= words:
        pattern = patterns["points"][turn % len(patterns["points"])]
        plan.add(pattern.format(point=points[turn % len(points)]))
        turn += 1
    for sentence in facts.sentences:
        plan.add(sentence)
    return plan


def _grammar(plan: Plan, brief: Brief, scene: str, words: int) -> str:
    """In Lark's notation. The open parts share what is left of the words."""
    parts: list[str] = []
    count = sum(OPEN in each for each in plan.sentences)
    each_open = ROOM + round((words - plan.words) / max(1, count))
    least = min(MOST, max(FEWEST, each_open - SHORTER))
    most = max(least, min(MOST, each_open + LONGER))
    for number, sentence in enumerate(plan.sentences):
        before, is_open, after = sentence.partition(OPEN)
        gap = "" if not number else _gap(number, scene, words)
        parts.append(json.dumps(gap + before.rstrip() if is_open else gap + before))
        parts += [f'(" " WORD){{{least - 1},{most - 1}}}', '" " LAST', json.dumps(after)] if is_open else []
    own = set(re.findall(r"\b[a-z]{3,}\b", brief.text.lower()))
    known = guide().words | own
    return f"start: {' '.join(parts)}\nWORD: /{_any(known)}/\nLAST: /{_any(known - guide().small)}/\n"


def _any(words: frozenset[str] | set[str]) -> str:
    return "|".join(sorted(words))


def _gap(number: int, scene: str, words: int) -> str:
    if scene in LINED:
        return "\n"
    return "\n\n" if words >= LONG and number % PARAGRAPH == 0 else " "


def _within(point: str) -> str:
    """A point as it stands within a sentence: small, but for USB and the like."""
    return point if point[:2].isupper() else point[:1].lower() + point[1:]


def _size(sentence: str) -> int:
    return len(sentence.replace(OPEN, "").split()) + (ROOM if OPEN in sentence else 0)
