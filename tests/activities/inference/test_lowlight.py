"""A photograph that was darkened comes back bright, clean, in its colors and without seams."""

import numpy as np
import pytest
from skimage import data

from activities.inference.devices import Device
from activities.inference.engines.lowlight import LowLight, load_low_light
from activities.inference.weights import Weights
from tests.conftest import stack_settings


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LowLight:
    cache = stack_settings(tmp_path_factory.mktemp("home")).weights_cache
    assert cache is not None
    file = Weights(cache).ensure("maxim-enhancement")
    loaded: LowLight = load_low_light({"maxim-enhancement": file}, Device("cpu", "CPU", 0), 2)
    return loaded


def night(photo: np.ndarray) -> np.ndarray:
    """The photo as badly lit and grainy as a telephone takes it in the evening."""
    grain = np.random.default_rng(0).normal(0, 0.008, photo.shape)
    dark: np.ndarray = (np.clip((photo / 255) ** 2.2 * 0.35 + grain, 0, 1) * 255).astype(np.uint8)
    return dark


def likeness(photo: np.ndarray, other: np.ndarray) -> float:
    """PSNR in dB."""
    return float(10 * np.log10(255**2 / np.mean((photo.astype(float) - other) ** 2)))


def test_a_dark_photo_becomes_like_the_bright_one(engine: LowLight) -> None:
    photo = np.asarray(data.chelsea())  # type: ignore[no-untyped-call]
    dark = night(photo)
    bright = engine.enhance(dark)
    assert bright.shape == photo.shape
    assert bright.dtype == np.uint8
    assert likeness(photo, bright) > likeness(photo, dark) + 10
    tint = bright.mean((0, 1)) / bright.mean() - photo.mean((0, 1)) / photo.mean()
    assert np.abs(tint).max() < 0.15
