"""Texts become sentences of phonemes that the network knows, in both languages at once."""

import pytest

from activities.speaking import chinese, english
from activities.speaking.script import AFTER_PARAGRAPH, AFTER_SENTENCE, BREATH, phonemes, script, sentences, unspeakable
from tests.activities.tools.context import engines


def test_sentences_end_where_they_end() -> None:
    found = sentences("Mr. Smith paid $3.50. Why? I don't know.\n\n他说：“真好！”然后走了。1. 第一")
    assert found == ["Mr. Smith paid $3.50.", "Why?", "I don't know.\n\n", "他说：“真好！”", "然后走了。", "1. 第一"]


def test_pauses_are_longer_between_paragraphs_and_a_breath_is_short() -> None:
    lines = script("一句。两句。\n第三句。")
    assert [line.pause for line in lines] == [AFTER_SENTENCE, AFTER_PARAGRAPH, AFTER_SENTENCE]
    long = script("and so we went on, " * 40)
    assert len(long) > 2 and all(len(line.phonemes) <= BREATH for line in long)


@pytest.mark.parametrize(
    "text",
    [
        "大家好，欢迎来到AI创意工坊！新款iPhone 15 Pro只要¥5,999，限时8折……",
        "Visit www.example.com or e-mail me@test.com; it's 50% off – today only: “great”!",
        "《红楼梦》（节选）·第一回　甄士隐梦幻识通灵——嗯，谁？😀",
        "café naïve Ångström & co. #1 @home 3×5=15 ½",
    ],
)
def test_the_network_knows_every_phoneme(text: str) -> None:
    assert all(engines().get("speech").knows(line.phonemes) for line in script(text))
    assert script(text)


def test_numbers_follow_the_language_of_their_sentence() -> None:
    assert phonemes("12") == phonemes("twelve")
    assert phonemes("共12个") == phonemes("共十二个")
    assert phonemes("用Python写") == f"jʊ↘ŋ {english.phonemes('Python')} ɕje↓"


@pytest.mark.parametrize(
    ("written", "sounds"),
    [
        ("你好", "ni↗xau↓"),
        ("不是", "pu↗ʂɨ↘"),
        ("一起", "i↘ʨʰi↓"),
        ("五月一日", "u↓ɥe↘ i→ɻɨ↘"),
        ("银行", "i↗nxa↗ŋ"),
        ("重庆", "ꭧʰʊ↗ŋʨʰi↘ŋ"),
        ("慢慢地走", "ma↘nma↘n tɤ ʦou↓"),
    ],
)
def test_tones_are_those_of_speech(written: str, sounds: str) -> None:
    assert chinese.phonemes(written) == sounds


@pytest.mark.parametrize(
    ("written", "sounds"),
    [
        ("the apple", "ði ˈæpᵊl"),
        ("the table", "ðə tˈAbᵊl"),
        ("an iPhone's charger", "ɐn ˈIfˌOnz ʧˈɑɹʤəɹ"),
        ("NASA", "nˈæsə"),
        ("the CEO of IBM", "ðə sˌiˌiˈO ʌv ˌIbˌiˈɛm"),
        ("SALE ENDS NOW", "sˈAl ˈɛndz nˈW"),
        ("smartwatches", "smˈɑɹtwɑʧᵻz"),
        ("U.S.", "jˌuˈɛs"),
        ("Dr. Zhang", "dˈɑktəɹ ʤˈæŋ"),
        ("Node.js", "nˈOd dˈɑt ʤˌAˈɛs"),
    ],
)
def test_english_words_that_no_dictionary_has_as_written(written: str, sounds: str) -> None:
    assert english.phonemes(written) == sounds


def test_any_word_gets_some_sound() -> None:
    for word in ("blorptastic", "kubernetes", "qwxzt", "nguyen", "schmaltz"):
        assert engines().get("speech").knows(english.phonemes(word)) and english.phonemes(word)


def test_other_scripts_are_named_and_left_out() -> None:
    assert unspeakable("你好 안녕 hi") == "안녕"
    assert script("안녕") == script("😀!!") == script("") == []


@pytest.mark.parametrize(
    "text", ["1" * 5000, "第" + "1" * 5000, "a" * 5000, "我爱你" * 1500, "Mr. " * 1000, "1-" * 2000]
)
def test_nonsense_takes_no_more_than_its_length(text: str) -> None:
    lines = script(text)
    assert len(lines) >= 4 and all(len(line.phonemes) <= BREATH for line in lines)
