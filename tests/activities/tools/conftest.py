"""Photographs on the disk, as users bring them."""

from pathlib import Path

import pytest
from PIL import Image
from skimage import data

from activities.inference.checkpoints import CheckpointFiles
from activities.inference.painter import CheckpointPainter
from tests.activities.inference.tiny_checkpoint import save_checkpoint, save_controlnet
from tests.activities.tools.context import engines


@pytest.fixture(scope="session")
def astronaut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One person before a flag and a rocket, 512 x 512 (NASA, public domain)."""
    path = tmp_path_factory.mktemp("photos") / "astronaut.png"
    Image.fromarray(data.astronaut()).save(path)
    return path


@pytest.fixture(scope="session")
def painter(tmp_path_factory: pytest.TempPathFactory) -> CheckpointPainter:
    """A checkpoint of random weights with a ControlNet, as a tool meets it: paints noise, but by all the rules."""
    home = tmp_path_factory.mktemp("checkpoint")
    files = CheckpointFiles(
        name="house",
        folder=save_checkpoint(home / "tiny"),
        controlnet=save_controlnet(home / "lines"),
        steps=2,
        guidance=5.0,
    )
    return CheckpointPainter(files, engines().get)
