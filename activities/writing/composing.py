"""Writes copy without a network: a plan (opening, points, bridges, facts, call), filled with patterns of a style.

What it says of a product stands in the brief; the rest is voice. The same seed gives the same text.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .benefits import benefits_of
from .brief import Brief
from .styles import Words

SLOT = re.compile(r"\{(\w+)\}")
TWO = re.compile(r"[^{}。！？!?.]{9,}[。！？!?.].|[。！？!?.][^{}]{9,}$")
"""Patterns of several sentences, one of which would be doubled if they were used again."""
VERB = re.compile(r"^((?:keeps|holds|lasts|works|fits|runs|makes|charges|folds|stays|lies|comes|looks|feels)\b)", re.I)
"""Points of English that want a noun before them; and those that want one behind."""
ADJECTIVE = re.compile(r"[a-z-]+(?:able|ible|proof|free|made|less|resistant|weight|friendly|foldable)", re.IGNORECASE)
ASPECTS = {
    "zh": ("用心的细节", "舒服的体验", "省心的选择", "真诚的心意", "合适的分寸", "从容的日常"),
    "en": (
        "care in the details",
        "an easy experience",
        "a choice without worries",
        "an honest heart",
        "the right measure",
        "a calm routine",
    ),
}
"""What is spoken of, too, where a brief names few selling points or none: praise that claims no fact."""
MOST_TOGETHER = 3
"""Points that one sentence names."""
LEAST_CLOSING = 10
"""Characters that a short text keeps for its call."""
POINT = 160
"""Characters that a point carries; a longer text of fewer points speaks of the aspects, too."""
SHORT, LONG = 100, 500
"""Lengths up to which a text is one paragraph, and from which it is an article. Chinese characters."""


@dataclass
class Group:
    """Sentences on one point; ``point`` is empty for the facts."""

    point: str
    sentences: list[str] = field(default_factory=list)


@dataclass
class Draft:
    """A text before it is laid out."""

    opening: list[str]
    groups: list[Group]
    closing: list[str]

    @property
    def sentences(self) -> list[str]:
        return [*self.opening, *(each for group in self.groups for each in group.sentences), *self.closing]


def size(text: str, language: str) -> int:
    """Characters but spaces in Chinese; in English three for a word."""
    return len("".join(text.split())) if language == "zh" else 3 * len(text.split())


def noun(point: str) -> str:
    """A point of English as sentences want it: "keeps warm" and "handmade" get a noun."""
    return f"the {point} design" if ADJECTIVE.fullmatch(point) else VERB.sub(r"the way it \1", point)


def this(product: str) -> str:
    """ "Leather notebook" is "this leather notebook"; names and plurals stay as they are."""
    plain = product[:1].lower() + product[1:]
    return f"this {plain}" if plain == product.lower() and not plain.endswith("s") else product


class Composer:
    """Writes one draft. ``budget`` is its size without what a layout adds; ``length`` what the user asked for."""

    def __init__(self, brief: Brief, words: Words, language: str, length: int, source: random.Random) -> None:
        self._words, self._language, self._length, self._source = words, language, length, source
        few = (0 if brief.points else MOST_TOGETHER, length // POINT - len(brief.points))
        aspects = ASPECTS[language][: max(0, *few)]
        own = tuple(noun(point) for point in brief.points) if language == "en" else brief.points
        self._points = (*own, *aspects)
        self._named = own or aspects
        self._several = len(own) > 1
        self._slots = {"product": this(brief.product) if language == "en" else brief.product, **brief.slots}
        self._used: set[str] = set()
        self._said: set[str] = set()
        self._size = 0

    def draft(self, budget: int) -> Draft:
        """A draft of about ``budget``: opening and closing, the brief's facts, then points in turn until it is full."""
        opening = [self._take(self._words.openings)]
        if self._length <= SHORT:
            return self._short(opening[0], budget)
        closing = [self._take(self._words.closings, most=budget - self._size)]
        if self._length > LONG:
            closing.insert(0, self._take(self._words.closings))
        draft = Draft(opening, [], [each for each in closing if each])
        facts = self._facts(budget)
        self._long_points(draft, budget)
        if facts:
            draft.groups.append(Group("", facts))
        return draft

    def _short(self, opening: str, budget: int) -> Draft:
        """Opening, one sentence on all points where it fits, else on one, and what still fits of facts and angles."""
        group, room = Group(self._points[0]), LEAST_CLOSING if self._language == "zh" else 0
        most = budget - self._size - room
        for patterns in (self._words.digests if self._several else (), self._words.points):
            sentence = "" if group.sentences else self._take(patterns, most=most, point=group.point)
            group.sentences += [sentence] if sentence else []
        facts = self._facts(budget - room) if self._length > SHORT // 2 else []
        closing = self._take(self._words.closings, most=budget - self._size)
        more = (*self._benefits(group.point), *self._words.angles, *self._words.points)
        while extra := self._best(more, budget - self._size, group.point):
            group.sentences.append(extra)
        return Draft([opening], [group, Group("", facts)], [closing] if closing else [])

    def _long_points(self, draft: Draft, budget: int) -> None:
        shown = self._points[: max(2, self._length // 50)]
        groups = [Group(point) for point in shown]
        for number, group in enumerate(groups):
            if number and budget - self._size > self._length // 4 and self._source.random() < 0.6:
                group.sentences.append(self._take(self._words.bridges))
            group.sentences.append(self._take(self._words.points, point=group.point, most=budget - self._size))
        turn = 0
        while turn < len(groups) * 40 and budget - self._size > 8:
            group = groups[turn % len(groups)]
            near = budget - self._size < 60
            group.sentences.append(self._more(group, turn // len(groups), budget - self._size, near))
            turn += 1
        for group in groups:
            group.sentences = [each for each in group.sentences if each]
        draft.groups = [group for group in groups if group.sentences]

    def _more(self, group: Group, round_: int, rest: int, near: bool) -> str:
        """Another sentence on a point: in turn from an angle and of the point; the one that fits best near the end."""
        kinds = (self._benefits(group.point), self._words.angles, self._words.angles, self._words.points)
        if near:
            return self._best((*kinds[0], *self._words.angles, *self._words.points), rest, group.point)
        taken = self._take(kinds[round_ % 4], rest, group.point) or self._take(self._words.angles, rest, group.point)
        taken = taken or self._take(self._words.points, rest, group.point)
        return taken or self._take(self._words.points, rest, group.point, again=True)

    def _benefits(self, point: str) -> tuple[str, ...]:
        """What is known of a point, or, where that is nothing, of the product; with the style's own last mark."""
        if not self._words.benefits or self._language != "zh":
            return ()
        mark = self._words.openings[0][-1]
        known = benefits_of(point) or benefits_of(self._slots["product"])
        return tuple(each[:-1] + (mark if mark in "！～" else "。") for each in known)

    def _facts(self, budget: int) -> list[str]:
        """A sentence for each of audience, price, place and occasion that the brief names and no other one told."""
        found = []
        for slot in ("audience", "occasion", "place", "price"):
            if slot in self._slots and not any(f"{{{slot}}}" in each for each in self._used):
                patterns = [each for each in self._words.facts if f"{{{slot}}}" in each]
                sentence = self._take(patterns, most=budget - self._size)
                found += [sentence] if sentence else []
        return found

    def _take(self, patterns: Sequence[str], most: int | None = None, point: str = "", again: bool = False) -> str:
        """A pattern that was not taken yet (``again``: not for this point), filled; "" where none fits in ``most``."""
        for pattern in self._source.sample(patterns, len(patterns)):
            sentence = self._filled(pattern, point, again)
            if sentence and (most is None or size(sentence, self._language) <= most):
                return self._keep(pattern, sentence)
        return ""

    def _best(self, patterns: Sequence[str], rest: int, point: str) -> str:
        """The pattern that fills ``rest`` best without passing it by much; "" if stopping is as good."""
        found = [(abs(rest - size(sentence, self._language)), pattern, sentence) for pattern in patterns
                 if (sentence := self._filled(pattern, point))]  # fmt: skip
        fitting = [each for each in found if each[0] < rest]
        if not fitting:
            return ""
        _, pattern, sentence = self._source.choice(sorted(fitting)[:4])
        return self._keep(pattern, sentence)

    def _keep(self, pattern: str, sentence: str) -> str:
        self._used.add(pattern)
        self._said.add(sentence)
        self._size += size(sentence, self._language)
        return sentence

    def _filled(self, pattern: str, point: str, again: bool = False) -> str:
        """The sentence; "" if it was used, or a slot has no word in the brief."""
        slots = self._slots | ({"point": point, "points": self._together()} if point else {})
        taken = pattern in self._used and (not again or TWO.search(pattern))
        if taken or not all(name in slots for name in SLOT.findall(pattern)):
            return ""
        sentence = SLOT.sub(lambda found: slots[found[1]], pattern)
        sentence = sentence[:1].upper() + sentence[1:] if self._language == "en" else sentence
        return "" if sentence in self._said else sentence

    def _together(self) -> str:
        points = self._named[:MOST_TOGETHER]
        if self._language == "zh":
            return "、".join(points)
        return ", ".join(points[:-1]) + (" and " if len(points) > 1 else "") + points[-1]
