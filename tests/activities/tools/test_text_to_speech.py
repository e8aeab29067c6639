"""text-to-speech: what it says is understood, as fast as asked, and it says nothing that it cannot."""

import re
import wave
from pathlib import Path

import numpy as np
import pytest

from activities.media import recording_labels
from activities.media.labels import Label
from activities.media.loudness import SPOKEN, loudness
from activities.speaking import numbers_en, numbers_zh
from activities.speaking.voices import RATE, VOICES
from activities.tools import text_to_speech
from activities.tools.base import ToolResult
from models.errors import InvalidInput
from tests.activities.tools.context import find, run_tool

MIXED = "欢迎来到公园，今天是5月1日。Thank you!"


def said(tmp_path: Path, text: str, **parameters: object) -> ToolResult:
    return run_tool("text-to-speech", tmp_path, {}, {"text": text}, **parameters)


def sound(result: ToolResult) -> np.ndarray:
    with wave.open(str(result.outputs[0].path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def written(path: Path, tmp_path: Path, language: str) -> str:
    return str(run_tool("speech-to-text", tmp_path, {"audio": path}, language=language).outputs[0].path.read_text())


def errors(expected: list[str], found: list[str]) -> int:
    """The least changes that make one of the other (Levenshtein)."""
    row = list(range(len(found) + 1))
    for number, one in enumerate(expected, 1):
        before, row[0] = row[0], number
        for at, other in enumerate(found, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (one != other))
    return row[-1]


def characters(text: str) -> list[str]:
    return re.findall("[\u4e00-\u9fff]|[a-z]+", numbers_zh.spoken(text).lower())


def words(text: str) -> list[str]:
    return re.findall("[a-z']+", numbers_en.spoken(text).lower())


def test_a_mixed_text_is_understood_as_loud_as_speech_should_be_and_labeled(tmp_path: Path) -> None:
    result = said(tmp_path / "out", MIXED)
    wav, mp3 = result.outputs
    assert (wav.generated, mp3.generated, result.data["voice"]) == (True, True, "zf-xiaoxiao")
    assert loudness(sound(result), RATE) == pytest.approx(SPOKEN, abs=1)
    assert result.data["seconds"] == pytest.approx(len(sound(result)) / RATE, abs=0.01)
    heard = written(mp3.path, tmp_path / "heard", "zh")
    assert errors(characters("欢迎来到公园，今天是5月1日"), characters(heard)[:13]) <= 2
    recording_labels.add(mp3.path, Label(producer="workshop"), mp3.mime_type)
    assert recording_labels.read(mp3.path) == Label(producer="workshop")


def test_pieces_are_joined_and_the_same_twice_and_speed_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_to_speech, "PIECE", 20)
    text = "One sentence. And another one."
    first, again = (said(tmp_path / name, text, format="wav") for name in ("first", "again"))
    assert (tmp_path / "first-chunk1").exists() and len(first.outputs) == 1
    assert first.outputs[0].path.read_bytes() == again.outputs[0].path.read_bytes()
    fast = said(tmp_path / "fast", text, speed=2.0)
    assert fast.data["seconds"] == pytest.approx(first.data["seconds"] / 2, rel=0.25)


@pytest.mark.parametrize("text", ["😀 !!", "こんにちは、元気ですか", "안녕하세요 hello"])
def test_what_cannot_be_said_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as raised:
        said(tmp_path / "out", text)
    assert [error["path"] for error in raised.value.errors or []] == ["inputs.text"]


def test_voices_are_those_of_the_engine() -> None:
    schema = find("text-to-speech").params.model_json_schema()["properties"]["voice"]
    assert sorted(schema["enum"]) == sorted(["auto", *VOICES])


CHINESE = (
    "今天天气很好，我们决定去公园散步。",
    "请把这份文件发给王经理，让他明天上午之前签字。",
    "春天来了，花园里的桃花和樱花都开了，非常漂亮。",
    "这款保温杯采用不锈钢内胆，可以保温24小时。",
    "从北京到上海坐高铁大约需要5个小时。",
    "他不知道自己应该选择哪一条路。",
    "这个城市的人口已经超过了1000万。",
    "医生建议他多喝水，少吃油腻的食物。",
)
ENGLISH = (
    "The weather is very nice today, so we decided to take a walk in the park.",
    "Please send this document to the manager before tomorrow morning.",
    "She has been working as a teacher for more than 20 years.",
    "The train to the city leaves every 30 minutes from platform 2.",
    "He forgot his umbrella, and it started to rain heavily.",
    "Could you tell me how to get to the nearest hospital?",
)


@pytest.mark.long
@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_is_understood(voice: str, tmp_path: Path) -> None:
    """Error rates of speech that is transcribed again: characters in Chinese, words in English."""
    chinese = VOICES[voice] == "zh"
    wrong = total = 0
    for number, sentence in enumerate(CHINESE if chinese else ENGLISH):
        result = said(tmp_path / f"said{number}", sentence, voice=voice, format="wav")
        heard = written(result.outputs[0].path, tmp_path / f"heard{number}", VOICES[voice])
        expected, found = (characters(each) if chinese else words(each) for each in (sentence, heard))
        wrong, total = wrong + errors(expected, found), total + len(expected)
    assert wrong / total <= (0.12 if chinese else 0.05), f"{wrong} of {total}"
