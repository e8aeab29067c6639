"""Pauses are found in the sound, and words end where they begin."""

import numpy as np
import pytest

from activities.media.pauses import pauses, tightened
from activities.media.transcripts import SOUND_RATE, Passage, Word

TIME = np.arange(4 * SOUND_RATE) / SOUND_RATE


def spoken(*quiet: tuple[float, float], noise: float = 0.0) -> np.ndarray:
    """A hum that falls silent from when to when."""
    silent = np.any([(start <= TIME) & (end > TIME) for start, end in quiet], axis=0)
    hum = np.where(silent, 0, np.sin(TIME * 900) / 3)
    return (hum + np.random.default_rng(0).normal(0, noise, len(hum))).astype(np.float32)


def test_pauses_are_found_and_short_ones_belong_to_words() -> None:
    found = pauses(spoken((0.0, 0.5), (1.0, 1.1), (2.0, 2.6), noise=0.001))
    assert found == [pytest.approx((0.0, 0.5), abs=0.02), pytest.approx((2.0, 2.6), abs=0.02)]


def test_noise_as_loud_as_words_hides_them_and_nothing_is_nothing() -> None:
    assert pauses(spoken((2.0, 2.6), noise=0.1)) == pauses(np.zeros(0, np.float32)) == []


def test_words_give_way_to_the_pause_at_their_edge_and_keep_a_moment() -> None:
    words = (Word("a", 0.0, 1.0), Word("b", 1.0, 2.2), Word("c", 2.2, 3.0))
    (found,) = tightened([Passage("a b c", 0.0, 3.0, words)], [(0.0, 0.4), (2.0, 2.6), (2.95, 4.0)])
    assert [(word.start, word.end) for word in found.words] == [
        (0.4, 1.0),
        (1.0, 2.0),
        (2.6, pytest.approx(2.95)),
    ]
    assert (found.start, found.end) == (0.4, pytest.approx(2.95))


def test_a_pause_far_from_every_edge_moves_nothing() -> None:
    passage = Passage("long", 0.0, 3.0, (Word("long", 0.0, 3.0),))
    assert tightened([passage], [(1.0, 1.3)]) == [passage]
    assert tightened([Passage("", 0.0, 1.0)], [(0.0, 1.0)]) == [Passage("", 0.0, 1.0)]
