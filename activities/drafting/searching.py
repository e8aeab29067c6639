"""The search by meaning: vectors tell what a sentence is about, shared words which of the like it means."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from ..writing.brief import is_chinese
from ..writing.words import pairs, root
from .offers import Offer

WORDS = re.compile(r"[a-z0-9]+")
SHARED = 0.12
"""What the share of common words adds to a likeness, whose own range among offers is about 0.1."""


NAMED = 0.04
"""What it adds that the sentence says the offer's title."""


class Vectors(Protocol):
    """``activities.inference.engines.meaning``."""

    label: str

    def __hash__(self) -> int: ...

    def vectors(self, sentences: list[str]) -> np.ndarray:
        """Sentences -> unit vectors."""
        ...


@dataclass(frozen=True)
class Found:
    """An offer and how near it is, the higher the nearer."""

    offer: Offer
    score: float


def nearest(text: str, choices: Sequence[Offer], engine: Vectors, most: int = 5) -> list[Found]:
    """The offers that a sentence means most likely, best first."""
    chinese = is_chinese(text)
    said = [each.zh if chinese else each.en for each in choices]
    likeness = _likeness(text, said, engine)
    shared = _shared(text, said)
    scores = likeness + SHARED * shared + NAMED * _named(text, [each[0] for each in said])
    order = np.argsort(-scores, kind="stable")[:most]
    return [Found(choices[at], round(float(scores[at]), 4)) for at in order]


def _likeness(text: str, said: Sequence[tuple[str, ...]], engine: Vectors) -> np.ndarray:
    asked = engine.vectors([text.casefold()])[0]
    likeness: np.ndarray = known(engine, tuple(". ".join(each) for each in said)) @ asked
    return likeness


@lru_cache(maxsize=8)
def known(engine: Vectors, lines: tuple[str, ...]) -> np.ndarray:
    """The vectors of what is offered, made once by an engine: n x 384."""
    return engine.vectors([line.casefold() for line in lines])


def _shared(text: str, said: Sequence[tuple[str, ...]]) -> np.ndarray:
    """Which part of the sentence's words each offer has, 0..1; rare words count more (inverse document frequency)."""
    bags = [pieces(" ".join(each)) for each in said]
    seen = Counter(piece for bag in bags for piece in bag)
    asked = {piece: math.log(1 + len(bags) / (1 + seen[piece])) for piece in pieces(text) if seen[piece]}
    whole = sum(asked.values()) or 1.0
    return np.asarray([sum(weight for piece, weight in asked.items() if piece in bag) / whole for bag in bags])


def _named(text: str, titles: Sequence[str]) -> np.ndarray:
    """Which part of each title the sentence says, 0..1."""
    asked = pieces(text)
    return np.asarray([len(asked & mine) / max(1, len(mine)) for mine in map(pieces, titles)])


def pieces(text: str) -> set[str]:
    """Words by their roots in English, pairs of neighbouring characters in Chinese."""
    return {*pairs(text), *(root(word) for word in WORDS.findall(text.casefold()) if len(word) > 2)}
