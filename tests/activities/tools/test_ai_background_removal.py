"""What is cut out keeps its shape and colors, and nothing else is left."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

from activities.tools.base import Kind, Measure, ToolResult

from .context import find, run_tool

TOOL = "ai-background-removal"


@pytest.fixture(scope="module")
def flower(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "flower.png"
    Image.fromarray(load_sample_image("flower.jpg")).save(path)
    return path


def pixels(result: ToolResult, port: str) -> np.ndarray:
    path = next(output.path for output in result.outputs if output.name == port)
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("quality", ["fast", pytest.param("best", marks=pytest.mark.long)])
def test_the_flower_stays_and_the_leaves_are_gone(tmp_path: Path, flower: Path, quality: str) -> None:
    result = run_tool(TOOL, tmp_path, {"image": flower}, quality=quality)
    after, mask = pixels(result, "image"), pixels(result, "mask")
    before = load_sample_image("flower.jpg").astype(int)
    assert np.abs(after[180:240, 250:330, :3] - before[180:240, 250:330]).max() <= 1
    assert (after[180:240, 250:330, 3] == 255).all()
    assert not after[:40].any()
    assert (after[..., 3] == mask).all()
    assert result.data["found"] == 1


def test_cropping_keeps_all_of_the_subject(tmp_path: Path, flower: Path) -> None:
    whole = pixels(run_tool(TOOL, tmp_path / "whole", {"image": flower}), "image")
    result = run_tool(TOOL, tmp_path / "cropped", {"image": flower}, crop_to_subject=True)
    cropped = pixels(result, "image")
    left, top, width, height = result.data["box"]
    assert cropped.shape == (height, width, 4)
    assert (cropped == whole[top : top + height, left : left + width]).all()
    assert cropped[..., 3].sum() > 0.98 * whole[..., 3].sum()
    assert all((rim > 12).any() for rim in (cropped[0, :, 3], cropped[-1, :, 3], cropped[:, 0, 3], cropped[:, -1, 3]))


def test_a_hard_edge_has_few_half_transparent_pixels(tmp_path: Path, flower: Path) -> None:
    soft, hard = (
        pixels(run_tool(TOOL, tmp_path / edge, {"image": flower}, edge=edge), "mask") for edge in ("soft", "hard")
    )
    partial = [((mask > 10) & (mask < 245)).sum() for mask in (soft, hard)]
    assert partial[1] < 0.6 * partial[0]
    assert ((hard > 127) != (soft > 127)).mean() < 0.005


def test_the_edge_moves_in_and_out(tmp_path: Path, flower: Path) -> None:
    inner, plain, outer = (
        float(pixels(run_tool(TOOL, tmp_path / str(shift), {"image": flower}, shift=shift), "mask").mean())
        for shift in (-4, 0, 4)
    )
    assert inner < 0.97 * plain < 0.94 * outer


def test_nothing_found_gives_the_picture_back_for_the_least(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "gray").save(tmp_path / "in.png")
    result = run_tool(TOOL, tmp_path, {"image": tmp_path / "in.png"})
    assert (result.data["found"], result.credits) == (0, 1)
    assert (pixels(result, "image") == 128).all()
    assert not pixels(result, "mask").any()


def test_what_is_cut_out_already_keeps_its_shape(tmp_path: Path) -> None:
    image = Image.fromarray(data.coffee()).convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    image.paste(Image.fromarray(data.coffee()).crop((100, 50, 300, 250)), (100, 50))
    image.save(tmp_path / "in.png")
    result = run_tool(TOOL, tmp_path / "out", {"image": tmp_path / "in.png"}, crop_to_subject=True)
    assert result.data["box"] == [100, 50, 200, 200]
    assert (pixels(result, "image")[..., :3] == data.coffee()[50:250, 100:300]).all()


def test_the_price_grows_with_quality_and_size() -> None:
    tool = find(TOOL)
    small, large = ({"image": [Measure(Kind.image, "image/png", 1, width=side, height=side)]} for side in (1000, 7071))
    prices = [
        tool.price(measures, tool.params.model_validate({"quality": quality})).credits
        for measures, quality in ((small, "fast"), (small, "best"), (large, "best"))
    ]
    assert prices == [1, 2, 5]
