"""The subject stays as it was; nothing of the old background does."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

from activities.tools.base import Kind, Measure
from activities.tools.parsing import parse
from models.errors import InvalidInput

from .context import find, run_tool, run_with_context

GREEN = (0, 200, 80)


@pytest.fixture(scope="session")
def flower(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "flower.png"
    Image.fromarray(load_sample_image("flower.jpg")).save(path)
    return path


def replace(scratch: Path, image: Path, background: Path | None = None, **parameters: Any) -> np.ndarray:
    files: dict[str, Path | list[Path]] = {"image": image, **({"background": background} if background else {})}
    with Image.open(run_tool("background-replace", scratch, files, **parameters).outputs[0].path) as result:
        return np.asarray(result)


def around(cutout: np.ndarray, near: int, far: int) -> np.ndarray:
    """Pixels ``near`` to ``far`` pixels outside the subject of an RGBA picture, without the second flower below."""
    shape = (cutout[..., 3] > 0).astype(np.uint8)
    outer, inner = (cv2.dilate(shape, np.ones((2 * reach + 1,) * 2, np.uint8)) for reach in (far, near))
    ring: np.ndarray = (outer - inner) > 0
    ring[355:] = False
    return ring


@pytest.mark.parametrize("quality", ["fast", "best"])
def test_the_flower_stays_and_the_leaves_go(tmp_path: Path, flower: Path, quality: str) -> None:
    before = load_sample_image("flower.jpg").astype(int)
    after = replace(tmp_path, flower, color="rgb(0 200 80)", quality=quality).astype(int)
    assert np.abs(after[180:240, 250:330] - before[180:240, 250:330]).max() <= 1
    assert (after[:40] == GREEN).all()
    assert (after[:, :60] == GREEN).all()


def test_no_old_background_shines_through_the_edge(tmp_path: Path) -> None:
    """A soft orange disc on blue, put on white: orange and white are both red, so a dip in red is the old blue."""
    disc = np.zeros((400, 600), np.float32)
    cv2.circle(disc, (300, 200), 120, 1.0, -1)
    soft = cv2.GaussianBlur(disc, (0, 0), 1.5)[..., None]
    mixed = soft * np.array([250, 140, 20]) + (1 - soft) * np.array([10, 40, 160])
    Image.fromarray(np.round(mixed).astype(np.uint8)).save(tmp_path / "disc.png")
    after = replace(tmp_path / "out", tmp_path / "disc.png", color="white", quality="best").astype(int)
    edge = (soft[..., 0] > 0.05) & (soft[..., 0] < 0.95)
    assert (after[200, 300] - [250, 140, 20]).tolist() == [0, 0, 0]
    assert after[edge][:, 0].mean() > 210  # perfect is 252; without estimating the subject's colors it is 198


def test_transparency_is_the_subjects_shape(tmp_path: Path, flower: Path) -> None:
    after = replace(tmp_path, flower, mode="transparent", format="webp")
    assert after.shape[2] == 4
    assert (after[210, 290, 3], after[20, 20, 3]) == (255, 0)


def test_blur_softens_only_what_lies_behind(tmp_path: Path, flower: Path) -> None:
    before = load_sample_image("flower.jpg").astype(int)
    after = replace(tmp_path, flower, mode="blur", blur=3).astype(int)
    assert np.abs(after[180:240, 250:330] - before[180:240, 250:330]).max() <= 1
    assert np.abs(np.diff(after[:60], axis=1)).mean() < np.abs(np.diff(before[:60], axis=1)).mean() / 2
    glow = after[around(replace(tmp_path, flower, mode="transparent"), 4, 12)][:, 0]
    assert np.quantile(glow, 0.9) < 60, "the orange flower glows into the dark blur"


def test_a_gradient_runs_from_top_to_bottom(tmp_path: Path, flower: Path) -> None:
    after = replace(tmp_path, flower, mode="gradient", color="black", to_color="#c86400")
    assert after[0, 0].tolist() == [0, 0, 0]
    assert after[-1, -1].tolist() == [200, 100, 0]


@pytest.mark.parametrize(("fit", "corner"), [("cover", "blue"), ("contain", "red"), ("stretch", "blue")])
def test_a_picture_is_fitted_behind(tmp_path: Path, flower: Path, fit: str, corner: str) -> None:
    Image.new("RGB", (50, 100), "blue").save(tmp_path / "tall.png")
    after = replace(tmp_path / "out", flower, tmp_path / "tall.png", mode="image", fit=fit, color="red")
    assert after[0, 0].tolist() == {"blue": [0, 0, 255], "red": [255, 0, 0]}[corner]


def test_a_shadow_darkens_below_the_subject(tmp_path: Path, flower: Path) -> None:
    plain, shaded = (replace(tmp_path, flower, shadow=strength).astype(int) for strength in (0, 1))
    change = (plain - shaded).sum(2)
    assert change[:30].max() == 0
    ring = around(replace(tmp_path, flower, mode="transparent"), 1, 8)
    above, below = np.nonzero(ring.any(1))[0][[0, -1]]
    middle = (above + below) // 2
    assert change[middle:][ring[middle:]].mean() > 20
    assert change[:middle][ring[:middle]].max() <= 3, "the shadow is a rim and does not lie below"


def test_feather_widens_the_edge(tmp_path: Path, flower: Path) -> None:
    sharp, soft = (replace(tmp_path, flower, mode="transparent", feather=value)[..., 3] for value in (0, 6))
    partial = [((alpha > 10) & (alpha < 245)).sum() for alpha in (sharp, soft)]
    assert partial[1] > 2 * partial[0]


def test_nothing_found_gives_the_picture_back_for_the_least(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "gray").save(tmp_path / "in.png")
    result = run_tool("background-replace", tmp_path, {"image": tmp_path / "in.png"}, quality="best")
    assert (result.data["found"], result.credits) == (0, 1)
    assert np.asarray(Image.open(result.outputs[0].path)).tolist() == np.full((200, 300, 3), 128).tolist()


def test_a_picture_that_is_cut_out_already_keeps_its_shape(tmp_path: Path) -> None:
    image = Image.fromarray(data.coffee()).convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    image.paste(Image.fromarray(data.coffee()).crop((100, 50, 300, 250)), (100, 50))
    image.save(tmp_path / "in.png")
    after = replace(tmp_path, tmp_path / "in.png", color="#00c850")
    assert (after[:50] == GREEN).all()
    assert after[60:240, 110:290].tolist() == data.coffee()[60:240, 110:290].tolist()


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (1, 500), (2000, 7)])
def test_tiny_and_thin_pictures_work(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, "orange").save(tmp_path / "in.png")
    for mode in ("color", "blur", "transparent"):
        after = replace(tmp_path, tmp_path / "in.png", mode=mode, shadow=0.5)
        assert after.shape[:2] == size[::-1]


def test_the_same_call_gives_the_same_bytes(tmp_path: Path, flower: Path) -> None:
    calls = [
        run_with_context("background-replace", tmp_path / str(run), {"image": flower}, shadow=0.4, format="jpeg")
        for run in range(2)
    ]
    first, second = (result.outputs[0].path.read_bytes() for result, _ in calls)
    assert first == second
    fractions = [fraction for fraction, _ in calls[0][1].steps]
    assert fractions == sorted(fractions) and len(fractions) >= 5 and fractions[-1] == 1.0


@pytest.mark.parametrize(
    ("parameters", "path"),
    [({"mode": "image"}, "inputs.background"), ({"mode": "transparent", "format": "jpeg"}, "parameters.format")],
)
def test_what_cannot_work_is_refused_before_it_is_paid(parameters: dict[str, str], path: str) -> None:
    tool = find("background-replace")
    photo = Measure(Kind.image, "image/png", 1, width=640, height=427)
    with pytest.raises(InvalidInput) as refused:
        tool.check({"image": [photo]}, tool.params.model_validate(parameters))
    assert refused.value.errors is not None and refused.value.errors[0]["path"] == path


@pytest.mark.parametrize("parameters", [{"color": "no-color"}, {"blur": 0}, {"unknown": 1}, {"feather": 99}])
def test_bad_parameters_are_named(parameters: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(find("background-replace"), {"image": "file_1"}, parameters)
    assert refused.value.errors is not None and refused.value.errors[0]["path"].startswith("parameters.")


@pytest.mark.parametrize(("side", "quality", "credits"), [(1000, "fast", 1), (1000, "best", 2), (7071, "best", 5)])
def test_the_price_grows_with_quality_and_size(side: int, quality: str, credits: int) -> None:
    tool = find("background-replace")
    measures = {"image": [Measure(Kind.image, "image/png", 1, width=side, height=side)]}
    assert tool.price(measures, tool.params.model_validate({"quality": quality})).credits == credits
