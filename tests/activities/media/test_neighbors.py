"""The graph finds what a look at all pairs would find."""

import numpy as np

from activities.media.neighbors import near_pairs


def _unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_planted_neighbors_are_nominated_nearest_first() -> None:
    dice = np.random.default_rng(0)
    originals = dice.normal(size=(1500, 256))
    copies = originals + 0.35 * dice.normal(size=originals.shape)
    pairs = list(near_pairs(_unit(np.vstack([originals, copies])), count=10, least=0.5))
    found = {(first, second) for first, second, _ in pairs}
    assert sum((row, row + 1500) in found for row in range(1500)) >= 1499
    cosines = [cosine for *_, cosine in pairs]
    assert cosines == sorted(cosines, reverse=True)
    assert cosines[-1] >= 0.5


def test_the_same_vectors_give_the_same_pairs() -> None:
    vectors = _unit(np.random.default_rng(1).normal(size=(300, 64)))
    assert list(near_pairs(vectors, 5, 0.1)) == list(near_pairs(vectors, 5, 0.1))


def test_one_picture_has_no_pairs() -> None:
    assert list(near_pairs(_unit(np.ones((1, 8))), 10, 0.5)) == []
