"""Product posters: the product stands in front in its own colors, and every word and price can be read."""

import colorsys
import json
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from activities.media.palettes import READABLE, palettes
from activities.media.posters import Materials
from activities.media.posters_text import set_stack
from activities.media.templates import PRESETS, templates
from activities.tools.ai_product_image import Params
from activities.tools.base import ToolResult
from models.errors import InvalidInput
from tests.activities.tools.context import engines, find, run_tool

TOOL = "ai-product-image"
ALL = templates("product")
WORDS: dict[str, Any] = {"title": "手冲瑰夏咖啡", "subtitle": "花香柑橘蜂蜜回甘", "price": "¥39"}
BLUE, RED = (30, 60, 200), (205, 40, 35)


def ball(path: Path, color: tuple[int, int, int]) -> Path:
    """A ball of one color that somebody has cut out already."""
    pixels = np.zeros((400, 400, 4), np.uint8)
    cv2.circle(pixels, (200, 200), 150, (*color, 255), -1, cv2.LINE_AA)
    Image.fromarray(pixels).save(path)
    return path


def made(result: ToolResult) -> np.ndarray:
    return np.asarray(Image.open(result.outputs[0].path).convert("RGB"))


@pytest.fixture(scope="module")
def blue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ball(tmp_path_factory.mktemp("balls") / "blue.png", BLUE)


def test_the_parameters_name_all_templates_palettes_and_sizes() -> None:
    fields = Params.model_fields
    assert set(get_args(fields["template"].annotation)) == {"auto", *ALL} and len(ALL) >= 10
    assert set(get_args(fields["palette"].annotation)) == {"auto", "template", *palettes()}
    assert set(get_args(fields["size"].annotation)) == set(PRESETS)


@pytest.mark.parametrize("template", ALL)
def test_words_are_read_and_the_product_is_seen(tmp_path: Path, template: str, blue: Path) -> None:
    result = run_tool(TOOL, tmp_path, {"image": blue}, template=template, size="1:1", palette="template", **WORDS)
    pixels = made(result)
    seen = "".join(region.text for region in engines().get("ocr").find(cv2.resize(pixels, (810, 810))))
    wanted = WORDS["title"] + WORDS["subtitle"] + "39"
    assert sum(each in seen for each in wanted) >= 0.85 * len(wanted), seen
    assert result.outputs[0].metadata["contrast"] >= READABLE and result.data["found"] == 1
    close = (np.abs(pixels.astype(int) - BLUE).max(2) < 24).astype(np.uint8)
    largest = max(cv2.connectedComponentsWithStats(close)[2][1:], key=lambda each: each[cv2.CC_STAT_AREA])
    assert largest[4] > 0.04 * close.size and 0.9 < largest[2] / largest[3] < 1.1, "a round blue ball, nothing over it"


@pytest.mark.parametrize("size", PRESETS)
@pytest.mark.parametrize("template", ALL)
def test_the_longest_words_fit_everywhere(template: str, size: str) -> None:
    width, height = PRESETS[size]
    for title, subtitle, price in (("国" * 40, "国" * 60, "价" * 16), ("W" * 40, "Word " * 12, "W" * 16)):
        texts = {"title": title, "subtitle": subtitle, "price": price}
        materials = Materials(texts, palettes()["mono"], engines().get("fonts"))
        shown = []
        for stack in ALL[template].layout(width, height).stacks:
            for placed in set_stack(stack, width, height, min(width, height) / 1000, materials):
                if placed.block is not None:
                    left, top, right, bottom = placed.block.ink
                    assert placed.block.size >= 14
                    assert placed.box[0] + left >= 0 and placed.box[0] + right <= width
                    assert placed.box[1] + top >= 0 and placed.box[1] + bottom <= height
                    shown.append(placed.item.slot)
        assert sorted(shown) == ["price", "subtitle", "title"]


@pytest.mark.parametrize(("color", "hue"), [(BLUE, 0.64), (RED, 0.0), ((40, 160, 60), 0.36)])
def test_the_colors_follow_the_product(tmp_path: Path, color: tuple[int, int, int], hue: float) -> None:
    image = ball(tmp_path / "ball.png", color)
    corner = made(run_tool(TOOL, tmp_path / "out", {"image": image}, template="circle", **WORDS))[10, 10] / 255
    found = colorsys.rgb_to_hls(*corner)
    assert min(abs(found[0] - hue), 1 - abs(found[0] - hue)) < 0.08 and found[2] > 0.15


@pytest.mark.parametrize("template", ["studio", "spotlight"])
def test_a_photograph_is_cut_out_and_throws_a_shadow(tmp_path: Path, template: str) -> None:
    """The table under the cup is gone; below the saucer the ground is darker than beside it."""
    path = tmp_path / "coffee.png"
    Image.fromarray(data.coffee()).save(path)  # type: ignore[no-untyped-call]
    result = run_tool(TOOL, tmp_path / "out", {"image": path}, template=template, palette="template", **WORDS)
    pixels = made(result).astype(int)
    assert result.data["found"] == 1 and "U2-Net" in result.engine and "Noto" in result.engine
    ground = palettes()[ALL[template].palette]
    corners = pixels[[20, 20, -20, -20], [20, -20, 20, -20]]
    nearest = np.array([[ground[role] for role in ("ground", "second", "tint")]])
    assert (np.abs(corners[:, None] - nearest).max(2).min(1) < 30).all(), "no brown wood in the corners"
    if template == "studio":
        rows = pixels[1380:1402].sum(2)
        assert rows[:, 560:680].mean() < rows[:, 300:340].mean() - 20


def test_without_words_there_is_a_poster_all_the_same(tmp_path: Path, blue: Path) -> None:
    result = run_tool(TOOL, tmp_path, {"image": blue})
    json.dumps([result.data, result.outputs[0].metadata])
    assert made(result).shape == (1660, 1242, 3) and result.outputs[0].metadata["letters"] == {}


def test_no_product_shows_the_photograph_at_the_least_price(tmp_path: Path) -> None:
    path = tmp_path / "flat.png"
    Image.new("RGB", (300, 300), (90, 140, 190)).save(path)
    result = run_tool(TOOL, tmp_path / "out", {"image": path}, title="天空")
    assert result.data["found"] == 0 and result.credits == 1
    assert (np.abs(made(result).astype(int) - (90, 140, 190)).max(2) < 6).mean() > 0.1


def test_words_of_no_font_are_named_by_their_parameter(tmp_path: Path, blue: Path) -> None:
    with pytest.raises(InvalidInput) as raised:
        run_tool(TOOL, tmp_path, {"image": blue}, title="커피")
    assert (raised.value.errors or [])[0]["path"] == "parameters.title"


def test_best_costs_more() -> None:
    tool = find(TOOL)
    assert [tool.price({}, Params(quality=quality)).credits for quality in ("fast", "best")] == [3, 4]
