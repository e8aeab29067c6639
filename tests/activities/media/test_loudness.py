"""Loudness is what FFmpeg measures, too, and leveled speech neither whispers nor clips."""

import numpy as np
import pytest

from activities.media.loudness import HIGHEST, SPOKEN, leveled, loudness

RATE = 24_000
TIME = np.arange(4 * RATE) / RATE


def test_a_tone_of_full_scale_at_1_khz_is_3_below_nought() -> None:
    assert loudness(np.sin(2 * np.pi * 997 * TIME), RATE) == pytest.approx(-3.01, abs=0.1)


def test_silence_between_words_does_not_count() -> None:
    tone = 0.1 * np.sin(2 * np.pi * 500 * TIME)
    assert loudness(np.where(TIME % 2 < 1, tone, 0), RATE) == pytest.approx(loudness(tone, RATE), abs=1.2)


def test_quiet_and_loud_speech_end_at_the_same_level_without_clipping() -> None:
    noise = np.random.default_rng(0).normal(0, 1, len(TIME)) * (0.2 + np.sin(2 * np.pi * 3 * TIME) ** 8)
    for level in (0.001, 0.05, 0.3):
        sound = leveled((level * noise).astype(np.float32), RATE)
        assert loudness(sound, RATE) == pytest.approx(SPOKEN, abs=1.0)
        assert np.abs(sound).max() <= HIGHEST + 1e-4
    assert not leveled(np.zeros(RATE, np.float32), RATE).any()
