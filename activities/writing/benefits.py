"""Sentences that follow from a word of the brief by common sense, so that a text speaks of the thing itself."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _entries() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    table = tomllib.loads((files(__package__) / "benefits.toml").read_text(encoding="utf-8"))
    return tuple((tuple(each["words"]), tuple(each["zh"])) for each in table["benefit"])


def benefits_of(words: str) -> tuple[str, ...]:
    """Chinese sentences for a point or product; none where nothing is known of it."""
    return tuple(each for keys, found in _entries() if any(key in words for key in keys) for each in found)
