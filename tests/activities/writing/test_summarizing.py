"""Offline summaries, beside what a reader wrote of the same texts."""

import random
from functools import cache
from pathlib import Path

import pytest

from activities.writing.sentences import Article, read_article
from activities.writing.summarizing import Picked, joined, summarize
from tests.activities.tools.context import engines

from .rouge import rouge

ARTICLES = sorted(Path(__file__).with_name("articles").glob("*.md"))


def language(path: Path) -> str:
    return path.suffixes[0][1:]


def article(name: str) -> Article:
    return read_article(next(path for path in ARTICLES if path.name.startswith(name)).read_text(encoding="utf-8"))


def summary(text: Article, room: int, speech: str) -> list[Picked]:
    return summarize(text, room, speech, engines().get("meaning"), lambda done: None)


@cache
def near_reference(path: Path) -> list[Picked]:
    """As long as what a reader wrote."""
    room = len(path.with_suffix(".ref").read_text(encoding="utf-8"))
    return summary(read_article(path.read_text(encoding="utf-8")), room, language(path))


def filled(sentences: list[str], room: int) -> str:
    """The first of them that fit."""
    kept: list[str] = []
    for each in sentences:
        if sum(map(len, kept)) + len(each) <= room * 1.15:
            kept.append(each)
    return " ".join(kept)


@pytest.mark.long
def test_summaries_share_more_with_a_readers_than_openings_and_chance_do() -> None:
    shares: dict[str, list[float]] = {"ours": [], "lead three": [], "lead": [], "chance": []}
    for path in ARTICLES:
        text, reference = read_article(path.read_text("utf-8")), path.with_suffix(".ref").read_text("utf-8")
        sentences, room = [each.text for each in text.sentences], len(reference)
        ours = joined(near_reference(path), False, language(path))
        shares["ours"].append(rouge(ours, reference, 2))
        shares["lead three"].append(rouge(" ".join(sentences[:3]), reference, 2))
        shares["lead"].append(rouge(filled(sentences, room), reference, 2))
        for seed in range(5):
            mixed = random.Random(seed).sample(sentences, len(sentences))
            shares["chance"].append(rouge(filled(mixed, room), reference, 2))
    mean = {name: sum(each) / len(each) for name, each in shares.items()}
    assert mean["ours"] > 1.3 * max(mean["lead three"], mean["lead"], mean["chance"]), mean


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_sentences_are_the_texts_own_in_its_order_and_about_as_long_as_asked(path: Path) -> None:
    room, picked = len(path.with_suffix(".ref").read_text("utf-8")), near_reference(path)
    positions = [each.sentence.position for each in picked]
    assert positions == sorted(set(positions))
    assert all(each.text.lower().rstrip("。") in each.sentence.text.lower() for each in picked)
    assert 0.6 * room <= sum(len(each.text) for each in picked) <= 1.2 * room


def test_what_hangs_on_an_unspoken_sentence_is_not_said() -> None:
    for path in ARTICLES:
        first = near_reference(path)[0].text
        assert not first.startswith(("他", "她", "这", "此", "然而", "He ", "She ", "This ", "It ", "However"))


HANGING = {
    "zh": "老张在县城开面馆，三十年了。他的面馆去年卖出面条十二万碗，净利润三十万元，是全县最大的。隔壁是书店。",
    "en": "Mary Stone runs a bakery near the harbor. Her bakery sold 120,000 loaves of bread last year, the most of "
    "all bakeries in the county. There is a bookstore next door.",
}


@pytest.mark.parametrize("speech", ["zh", "en"])
def test_a_sentence_comes_with_the_one_that_it_hangs_on_or_not_at_all(speech: str) -> None:
    text = read_article(HANGING[speech])
    tight = summary(text, len(text.sentences[1].text), speech)
    roomy = summary(text, sum(len(each.text) for each in text.sentences[:2]), speech)
    assert 1 not in [each.sentence.position for each in tight]
    assert [each.sentence.position for each in roomy] == [0, 1]


def test_links_go_with_the_sentence_that_they_linked_to() -> None:
    picked = summary(article("remote.en"), 560, "en")
    text = joined(picked, False, "en")
    assert "Over the past five years" in text and "Yet over" not in text


def test_points_stand_on_lines() -> None:
    lines = joined(summary(article("meeting"), 160, "zh"), True, "zh").splitlines()
    assert len(lines) > 2 and all(line.startswith("- ") and not line.startswith("- 一、") for line in lines)


def test_what_is_said_twice_is_picked_once() -> None:
    said = "公司今年上半年净利润为四千二百万元，同比增长百分之九。"
    again = "今年上半年，公司净利润四千二百万元，比去年同期增长百分之九。"
    other = "公司计划明年在华南新建两座仓库，缩短送货时间。"
    more = "客服中心的平均接听时间从四十秒降到了十二秒。"
    picked = summary(read_article(f"{said}{other}{again}{more}"), 55, "zh")
    texts = [each.text for each in picked]
    assert not (said in texts and again in texts)


@pytest.mark.long
def test_a_novel_takes_seconds() -> None:
    text = "\n\n".join(path.read_text("utf-8") for path in ARTICLES if language(path) == "zh") * 60
    assert len(summary(read_article(text), 300, "zh")) > 3
