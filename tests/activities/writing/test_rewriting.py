"""The rules change words and the order of clauses, read naturally, and leave alone what must stay."""

import re
from pathlib import Path

import pytest

from activities.writing.protecting import names_of
from activities.writing.reordering import reordered
from activities.writing.rewriting import changed, changes, rewrite
from activities.writing.synonyms import synonyms

ARTICLES = sorted(Path(__file__).with_name("articles").glob("*.md"))


def rewritten(text: str, strength: str = "strong", style: str = "keep", language: str = "zh", seed: int = 0) -> str:
    return rewrite(text, strength, style, ("每天一杯", "customer care"), language, seed, lambda done: None)


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_numbers_quotes_names_and_lines_stay(path: Path) -> None:
    text, language = path.read_text("utf-8"), path.suffixes[0][1:]
    result = rewritten(text, language=language)
    assert result != text and len(result.split("\n")) == len(text.split("\n"))
    for pattern in (r"\d[\d.,:]*\d|\d", "“[^”]*”", r'"[^"]*"', "^#.*$", "百分之[一-龥]{1,4}点?"):
        assert sorted(re.findall(pattern, result, re.M)) == sorted(re.findall(pattern, text, re.M))
    assert all(name in result for name in names_of(text, language))
    assert rewritten(text, language=language) == result


def test_there_are_words_enough_to_choose_from() -> None:
    for language, least in (("zh", 400), ("en", 300)):
        table = synonyms(language)
        assert len({*table.links, *table.words, *table.phrases}) >= least
        for entries in (table.links, table.words, table.phrases):
            assert all(word not in [each.text for each in choices] for word, choices in entries.items())


def test_strength_grows() -> None:
    text = (
        "因为天气非常炎热，所以很多人经常去图书馆看书，而且往往到傍晚才离开。然而，座位已经很难找到，大家不得不早起。"
    )
    shares = [changed(text, rewritten(text, strength), "zh") for strength in ("light", "medium", "strong")]
    assert 0 < shares[0] <= shares[1] <= shares[2] and shares[2] > 0.5


def test_styles_choose_the_register() -> None:
    text = "但是我们无法购买它，因为目前没有货。"
    assert "没法买" in rewritten(text, style="friendly") and "然而" in rewritten(text, style="business")
    assert "don't" in rewritten("We do not sell it.", style="friendly", language="en")
    assert "cannot" in rewritten("We can't sell it.", style="business", language="en")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("由于资金不足，项目被迫停止。", "项目被迫停止，是因为资金不足。"),
        ("工程师对系统进行了升级，速度快了一倍。", "工程师升级了系统，速度快了一倍。"),
        ("当雨停下来时，孩子们跑了出去。", "雨停下来的时候，孩子们跑了出去。"),
        ("因为他病了，没来。", "因为他病了，没来。"),
        ("他说：“因为下雨，比赛取消了。”", "他说：“因为下雨，比赛取消了。”"),
        ("Because the road was closed, the bus was late.", "The bus was late because the road was closed."),
        ("When the dog barked, it ran away.", "When the dog barked, it ran away."),
        ("The shop closed because it lost money.", "Because it lost money, the shop closed."),
        ("The council approved the plan last week.", "Last week, the council approved the plan."),
        ("Paris hosted the fair in 1900.", "Paris hosted the fair in 1900."),
    ],
)
def test_clauses_move_only_where_they_may(before: str, after: str) -> None:
    assert reordered(before, "zh" if before > "一" else "en") == after


def test_english_forms_cases_and_articles_fit() -> None:
    text = "However, an error occurred, and he has selected a costly option. The item was discovered."
    result = rewritten(text, language="en")
    assert "a mistake" in result and ("happened" in result or "took place" in result)
    assert "an expensive" in result and re.search("has (chosen|picked)", result) and result[0].isupper()
    assert "was found" in result


def test_what_a_neighbor_forbids_and_what_is_kept_stays() -> None:
    kept = "随手买一碗方便面。他坚持到底。每天一杯很好。见 https://a.org/很多 和 `非常`。"
    assert rewritten(kept) == kept
    assert "customer care" in rewritten("Our customer care helps each customer.", language="en")
    code = "```\nhowever = many\n```"
    assert rewritten(code, language="en") == code


def test_changes_are_told_with_their_places() -> None:
    text = "天气非常好。\n我们经常散步。"
    result = rewritten(text)
    found = changes(text, result, "zh")
    assert [text[each.at : each.at + len(each.before)] for each in found] == [each.before for each in found]
    assert {each.before for each in found} == {"非常", "经常"}
