"""A drawing shows the same scene in its medium's means; words alone are refused before they cost anything."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from activities.inference.painter import CheckpointPainter
from activities.tools.parsing import Configuration, FileFacts, parse, price
from models.errors import CheckpointNeeded, InvalidInput
from tests.activities.tools.context import engines, find, run_tool

PHOTO = data.astronaut()


def draw(folder: Path, photo: Path, **parameters: Any) -> np.ndarray:
    return np.asarray(Image.open(run_tool("sketch-to-image", folder, {"image": photo}, **parameters).outputs[0].path))


def test_lines_are_where_the_outlines_are() -> None:
    picture = np.full((240, 320, 3), 230, np.uint8)
    cv2.circle(picture, (160, 120), 70, (40, 80, 160), -1)
    lines = cv2.resize(engines().get("lines").find(picture), (320, 240))
    away = np.abs(np.hypot(*np.mgrid[-120:120, -160:160]) - 70)
    assert lines[away < 1.5].mean() > 0.6
    assert lines[away > 25].mean() < 0.1


def test_pencil_is_grey_on_paper_with_the_dark_parts_dark(tmp_path: Path, astronaut: Path) -> None:
    drawn = draw(tmp_path, astronaut)
    assert drawn.shape == PHOTO.shape
    assert (drawn.max(2).astype(int) - drawn.min(2)).max() <= 12
    grey = cv2.cvtColor(PHOTO, cv2.COLOR_RGB2GRAY)
    assert drawn[grey < 30].mean() < 110 < 200 < drawn[grey > 200].mean()


def test_ink_is_black_or_paper(tmp_path: Path, astronaut: Path) -> None:
    drawn = draw(tmp_path, astronaut, medium="ink").mean(2)
    assert ((drawn < 70) | (drawn > 200)).mean() > 0.8


def test_a_cartoon_keeps_the_colors_in_fewer_tones(tmp_path: Path, astronaut: Path) -> None:
    drawn = draw(tmp_path, astronaut, medium="cartoon")
    suit = np.s_[300:420, 130:230]
    hue = [np.median(cv2.cvtColor(picture[suit], cv2.COLOR_RGB2HSV)[:, :, 0]) for picture in (drawn, PHOTO)]
    assert abs(hue[0] - hue[1]) < 6
    light = [cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[:, :, 0] for picture in (drawn, PHOTO)]
    peaks = [np.sort(np.bincount(each.ravel(), minlength=256))[-40:].sum() / each.size for each in light]
    assert peaks[0] > peaks[1] + 0.1


@pytest.mark.parametrize("medium", ["pencil", "ink", "cartoon"])
def test_weight_makes_lines_heavier(tmp_path: Path, astronaut: Path, medium: str) -> None:
    light, heavy = (draw(tmp_path / str(value), astronaut, medium=medium, weight=value).mean() for value in (0.5, 1.6))
    assert heavy < light - 2


def priced(inputs: dict[str, str], checkpoint: bool) -> int:
    facts = {"p": FileFacts("p", "image", "image/png", 1, "ready", {"width": 512, "height": 512})}
    call = parse(find("sketch-to-image"), inputs, {})
    return price(call, facts, Configuration(checkpoint=checkpoint)).credits


def test_words_alone_are_refused_before_they_cost() -> None:
    with pytest.raises(CheckpointNeeded) as raised:
        priced({"text": "一只猫"}, checkpoint=False)
    assert (raised.value.code, raised.value.status, raised.value.params) == (
        "checkpoint_needed",
        409,
        {"port": "image"},
    )


def test_painting_costs_only_where_there_is_a_checkpoint() -> None:
    both = {"image": "p", "text": "a cat"}
    assert [priced(both, checkpoint) for checkpoint in (False, True)] == [2, 6]
    assert [priced({"image": "p"}, checkpoint) for checkpoint in (False, True)] == [2, 2]
    assert priced({"text": "a cat"}, checkpoint=True) == 6


def test_a_checkpoint_draws_words(tmp_path: Path, painter: CheckpointPainter) -> None:
    shapes = {"square": (1024, 1024), "landscape": (832, 1216)}
    for shape, size in shapes.items():
        result = run_tool("sketch-to-image", tmp_path / shape, {}, {"text": "a cat"}, painter, shape=shape, seed=5)
        output = result.outputs[0]
        assert np.asarray(Image.open(output.path)).shape[:2] == size
        assert output.generated and (result.engine, result.data) == ("house", {"drawn_by": "house", "text_used": True})


def test_words_count_by_medium_and_seed_and_repeat_exactly(tmp_path: Path, painter: CheckpointPainter) -> None:
    def made(name: str, words: str = "a cat", **parameters: Any) -> bytes:
        result = run_tool("sketch-to-image", tmp_path / name, {}, {"text": words}, painter, format="jpeg", **parameters)
        return result.outputs[0].path.read_bytes()

    first = made("a")
    assert made("b") == first
    assert len({first, made("c", seed=1), made("d", medium="ink"), made("e", "a dog")}) == 4


def test_words_beside_a_picture_paint_over_its_drawing(
    tmp_path: Path, astronaut: Path, painter: CheckpointPainter
) -> None:
    both = [tmp_path / "both", {"image": astronaut}, {"text": "a cat"}]
    painted = run_tool("sketch-to-image", *both, painter, freedom=1.0)
    assert painted.outputs[0].generated and painted.data["text_used"]
    assert np.asarray(Image.open(painted.outputs[0].path)).shape == PHOTO.shape

    drawn = run_tool("sketch-to-image", *both)
    assert not drawn.outputs[0].generated
    assert drawn.data == {"drawn_by": "lines and tone of the picture; no checkpoint is set", "text_used": False}


def test_neither_picture_nor_words_is_named() -> None:
    tool = find("sketch-to-image")
    with pytest.raises(InvalidInput):
        tool.check({}, tool.params())
