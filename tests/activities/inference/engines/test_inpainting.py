"""An operator's own inpainting network: asked as it was trained, and refused by name where it is something else."""

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from skimage import data

from activities.inference.devices import pick
from activities.inference.engines.inpainting import MOST, InpaintingNetwork, load_inpainting
from models.errors import CheckpointUnusable
from tests.activities.inference.tiny_inpainting import lama_onnx, lama_torchscript, migan_onnx, odd_onnx


def load(path: Path, kind: str) -> InpaintingNetwork:
    made: InpaintingNetwork = load_inpainting({kind: path}, pick("cpu"), 1)
    return made


def scene(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """A photo with a hole that holds what must not be seen."""
    photo = cv2.resize(data.coffee(), (width, height), interpolation=cv2.INTER_AREA)
    hole = np.zeros((height, width), bool)
    hole[height // 4 : height // 2, width // 3 : width // 2] = True
    photo[hole] = (255, 0, 255)
    return photo, hole


FILES: dict[str, Any] = {
    "lama, onnx": lambda home: load(lama_onnx(home / "lama.onnx"), "lama"),
    "lama, onnx of 512": lambda home: load(lama_onnx(home / "lama.onnx", "512, 512", white=255.0), "lama"),
    "lama, torchscript": lambda home: load(lama_torchscript(home / "lama.pt"), "lama"),
    "migan, onnx": lambda home: load(migan_onnx(home / "migan.onnx"), "migan"),
}


@pytest.mark.parametrize("size", [(320, 240), (333, 251), (41, 97), (1500, 1001)])
@pytest.mark.parametrize("which", FILES)
def test_a_hole_gets_what_the_network_makes_of_the_rest(tmp_path: Path, which: str, size: tuple[int, int]) -> None:
    network = FILES[which](tmp_path)
    photo, hole = scene(*size)
    filled = network.fill(photo, hole)
    assert filled.shape == photo.shape and filled.dtype == np.uint8
    np.testing.assert_array_equal(filled[~hole], photo[~hole])
    rim = 3 + 2 * (size[0] // 200)
    deep = cv2.erode(hole.astype(np.uint8), np.ones((rim, rim))) > 0  # where no enlarging mixes in what is around
    assert np.abs(filled[deep].astype(int) - photo[~hole].mean(0)).max() < 20  # a square sees some of it twice
    np.testing.assert_array_equal(network.fill(photo, hole), filled)


def test_a_network_of_any_size_sees_the_picture_as_it_is_up_to_a_megapixel(tmp_path: Path) -> None:
    network = load(lama_onnx(tmp_path / "lama.onnx"), "lama")
    seen: list[tuple[int, ...]] = []
    run = network._run
    network._run = lambda image, mask: (seen.append(image.shape), run(image, mask))[1]
    for size in ((333, 251), (3000, 1400)):
        network.fill(*scene(*size))
    assert seen[0][2:] == (256, 336)
    assert not any(side % 8 for side in seen[1][2:]) and 0.9 * MOST < seen[1][2] * seen[1][3] < 1.1 * MOST


@pytest.mark.parametrize(
    ("how", "word"),
    [
        ("one input", "wanted are a picture"),
        ("another shape", "gives"),
        ("numbers that are none", "give back"),
        ("another range", "give back"),
    ],
)
def test_what_is_no_inpainting_network_is_refused_by_its_name(tmp_path: Path, how: str, word: str) -> None:
    with pytest.raises(CheckpointUnusable, match=word) as raised:
        load(odd_onnx(tmp_path / "house.onnx", how), "lama")
    assert "house.onnx" in raised.value.detail("zh") and not raised.value.retryable


def test_a_wrong_kind_is_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointUnusable, match="its kind wants"):
        load(lama_onnx(tmp_path / "a.onnx"), "migan")
    with pytest.raises(CheckpointUnusable, match="its kind wants"):
        load(migan_onnx(tmp_path / "b.onnx"), "lama")
    with pytest.raises(CheckpointUnusable, match="give back"):
        load(migan_onnx(tmp_path / "c.onnx", hole_is=255), "migan")
    with pytest.raises(CheckpointUnusable, match=r"c\.pt"):
        load(lama_torchscript(tmp_path / "c.pt"), "migan")


@pytest.mark.parametrize("name", ["a.onnx", "a.pt", "a.safetensors"])
def test_a_file_that_is_none_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(os.urandom(5000))
    with pytest.raises(CheckpointUnusable, match=name):
        load(tmp_path / name, "lama")
