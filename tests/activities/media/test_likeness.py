"""Copies of a photograph are proved, other photographs of the same thing are not."""

import itertools
import random

import numpy as np
import pytest
from PIL import Image, ImageOps
from sklearn.datasets import load_sample_image

from activities.media.likeness import compare, mirror, sketch

from .photographs import variants

CHINA = Image.fromarray(load_sample_image("china.jpg"))
REASONS = {
    "re-encoded": "copied",
    "cropped": "cropped",
    "mirrored": "mirrored",
    "resized": "copied",
    "turned": "rotated",
    "brightened": "copied",
    "all of it": "mirrored",
}


def test_every_kind_of_copy_is_proved_and_named() -> None:
    original = sketch(np.asarray(CHINA))
    for name, changed in itertools.islice(variants(CHINA, random.Random(1)), len(REASONS)):
        found = compare(original, sketch(np.asarray(changed)))
        assert found is not None, name
        assert found.reason == REASONS[name]
        assert found.score > 0.8


def test_another_photograph_is_not_a_copy() -> None:
    assert compare(sketch(np.asarray(CHINA)), sketch(load_sample_image("flower.jpg"))) is None


def test_the_same_thing_in_another_color_is_not_a_copy() -> None:
    red, green, blue = Image.fromarray(load_sample_image("flower.jpg")).split()
    recolored = Image.merge("RGB", (blue, green, red))
    assert compare(sketch(load_sample_image("flower.jpg")), sketch(np.asarray(recolored))) is None


def test_a_gray_copy_is_a_copy() -> None:
    gray = ImageOps.grayscale(CHINA).convert("RGB")
    assert compare(sketch(np.asarray(CHINA)), sketch(np.asarray(gray))) is not None


@pytest.mark.parametrize(("shade", "same"), [(200, True), (120, False)])
def test_plain_pictures_are_compared_as_they_are(shade: int, same: bool) -> None:
    one = sketch(np.full((200, 300, 3), 200, np.uint8))
    other = sketch(np.full((100, 150, 3), shade, np.uint8))
    assert (compare(one, other) is not None) is same


def test_mirroring_a_sketch_equals_sketching_the_mirror() -> None:
    mirrored = sketch(np.asarray(ImageOps.mirror(CHINA)))
    found = compare(mirror(sketch(np.asarray(CHINA))), mirrored)
    assert found is not None
    assert not found.mirrored


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (16, 16)])
def test_tiny_pictures_are_sketched(size: tuple[int, int]) -> None:
    one = sketch(np.asarray(CHINA.resize(size)))
    assert compare(one, sketch(np.asarray(CHINA))) is None or size == (16, 16)
