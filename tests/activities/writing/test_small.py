"""What a small network is asked: a grammar that names the facts and leaves it harmless words."""

import re

import pytest

from activities.writing.brief import read_brief
from activities.writing.layouts import SCENES
from activities.writing.offline import LENGTHS
from activities.writing.small import FEWEST, MOST, guide, request

MUG = read_brief("Travel mug, 304 steel inside, keeps warm for 24 hours, perfect for commuters, only $19")
OPEN = re.compile(r'" *\(" " WORD\)\{(\d+),(\d+)\} " " LAST "')


def sentences(grammar: str) -> str:
    """The rule of the text without its quotes; ``~`` where the network writes."""
    return OPEN.sub(" ~", grammar.splitlines()[0]).replace('" "', "")


def test_the_grammar_names_every_fact_once_its_length_allows() -> None:
    grammar = sentences(request(MUG, "general", 200, 1).grammar)
    for fact in ("this travel mug", "304 steel inside", "the way it keeps warm for 24 hours", "commuters", "$19"):
        assert grammar.count(fact) == 1, fact
    assert sentences(request(MUG, "general", 1000, 1).grammar).count("304 steel inside") > 3


@pytest.mark.parametrize("length", LENGTHS)
def test_what_is_open_fills_the_length(length: int) -> None:
    grammar = request(MUG, "general", length, 2).grammar
    opens = [(int(least) + 1, int(most) + 1) for least, most in OPEN.findall(grammar.splitlines()[0])]
    assert opens and all(FEWEST <= least <= most <= MOST for least, most in opens)
    fixed = len([word for word in sentences(grammar).removeprefix("start:").split() if re.search(r"\w", word)])
    planned = fixed + sum(least + most for least, most in opens) / 2
    assert 0.7 * length / 3 <= planned <= 1.35 * length / 3


def test_seeds_and_scenes_change_what_is_asked() -> None:
    assert request(MUG, "general", 200, 1) == request(MUG, "general", 200, 1)
    assert request(MUG, "general", 200, 1).grammar != request(MUG, "general", 200, 2).grammar
    assert {scene for scene in SCENES if r"\n" in request(MUG, scene, 200, 1).grammar.splitlines()[0]} == {
        "video",
        "poster",
    }


def test_its_words_promise_nothing() -> None:
    words = guide().words
    assert len(words) > 500 and all(re.fullmatch("[a-z]+", word) for word in words)
    promises = {"free", "cheap", "delivered", "guarantee", "cure", "pain", "doctor", "percent", "discount", "husband"}
    numbers = {"two", "three", "ten", "hundred", "half", "years", "months"}
    assert not words & (promises | numbers)


def test_a_brief_of_a_bare_name_is_enough() -> None:
    grammar = sentences(request(read_brief("tea"), "general", 200, 0).grammar)
    assert "this tea" in grammar and grammar.count("~") >= 3
