"""The library of procedures: every file whole, every template with measurable limits and a body of its own."""

import re
from functools import cache
from itertools import combinations

import pytest

from activities.writing.sops import KEY, Sop, Template, industries, templates

LEAST = 5
"""Templates of an industry."""
MOST_ALIKE = 0.6
"""Jaccard index of the bodies' 5-grams."""


def _words(sop: Sop) -> str:
    """All that a body says, without its shape."""

    def told(value: object) -> str:
        if isinstance(value, str):
            return value
        return "".join(map(told, value)) if isinstance(value, tuple) else ""

    return "".join(told(getattr(sop, name)) for name in Sop.model_fields if name != "title")


@cache
def _grams(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 5] for at in range(len(text) - 4))


def _bodies() -> dict[str, Sop]:
    """Every body, by the template's id and the language."""
    found = {f"{name} zh": each.zh for name, each in templates().items()}
    return found | {f"{name} en": each.en for name, each in templates().items() if each.en is not None}


def _of(industry: str) -> list[Template]:
    return [each for each in templates().values() if each.industry.id == industry]


@pytest.mark.parametrize("industry", industries())
def test_an_industry_is_whole(industry: str) -> None:
    own = _of(industry)
    assert len(own) >= LEAST
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", industry) and re.fullmatch(r"[A-Z]{2,4}", industries()[industry].code)
    for each in own:
        assert re.fullmatch(rf"{industry}(-[a-z0-9]+)+", each.id), each.id
        assert all(each.keywords) and len(each.keywords) >= 4, each.id
        assert any(word.isascii() for word in each.keywords), f"{each.id}: no English keyword"
        assert each.title_en.isascii() and not each.title_zh.isascii(), each.id


def test_names_stand_once() -> None:
    known = list(templates().values())
    for names in ([each.title_zh for each in known], [each.title_en.lower() for each in known]):
        assert len(set(names)) == len(names), sorted({each for each in names if names.count(each) > 1})
    for names in ([each.code for each in industries().values()], [each.zh for each in industries().values()]):
        assert len(set(names)) == len(names)


def test_a_body_says_how_much_and_marks_what_matters() -> None:
    for name, sop in _bodies().items():
        assert len(sop.steps) >= 7, name
        told = [f"{each.how}{each.standard}" for each in sop.steps]
        told += [each.limit for each in sop.checks] + [each.target for each in sop.kpis]
        measured = sum(any(letter.isdigit() for letter in each) for each in told) / len(told)
        assert measured >= 0.5, f"{name}: {measured:.0%} of steps, limits and targets have figures"
        assert 1 <= sum(each.key for each in sop.steps) < len(sop.steps), name
        assert sop.title[0] != KEY and len({each.what for each in sop.steps}) == len(sop.steps), name
        assert not re.search(r"TODO|待补充|XX|\{|\}", _words(sop)), name


def test_bodies_differ() -> None:
    for language in ("zh", "en"):
        grams = {name: _grams(_words(sop)) for name, sop in _bodies().items() if name.endswith(language)}
        for one, other in combinations(grams, 2):
            common = len(grams[one] & grams[other])
            alike = common / (len(grams[one]) + len(grams[other]) - common)
            assert alike < MOST_ALIKE, f"{one} and {other}: {alike:.2f}"
