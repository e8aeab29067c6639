"""Subtitles can be read: short lines that end well, long enough on the screen, none over the next."""

import re
from itertools import pairwise

import pytest

from activities.media.subtitles import Cue, cues, most, srt, vtt, width
from activities.media.transcripts import Passage, Word

CHINESE = (
    "后来我们一起去湖边喝茶，聊了很多过去的事情，时间过得真快，"
    "转眼已经十年了，大家约好下个月再见面，到时候一起去爬山看看秋天的红叶。"
)
ENGLISH = (
    "Later we went to the lake together and had tea, and we talked about many things of the past, "
    "because time passes so quickly, and suddenly ten years had gone by without our noticing it."
)


def spoken(text: str, pace: float, start: float = 0.0) -> Passage:
    """``text`` said at ``pace`` characters a second, each word after the other."""
    words, at = [], start
    for piece in re.findall(r"[A-Za-z]+\W*|.", text):
        words.append(Word(piece, at, at + len(piece) / pace))
        at += len(piece) / pace
    return Passage(text, start, at, tuple(words))


@pytest.mark.parametrize(("text", "language", "pace"), [(CHINESE, "zh", 5), (ENGLISH, "en", 15)], ids=["zh", "en"])
def test_a_long_sentence_becomes_cues_that_can_be_read(text: str, language: str, pace: float) -> None:
    made = cues([spoken(text, pace)], language)
    wide = language == "zh"
    assert len(made) >= 2
    for cue in made:
        assert len(cue.lines) <= 2 and all(0 < width(line, wide) <= most(wide) for line in cue.lines)
        assert 0.85 <= cue.end - cue.start <= 7.0
    assert all(one.end <= other.start for one, other in pairwise(made))
    letters = "".join(each for cue in made for line in cue.lines for each in line if each.isalnum())
    assert letters == "".join(each for each in text if each.isalnum())


def test_chinese_lines_end_at_phrases_and_drop_the_comma() -> None:
    lines = [line for cue in cues([spoken(CHINESE, 5)], "zh") for line in cue.lines]
    assert not any(line.endswith(("，", "。")) for line in lines)
    assert all(any(f"{line}{mark}" in CHINESE for mark in ("，", "。", "聊", "看", "转", "到", "一", "大", "时", "喝"))
               for line in lines)  # fmt: skip
    assert "喝茶" in "".join(lines) and not any(line.endswith("喝") for line in lines)


def test_english_lines_end_between_words_and_english_marks_stay() -> None:
    lines = [line for cue in cues([spoken(ENGLISH, 15)], "en") for line in cue.lines]
    assert " ".join(lines) == ENGLISH


def test_a_name_in_chinese_stays_whole_and_counts_half() -> None:
    text = "我们用 Python 和 JavaScript 写了一个开源的视频剪辑软件。"
    lines = [line for cue in cues([spoken(text, 5)], "zh") for line in cue.lines]
    assert any("Python" in line for line in lines) and any("JavaScript" in line for line in lines)
    assert width("AI创意", True) == 3.0


def test_short_words_stay_long_enough_or_join_the_next() -> None:
    (alone,) = cues([Passage("好。", 1.0, 1.2)], "zh")
    assert alone.end - alone.start >= 0.85
    (both,) = cues([Passage("Yes.", 1.0, 1.3), Passage("I think so, too.", 1.4, 2.4)], "en")
    assert both.lines == ("Yes.", "I think so, too.")


def test_a_line_without_any_place_to_end_is_cut() -> None:
    made = cues([Passage("啊" * 50, 0.0, 10.0), Passage("x" * 100, 11.0, 14.0)], "zh")
    assert all(width(line, True) <= 18 for cue in made for line in cue.lines)
    assert sum(line.count("啊") for cue in made for line in cue.lines) == 50


def test_translations_without_words_share_the_time() -> None:
    made = cues([Passage(ENGLISH, 0.0, 12.0)], "en")
    assert made[0].start == 0.0 and made[-1].end >= 12.0
    assert all(one.end <= other.start for one, other in pairwise(made))


def test_the_files_are_written_as_their_formats_say() -> None:
    made = [Cue(0.0, 1.5, ("一", "a --> <b>")), Cue(3661.25, 3662.0, ("& c",))]
    assert srt(made) == ("1\n00:00:00,000 --> 00:00:01,500\n一\na → <b>\n\n2\n01:01:01,250 --> 01:01:02,000\n& c\n")
    assert vtt(made) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n一\na → &lt;b&gt;\n\n01:01:01.250 --> 01:01:02.000\n&amp; c\n"
    )
    assert (srt([]), vtt([])) == ("\n", "WEBVTT\n")
