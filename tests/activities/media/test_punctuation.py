"""Sentences of what was heard are written as their language writes them."""

import pytest

from activities.media.punctuation import sentences
from activities.media.transcripts import Passage, Word


def said(*pieces: str, start: float = 0.0) -> Passage:
    """A passage of words of 0.3 s; a number between them is silence in seconds."""
    words, at = [], start
    for piece in pieces:
        if piece.replace(".", "").isdigit() and "." in piece and len(piece) == 3:
            at += float(piece)
            continue
        words.append(Word(piece, at, at + 0.3))
        at += 0.3
    return Passage("".join(word.text for word in words), words[0].start, words[-1].end, tuple(words))


@pytest.mark.parametrize(
    ("language", "words", "written"),
    [
        ("zh", ["今天", "很好,", "我们", "去", "公园."], ["今天很好，我们去公园。"]),
        ("zh", ["路上", "遇到", "朋友", "0.4", "他", "笑了"], ["路上遇到朋友，他笑了。"]),
        ("zh", ["你", "吃饭", "了", "吗"], ["你吃饭了吗？"]),
        ("zh", ["我", "不", "知道", "为什么"], ["我不知道为什么。"]),
        ("zh", ["他", "走了,", "1.2", "天", "黑了"], ["他走了。", "天黑了。"]),
        (
            "zh",
            ["价格", "是", "13.5", "元,", "用", " Node.js,", " React", " 写的?"],
            ["价格是13.5元，用 Node.js, React 写的？"],
        ),
        ("zh", ["全场", "1,000", "元!", "真的", "?"], ["全场1,000元！", "真的？"]),
        ("en", [" hello", " Mr.", " Smith.", " how", " are", " you"], ["Hello Mr. Smith.", "How are you?"]),
        ("en", [" it", " costs", " 3.50", " dollars"], ["It costs 3.50 dollars."]),
        ("en", [" We", " met", " On", " the", " way", " I", " saw", " Rome"], ["We met.", "On the way I saw Rome."]),
        ("fr", [" Bonjour,", " ça", " va?", " Oui."], ["Bonjour, ça va?", "Oui."]),
    ],
)
def test_marks_are_those_of_the_language(language: str, words: list[str], written: list[str]) -> None:
    assert [sentence.text for sentence in sentences([said(*words)], language)] == written


def test_a_sentence_goes_over_passages_and_keeps_the_times_of_its_words() -> None:
    one, other = said(" we", " went", " home,"), said(" because", " it", " rained.", " Then", start=1.0)
    first, second = sentences([one, other], "en")
    assert (first.text, second.text) == ("We went home, because it rained.", "Then.")
    assert (first.start, first.end, second.start) == (0.0, pytest.approx(1.9), pytest.approx(1.9))


def test_marks_alone_are_no_sentence() -> None:
    for language in ("zh", "en", "fr"):
        assert sentences([said("。"), Passage("", 0, 1)], language) == sentences([], language) == []
