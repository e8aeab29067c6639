"""Whisper writes down what Kokoro says, and hears no words where there are none."""

from itertools import pairwise

import numpy as np
import pytest

from activities.media.transcripts import SOUND_RATE, STEP
from tests.activities.media.spoken import TODAY, WELCOME, heard
from tests.activities.tools.context import engines


@pytest.mark.long
def test_a_sentence_is_written_in_simplified_characters_with_the_times_of_its_words() -> None:
    sound = heard(TODAY)
    (passage,) = engines().get("whisper").passages(sound, "zh")
    assert "".join(each for each in passage.text if each.isalpha()) == "今天天气很好我们决定去公园散步"
    assert passage.start == pytest.approx(0.5, abs=0.3)
    assert passage.end == pytest.approx(len(sound) / SOUND_RATE - 0.5, abs=0.5)
    assert all(one.end <= other.start + 1e-6 for one, other in pairwise(passage.words))


def test_it_tells_languages_and_where_somebody_speaks() -> None:
    whisper, sound = engines().get("whisper"), heard(TODAY)
    assert [whisper.language(heard(text)) for text in (TODAY, WELCOME)] == ["zh", "en"]
    chances = whisper.chances(sound)
    assert len(chances) == pytest.approx(len(sound) / SOUND_RATE / STEP, abs=1)
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
