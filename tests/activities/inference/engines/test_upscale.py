"""The upscalers bring back what a photograph lost when it was made small, and tiles of it fit together."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from tests.activities.tools.context import engines

CHINA = load_sample_image("china.jpg")[150:278, 240:400]


def _small(factor: int) -> np.ndarray:
    size = (CHINA.shape[1] // factor, CHINA.shape[0] // factor)
    return np.asarray(Image.fromarray(CHINA).resize(size, Image.Resampling.BICUBIC))


def _error(enlarged: np.ndarray) -> float:
    return float(np.sqrt(np.mean((enlarged - CHINA.astype(np.float32)) ** 2)))


@pytest.mark.parametrize(
    ("name", "most"),
    [("upscale-span-2", 0.99), ("upscale-span-4", 0.99), ("upscale-compact-4", 1.1), ("upscale-sharp", 1.3)],
)
def test_a_photograph_is_enlarged_faithfully(name: str, most: float) -> None:
    """SPAN comes nearer to the original than bicubic; the others paint more freely."""
    engine = engines().get(name)
    small = _small(engine.scale)
    enlarged = engine.upscale(small)
    assert enlarged.shape == CHINA.shape
    assert enlarged.dtype == np.float32
    bicubic = Image.fromarray(small).resize((CHINA.shape[1], CHINA.shape[0]), Image.Resampling.BICUBIC)
    assert _error(enlarged) < most * _error(np.asarray(bicubic))
    assert abs(float(enlarged.mean()) - float(CHINA.mean())) < 4


@pytest.mark.parametrize("name", ["upscale-span-2", "upscale-compact-2", "upscale-compact-4"])
def test_context_is_enough_for_tiles_to_fit(name: str) -> None:
    engine = engines().get(name)
    whole = engine.upscale(CHINA)
    cut, scale = 80, engine.scale
    left = engine.upscale(CHINA[:, : cut + engine.context])[:, : cut * scale]
    right = engine.upscale(CHINA[:, cut - engine.context :])[:, engine.context * scale :]
    assert np.abs(np.hstack([left, right]) - whole).max() < 0.5


def test_twice_is_four_times_averaged() -> None:
    twice, four = (engines().get(f"upscale-compact-{scale}").upscale(CHINA) for scale in (2, 4))
    four = four.reshape(CHINA.shape[0] * 2, 2, CHINA.shape[1] * 2, 2, 3)
    unclipped = ((four > 0) & (four < 255)).all((1, 3))  # elsewhere four times cut off what twice averages
    assert unclipped.mean() > 0.8
    assert np.abs(twice - four.mean((1, 3)))[unclipped].max() < 0.1


def test_the_same_input_gives_the_same_bytes() -> None:
    engine = engines().get("upscale-span-2")
    assert (engine.upscale(CHINA) == engine.upscale(CHINA)).all()


@pytest.mark.parametrize("shape", [(1, 1), (2, 7), (1, 40)])
def test_tiny_pieces_are_enlarged(shape: tuple[int, int]) -> None:
    engine = engines().get("upscale-span-2")
    assert engine.upscale(np.full((*shape, 3), 128, np.uint8)).shape == (shape[0] * 2, shape[1] * 2, 3)
