"""A shop's pictures: the product in the middle, as large as the shop wants, in its own color."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from activities.tools.base import Kind, Measure, ToolResult
from activities.tools.parsing import parse
from models.errors import InvalidInput

from .context import find, run_tool

TOOL = "product-image"


def saved(pixels: np.ndarray, path: Path) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def still_life(ground: tuple[int, int, int], color: tuple[int, int, int], light: float = 1.0) -> np.ndarray:
    """A ball of ``color`` left of the middle on plain ``ground``, under less ``light`` (linear)."""
    picture = np.empty((480, 640, 3), np.uint8)
    picture[:] = ground
    rows, columns = np.mgrid[:480, :640]
    bright = np.clip(1.15 - np.hypot(rows - 190, columns - 190) / 330, 0, 1)[..., None]
    ball = np.zeros((480, 640), np.float32)
    cv2.circle(ball, (220, 220), 110, 1.0, -1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(ball, (0, 0), 1)[..., None]
    linear = (soft * np.array(color) * bright + (1 - soft) * picture) / 255
    return np.round(255 * linear * light ** (1 / 2.2)).astype(np.uint8)


def ball_color(result: ToolResult) -> np.ndarray:
    image = np.asarray(Image.open(result.outputs[0].path)).astype(float)
    height, width = image.shape[:2]
    middle: np.ndarray = image[height // 2 - 40 : height // 2 + 40, width // 2 - 40 : width // 2 + 40].mean((0, 1))
    return middle


def product_box(path: Path) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is not white."""
    dark = np.asarray(Image.open(path).convert("L")) < 245
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.fixture(scope="module")
def ball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(still_life((235, 235, 235), (200, 40, 30)), tmp_path_factory.mktemp("ball") / "ball.png")


def test_every_size_is_made_and_the_product_stands_in_the_middle(tmp_path: Path, ball: Path) -> None:
    sizes = ["800", "1:1", "3:4", "4:3", "marketplace", "640x360"]
    result = run_tool(TOOL, tmp_path, {"image": ball}, sizes=sizes, shadow=0, margin=10)
    made = [Image.open(output.path).size for output in result.outputs]
    assert made == [(800, 800), (1600, 1600), (1200, 1600), (1600, 1200), (2000, 2000), (640, 360)]
    for output, (width, height) in zip(result.outputs, made, strict=True):
        left, top, right, bottom = product_box(output.path)
        assert abs(left - (width - right)) <= 0.01 * width and abs(top - (height - bottom)) <= 0.01 * height
        fill = max((right - left) / width, (bottom - top) / height)
        assert fill == pytest.approx(0.85 if output.metadata["size"] == "marketplace" else 0.8, abs=0.015)


def test_the_background_is_really_white(tmp_path: Path, ball: Path) -> None:
    result = run_tool(TOOL, tmp_path, {"image": ball}, shadow=0.4)
    image = np.asarray(Image.open(result.outputs[0].path))
    assert (image[:40] == 255).all() and (image[:, :40] == 255).all() and (image[-8:] >= 240).all()


def test_a_shadow_lies_below(tmp_path: Path, ball: Path) -> None:
    boxes = [
        product_box(run_tool(TOOL, tmp_path / str(much), {"image": ball}, shadow=much).outputs[0].path)
        for much in (0, 1)
    ]
    assert boxes[1][3] > boxes[0][3] + 5 and abs(boxes[1][1] - boxes[0][1]) <= 2


@pytest.mark.parametrize("color", [(200, 40, 30), (30, 60, 190), (235, 200, 40), (60, 150, 60)])
def test_a_colored_product_keeps_its_color_in_good_light(tmp_path: Path, color: tuple[int, int, int]) -> None:
    source = saved(still_life((238, 238, 238), color), tmp_path / "in.png")
    plain, mended = (
        ball_color(run_tool(TOOL, tmp_path / str(on), {"image": source}, white_balance=on, exposure=on))
        for on in (False, True)
    )
    assert np.abs(plain - mended).max() < 8


def test_a_yellow_lamp_is_taken_away(tmp_path: Path) -> None:
    good = still_life((225, 225, 225), (120, 120, 125))
    lamp = np.round(255 * (good / 255) * (np.array([1.0, 0.87, 0.66]) ** (1 / 2.2))).astype(np.uint8)
    result = run_tool(TOOL, tmp_path, {"image": saved(lamp, tmp_path / "in.png")}, exposure=False)
    red, _, blue = ball_color(result)
    assert abs(red - blue) < 10, "a grey ball is grey again"


def test_a_pink_paper_stays_what_it_is(tmp_path: Path) -> None:
    source = saved(still_life((240, 170, 190), (120, 120, 120)), tmp_path / "in.png")
    result = run_tool(TOOL, tmp_path, {"image": source})
    assert np.ptp(ball_color(result)) < 5
    assert result.data["light"]["gains"] == (1.0, 1.0, 1.0)


def test_a_dark_photograph_is_brightened_and_a_black_product_stays_black(tmp_path: Path) -> None:
    dark = saved(still_life((235, 235, 235), (180, 120, 60), light=0.5), tmp_path / "dark.png")
    black = saved(still_life((240, 240, 240), (35, 35, 38)), tmp_path / "black.png")
    plain, lit = (
        ball_color(run_tool(TOOL, tmp_path / str(on), {"image": dark}, exposure=on)).mean() for on in (False, True)
    )
    assert lit > 1.2 * plain
    assert ball_color(run_tool(TOOL, tmp_path / "out", {"image": black})).max() < 45


def test_transparent_keeps_the_shape(tmp_path: Path) -> None:
    source = saved(data.coffee(), tmp_path / "in.png")
    result = run_tool(TOOL, tmp_path / "out", {"image": source}, background="transparent", format="png", shadow=0)
    image = np.asarray(Image.open(result.outputs[0].path))
    assert image.shape == (800, 800, 4) and image[0, 0, 3] == 0 and image[400, 400, 3] == 255


def test_nothing_found_gives_the_photograph_back_for_the_least(tmp_path: Path) -> None:
    source = saved(np.full((200, 300, 3), 128, np.uint8), tmp_path / "in.png")
    result = run_tool(TOOL, tmp_path / "out", {"image": source}, format="png", sizes=["1:1", "3:4"])
    assert (result.data["found"], result.credits, len(result.outputs)) == (0, 1, 1)
    assert (np.asarray(Image.open(result.outputs[0].path)) == 128).all()


def test_transparent_jpeg_is_refused_before_it_is_paid() -> None:
    tool = find(TOOL)
    photo = Measure(Kind.image, "image/png", 1, width=640, height=427)
    with pytest.raises(InvalidInput) as refused:
        tool.check({"image": [photo]}, tool.params.model_validate({"background": "transparent"}))
    assert refused.value.errors is not None and refused.value.errors[0]["path"] == "parameters.format"


@pytest.mark.parametrize("parameters", [{"sizes": []}, {"sizes": ["0x9"]}, {"sizes": ["huge"]}, {"margin": 50}])
def test_bad_parameters_are_named(parameters: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(find(TOOL), {"image": "file_1"}, parameters)
    assert refused.value.errors is not None and refused.value.errors[0]["path"].startswith("parameters.")
