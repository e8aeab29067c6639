"""A painting keeps what is to be seen and changes how; large ones show no seam."""

from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data
from skimage.metrics import structural_similarity

from activities.inference.engines import style
from activities.tools.style_transfer import NUMBERS, Style
from tests.activities.tools.context import engines, run_tool

PHOTO = data.astronaut()


@pytest.fixture(scope="module")
def painting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "painting.png"
    Image.fromarray(data.coffee()).save(path)
    return path


def paint(folder: Path, photo: Path, model: Path | None = None, **parameters: Any) -> np.ndarray:
    files: dict[str, Path | list[Path]] = {"image": photo, **({"style": model} if model else {})}
    with Image.open(run_tool("style-transfer", folder, files, **parameters).outputs[0].path) as result:
        return np.asarray(result)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Of what is drawn, not of the colors."""
    grey = [cv2.GaussianBlur(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), (0, 0), 3) for each in (one, other)]
    return float(structural_similarity(*grey))


def test_26_styles_differ_from_the_photograph_and_from_each_other() -> None:
    small = cv2.resize(PHOTO, (128, 128), interpolation=cv2.INTER_AREA)
    painted = [engines().get("style-paintings").paint(small, number) for number in sorted(NUMBERS.values())]
    assert len(painted) == 26
    flat = np.array([each.astype(float).ravel() for each in [*painted, small]])
    apart = np.abs(flat[:, None] - flat[None]).mean(2)
    assert apart[~np.eye(27, dtype=bool)].min() > 10


@pytest.mark.parametrize("name", ["starry_night", "oil", "engraving"])
def test_the_subject_is_still_seen(tmp_path: Path, astronaut: Path, name: str) -> None:
    painted = paint(tmp_path, astronaut, style=name)
    assert painted.shape == PHOTO.shape
    assert likeness(painted, PHOTO) > 0.45
    assert np.abs(painted.astype(int) - PHOTO).mean() > 15


def test_every_style_of_the_parameters_has_a_painting() -> None:
    assert set(NUMBERS) == set(get_args(Style))


def test_strength_mixes_and_zero_is_the_photograph(tmp_path: Path, astronaut: Path) -> None:
    none, half, full = (paint(tmp_path / str(share), astronaut, strength=share) for share in (0, 0.5, 1))
    assert (none == PHOTO).all()
    assert np.abs(half.astype(int) - (none.astype(int) + full) / 2).max() <= 1


def test_colors_can_be_kept(tmp_path: Path, astronaut: Path) -> None:
    def chroma(picture: np.ndarray) -> np.ndarray:
        return cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)[:, :, 1:].astype(int)

    kept, changed = (paint(tmp_path / str(keep), astronaut, style="ember", keep_color=keep) for keep in (True, False))
    assert np.abs(chroma(kept) - chroma(PHOTO)).mean() < 4 < np.abs(chroma(changed) - chroma(PHOTO)).mean()


def test_a_picture_can_be_the_model(tmp_path: Path, astronaut: Path, painting: Path) -> None:
    painted = paint(tmp_path, astronaut, painting)
    assert likeness(painted, PHOTO) > 0.3
    tone = [picture.reshape(-1, 3).mean(0) for picture in (painted, PHOTO, data.coffee())]
    assert np.abs(tone[0] - tone[2]).sum() < np.abs(tone[1] - tone[2]).sum(), "it took nothing of the model's tone"


def test_tiles_of_a_large_picture_show_no_seam(tmp_path: Path, painting: Path) -> None:
    """A smooth sky: where tiles begin and end, columns differ no more from their neighbors than elsewhere."""
    sky = np.dstack([cv2.resize(np.linspace(low, 250, 64).reshape(1, 64), (900, 700)) for low in (60, 120, 200)])
    Image.fromarray(sky.astype(np.uint8)).save(tmp_path / "sky.png")
    painted = paint(tmp_path / "out", tmp_path / "sky.png", painting).astype(float).mean(2)
    steps = np.abs(np.diff(painted.mean(0)))
    starts = np.array(style._starts(900))
    edges = sorted({*starts[1:], *(starts[:-1] + style.TILE)})
    assert len(edges) >= 4
    seams = max(steps[edge - 3 : edge + 3].max() for edge in edges)
    assert seams <= np.quantile(steps[40:-40], 0.98)


def test_a_large_photograph_keeps_its_size_and_its_fine_detail(tmp_path: Path) -> None:
    large = cv2.resize(PHOTO, (2400, 1800), interpolation=cv2.INTER_CUBIC)
    large[::4, 600:800] = 255 - large[::4, 600:800]
    Image.fromarray(large).save(tmp_path / "large.jpg", quality=95)
    painted = paint(tmp_path / "out", tmp_path / "large.jpg", style="oil")
    assert painted.shape == (1800, 2400, 3)
    lines = np.abs(np.diff(painted[:, 600:800].astype(int), axis=0)).mean()
    assert lines > 4 * np.abs(np.diff(painted[:, 1000:1200].astype(int), axis=0)).mean()
