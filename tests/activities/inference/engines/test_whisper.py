"""Whisper writes down what Kokoro says, and hears no words where there are none."""

from itertools import pairwise

import numpy as np
import pytest

from activities.media.transcripts import SOUND_RATE, STEP
from activities.speaking.voices import RATE
from tests.activities.tools.context import engines

TODAY = "ʨi→ntʰjɛ→n tʰjɛ→nʨʰi↘ xə↓n xau↓, wo↓mən ʨɥe↗ti↘ŋ ʨʰy↘ kʊ→ŋɥɛ↗n sa↘npu↘."
"""今天天气很好，我们决定去公园散步。"""


@pytest.fixture(scope="module")
def sentence() -> np.ndarray:
    said = engines().get("speech").say(TODAY, "zf-xiaoxiao")
    at = np.arange(0, len(said), RATE / SOUND_RATE)
    sound: np.ndarray = np.interp(at, np.arange(len(said)), said).astype(np.float32)
    return np.pad(sound, SOUND_RATE // 2)


def test_a_sentence_is_written_in_simplified_characters_with_the_times_of_its_words(sentence: np.ndarray) -> None:
    (heard,) = engines().get("whisper").passages(sentence, "zh")
    assert "".join(each for each in heard.text if each.isalpha()) == "今天天气很好我们决定去公园散步"
    assert heard.start == pytest.approx(0.5, abs=0.3)
    assert heard.end == pytest.approx(len(sentence) / SOUND_RATE - 0.5, abs=0.5)
    assert all(one.end <= other.start + 1e-6 for one, other in pairwise(heard.words))


def test_it_tells_the_language_and_where_somebody_speaks(sentence: np.ndarray) -> None:
    whisper = engines().get("whisper")
    assert whisper.language(sentence) == "zh"
    chances = whisper.chances(sentence)
    assert len(chances) == pytest.approx(len(sentence) / SOUND_RATE / STEP, abs=1)
    assert chances[: round(0.3 / STEP)].max() < 0.3 and np.median(chances) > 0.8


@pytest.mark.parametrize("kind", ["nothing", "silence", "noise", "tone"])
def test_no_words_where_nobody_speaks(kind: str) -> None:
    at = np.arange(2 * SOUND_RATE)
    sound = {
        "nothing": at[:0] * 0.0,
        "silence": at * 0.0,
        "noise": np.random.default_rng(0).normal(0, 0.1, len(at)),
        "tone": np.sin(at * 0.17) / 2,
    }[kind].astype(np.float32)
    whisper = engines().get("whisper")
    assert whisper.language(sound) is None
    assert list(whisper.passages(sound, "en")) == []
