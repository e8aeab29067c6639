"""Vectors are near for pictures of one scene and far for others, and do not depend on the company they are made in."""

import numpy as np
from sklearn.datasets import load_sample_image

from tests.activities.tools.context import engines

CHINA, FLOWER = load_sample_image("china.jpg"), load_sample_image("flower.jpg")


def test_one_scene_is_near_and_another_far() -> None:
    china, mirrored, cropped, flower = (
        engines().get("embedding").embed([CHINA, np.ascontiguousarray(CHINA[:, ::-1]), CHINA[40:400, 60:600], FLOWER])
    )
    assert china @ mirrored > 0.85
    assert china @ cropped > 0.8
    assert china @ flower < 0.5


def test_vectors_are_of_unit_length_and_independent_of_the_batch() -> None:
    engine = engines().get("embedding")
    together = engine.embed([CHINA, FLOWER] * 3)
    assert together.shape == (6, 1280)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(together[5], engine.embed([FLOWER])[0], atol=1e-4)
