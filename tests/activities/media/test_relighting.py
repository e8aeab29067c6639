"""Light found on a small copy reaches the full picture: brighter, no blocks, details as they were."""

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_image

from activities.media.relighting import relight


def test_a_dark_photograph_is_lit_as_its_small_copy_was() -> None:
    photograph = np.asarray(Image.fromarray(load_sample_image("china.jpg")).resize((1280, 854)))
    dark = photograph // 4
    lit = relight(dark, lambda small: np.minimum(255, small.astype(int) * 4).astype(np.uint8))
    assert lit.shape == photograph.shape
    difference = np.abs(lit.astype(float) - photograph)
    assert np.median(difference) < 6


def test_bands_of_rows_meet_without_a_line() -> None:
    photograph = np.asarray(Image.fromarray(load_sample_image("flower.jpg")).resize((900, 1200)))
    lit = relight(photograph, lambda small: np.minimum(255, small.astype(int) + 30).astype(np.uint8))
    steps = np.abs(np.diff(lit.astype(float).mean((1, 2))))
    assert steps[511] <= steps[480:540].max() * 1.05
    assert steps[511] < 3
