"""The offline engine writes what an editor would take: whole sentences, in length, each style in its own voice."""

import re
from itertools import combinations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from activities.writing.benefits import benefits_of
from activities.writing.brief import read_brief
from activities.writing.composing import SLOT, size
from activities.writing.layouts import SCENES
from activities.writing.offline import LENGTHS, write_offline
from activities.writing.styles import Words, recognized, styles
from activities.writing.vouching import claims

BRIEFS = {
    "zh": (
        "便携保温杯，304不锈钢内胆，保温24小时，轻便不漏水，适合上班族，活动价99元",
        "竹牙刷",
        "巷子里的咖啡店，手冲咖啡、自制甜品、安静可以看书，在老城区，适合周末",
    ),
    "en": (
        "Travel mug, 304 steel inside, keeps warm for 24 hours, perfect for commuters, only $19",
        "tea",
        "Corner coffee shop. Hand-brewed coffee, homemade cakes, quiet enough to read, located in Old Town",
    ),
}
FLOOR = 0.9
"""Share of texts of unseen products whose style is told from their character n-grams; chance is 1 in 18."""
MOST_ALIKE = 0.6


def write(
    brief: str, style: str, scene: str = "general", language: str = "zh", length: int = 200, seed: int = 0
) -> str:
    return write_offline(read_brief(brief), style, scene, language, length, 1, seed)[0]


def grams(text: str) -> set[str]:
    plain = re.sub(r"\s", "", text)
    return {plain[at : at + 5] for at in range(len(plain) - 4)}


def alike(one: str, other: str) -> float:
    return len(grams(one) & grams(other)) / len(grams(one) | grams(other))


def sentences(text: str) -> list[str]:
    return [each.strip() for each in re.split(r"(?<=[。！？!?])|(?<=\.)\s|\n", text) if len(each.strip()) > 10]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("style", styles())
def test_texts_are_whole_in_length_and_true_to_the_brief(style: str, language: str) -> None:
    for words in BRIEFS[language]:
        brief = read_brief(words)
        for number, (length, scene) in enumerate((length, scene) for length in LENGTHS for scene in SCENES):
            text = write(words, style, scene, language, length, number)
            where = f"{scene} {length}\n{text}"
            assert 0.8 * length <= size(text, language) <= 1.2 * length, where
            assert brief.product.lower() in text.lower(), where
            assert not re.search(r"[{}]|[，。！？；：、]{2}|  |的的|None", text), where
            assert set(re.findall(r"\d+", text)) - {str(n) for n in range(9)} <= set(re.findall(r"\d+", words)), where
            assert text.count("“") == text.count("”") and text == text.strip(), where
            found = sentences(text)
            assert scene == "poster" or len(found) == len(set(found)), where


@pytest.mark.parametrize("length", LENGTHS)
def test_styles_and_briefs_do_not_share_their_words(length: int) -> None:
    texts = [write(brief, style, length=length) for style in styles() for brief in BRIEFS["zh"]]
    assert max(alike(one, other) for one, other in combinations(texts, 2)) < MOST_ALIKE


def test_a_seed_repeats_and_another_one_differs() -> None:
    brief = BRIEFS["zh"][0]
    assert write(brief, "viral", seed=5) == write(brief, "viral", seed=5)
    several = write_offline(read_brief(brief), "viral", "general", "zh", 200, 10, 5)
    assert len(set(several)) == 10
    assert np.mean([alike(*pair) for pair in combinations(several, 2)]) < MOST_ALIKE


def test_a_classifier_tells_the_styles_apart_for_products_it_has_not_seen() -> None:
    seen = ("蓝牙耳机，降噪，续航30小时", "民宿，海景房、早餐好吃", "燕麦饼干，低糖，配料干净", "瑜伽课，小班教学")
    learned = [(write(brief, style, seed=seed), style) for style in styles() for brief in seen for seed in range(3)]
    asked = [(write(brief, style, seed=9), style) for style in styles() for brief in BRIEFS["zh"]]
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
    network = LogisticRegression(C=30, max_iter=300)
    network.fit(vectors.fit_transform([text for text, _ in learned]), [style for _, style in learned])
    assert network.score(vectors.transform([text for text, _ in asked]), [style for _, style in asked]) >= FLOOR


@pytest.mark.parametrize("style", styles().values(), ids=lambda style: style.id)
def test_a_grammar_is_rich_and_claims_neither_figures_nor_use(style) -> None:  # type: ignore[no-untyped-def]
    least = {"openings": 12, "digests": 4, "points": 14, "angles": 16, "bridges": 8, "facts": 8, "closings": 8}
    for name, count in least.items():
        assert len(set(getattr(style.zh, name))) >= count, name
    for words in (style.zh, style.en):
        assert all("{product}" in each for each in words.openings)
        assert all("{point}" in each for each in words.points)
        assert all("{points}" in each for each in words.digests)
        patterns = [each for name in least for each in getattr(words, name)]
        assert not any(re.search(r"\d", each) for each in patterns)
        vouching = [
            each for each in patterns for claim in claims("zh" if words is style.zh else "en") if claim in each.lower()
        ]
        assert style.id == "humorous" or not vouching, vouching
        known = {"product", "point", "points", "audience", "price", "place", "occasion"}
        assert {slot for each in patterns for slot in SLOT.findall(each)} <= known
        assert isinstance(words, Words) and words.prompt and words.do and words.dont and words.examples
        if words is style.zh:
            assert all(each[-1] in "。！？～”" for each in patterns), [
                each for each in patterns if each[-1] not in "。！？～”"
            ]


@pytest.mark.parametrize(
    ("brief", "style"),
    [
        ("双十一限时秒杀，保温杯特价", "promo"),
        ("智能手表，续航长，蓝牙通话", "tech"),
        ("汉服体验馆，传统工艺", "guochao"),
        ("新手如何挑选咖啡豆", "howto"),
        ("wireless gadget with smart alarm", "tech"),
        ("竹牙刷", "friendly"),
    ],
)
def test_the_style_is_recognized_by_words_of_the_brief(brief: str, style: str) -> None:
    assert recognized(brief) == style


@pytest.mark.parametrize("words", ["钢琴", "秘书", "厨房剪刀", "不锈钢刀", "奶茶", "网店代运营"])
def test_nothing_is_known_of_words_that_only_look_alike(words: str) -> None:
    assert benefits_of(words) == ()


def test_a_long_text_speaks_of_the_thing_itself() -> None:
    text = write(BRIEFS["zh"][0], "viral", length=500)
    assert sum(each[:-1] in text for each in benefits_of("保温24小时")) >= 2


@pytest.mark.parametrize("style", styles())
def test_a_short_text_names_a_selling_point(style: str) -> None:
    texts = [write(BRIEFS["zh"][2], style, length=100, seed=seed) for seed in range(10)]
    assert all("手冲咖啡" in text for text in texts)
