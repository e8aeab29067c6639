"""Words and phrases that may stand for others, as data: one file a language, read once."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

VOWELS = "aeiou"


@dataclass(frozen=True)
class Choice:
    """What may stand for a word. ``only``: "past" or "participle", where its two forms differ."""

    text: str
    only: str = ""


Entries = dict[str, tuple[Choice, ...]]


@dataclass(frozen=True)
class Synonyms:
    """The entries of a language by kind. ``numbers`` go only before a number; ``unless`` are a word's forbidding
    neighbors."""

    links: Entries
    words: Entries
    phrases: Entries
    numbers: Entries
    formal: Entries
    casual: Entries
    unless: dict[str, tuple[str, ...]]


@cache
def synonyms(language: str) -> Synonyms:
    """Those of zh or en; English verbs and nouns in all of their forms."""
    table = tomllib.loads(files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    kinds = {
        name: _entries(table.get(name, {})) for name in ("links", "words", "phrases", "numbers", "formal", "casual")
    }
    for verb, choices in table.get("verbs", {}).items():
        kinds["words"] |= _verb(verb, choices.split("|"), table["past"], table["participle"])
    for noun, choices in table.get("nouns", {}).items():
        kinds["words"] |= {noun: tuple(map(Choice, choices.split("|")))}
        kinds["words"] |= {plural(noun): tuple(Choice(_many(each)) for each in choices.split("|"))}
    return Synonyms(**kinds, unless={word: tuple(each.split("|")) for word, each in table["unless"].items()})


def _entries(table: dict[str, str]) -> Entries:
    return {word: tuple(map(Choice, choices.split("|"))) for word, choices in table.items()}


def plural(noun: str) -> str:
    """The regular one; words that are none, or have it already, stay."""
    if noun.endswith(("ss", "sh", "ch", "x")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if re.search(f"[^{VOWELS}]y$", noun) else f"{noun}s"


UNCOUNTED = ("help", "support", "trash", "waste", "grief", "riches", "goods", "bravery", "delight", "lack")
IRREGULAR = {"person": "people", "point of view": "points of view", "staff member": "staff members"}


def _many(noun: str) -> str:
    return noun if noun in UNCOUNTED else IRREGULAR.get(noun, plural(noun))


def _verb(verb: str, choices: list[str], past: dict[str, str], participle: dict[str, str]) -> Entries:
    """The forms of a verb, each with the same form of what may stand for it; that one's first word is bent."""
    found: dict[str, list[Choice]] = {}
    for each in choices:
        head, _, rest = each.partition(" ")
        tail = f" {rest}" if rest else ""
        for bend in (str, plural, _running):
            found.setdefault(bend(verb), []).append(Choice(bend(head) + tail))
        ours, theirs = past.get(verb, _ended(verb)), past.get(head, _ended(head))
        ours_done, theirs_done = participle.get(verb, ours), participle.get(head, theirs)
        differ = ours == ours_done and theirs != theirs_done
        found.setdefault(ours, []).append(Choice(theirs + tail, "past" if differ else ""))
        if differ or ours != ours_done:
            found.setdefault(ours_done, []).append(Choice(theirs_done + tail, "participle" if differ else ""))
    return {form: tuple(each) for form, each in found.items()}


def _doubled(verb: str) -> str:
    """With its last letter twice where a short vowel wants it: ban, banned; permit, permitted."""
    short = re.fullmatch(f"[^{VOWELS}]*[{VOWELS}][^{VOWELS}wxy]", verb) or verb in (
        "permit",
        "begin",
        "forbid",
        "occur",
    )
    return verb + verb[-1] if short else verb


def _ended(verb: str) -> str:
    if verb.endswith("e"):
        return f"{verb}d"
    return f"{verb[:-1]}ied" if re.search(f"[^{VOWELS}]y$", verb) else f"{_doubled(verb)}ed"


def _running(verb: str) -> str:
    if re.search(f"[^{VOWELS}]e$|[^e]ue$", verb):
        return f"{verb[:-1]}ing"
    return f"{_doubled(verb)}ing"
