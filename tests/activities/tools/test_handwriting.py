"""Handwriting: it can be read, no two letters are alike, and it stays on its paper."""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from activities.tools.base import Kind, Measure
from models.errors import InvalidInput
from tests.activities.tools.context import engines, find, run_tool

TEXT = "北京的秋天已经很深了，院子里的树叶落了一地。我常常想起我们一起读书的日子，一杯茶，一本书，就是一个下午。"


def pixels_of(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGBA"))


def test_a_page_can_be_read(tmp_path: Path) -> None:
    result = run_tool("handwriting", tmp_path, {}, {"text": TEXT}, kind="page", font="long-cang", paper="plain",
                      format="square")  # fmt: skip
    page = pixels_of(result.outputs[0].path)
    assert page.shape[:2] == (1080, 1080)
    read = "".join(region.text for region in engines().get("ocr").find(np.ascontiguousarray(page[..., :3])))
    hit = sum(each in read for each in set(TEXT) if "\u4e00" <= each <= "\u9fff")
    assert hit >= 0.6 * len({each for each in TEXT if "\u4e00" <= each <= "\u9fff"}), read


def test_the_same_letter_is_never_the_same_and_the_same_seed_is(tmp_path: Path) -> None:
    svgs = [
        signature(tmp_path / name, seed, jitter)
        for name, seed, jitter in (("a", 1, 1), ("b", 1, 1), ("c", 2, 1), ("d", 1, 0))
    ]
    assert svgs[0] == svgs[1] != svgs[2]
    shapes = [path.attrib["d"] for path in ElementTree.fromstring(svgs[0]) if path.tag.endswith("path")]
    assert len(shapes) == 2 and _form(shapes[0]) != _form(shapes[1])
    still = [path.attrib["d"] for path in ElementTree.fromstring(svgs[3]) if path.tag.endswith("path")]
    assert _form(still[0]) == _form(still[1])


def signature(folder: Path, seed: int, jitter: float) -> str:
    result = run_tool("handwriting", folder, {}, {"text": "明明"}, seed=seed, jitter=jitter)
    return result.outputs[1].path.read_text()


def _form(path: str) -> list[tuple[int, int]]:
    """The first points of a path from its very first one, to the pixel."""
    numbers = [float(each) for each in re.findall(r"-?[0-9.]+", path)]
    points = np.array(numbers).reshape(-1, 2)
    return [(round(x), round(y)) for x, y in points - points[0]][:6]


@pytest.mark.parametrize("paper", ["plain", "lined", "grid", "dots", "kraft", "letter", "tianzige"])
def test_papers_are_written_on_and_none_is_transparent(tmp_path: Path, paper: str) -> None:
    bare = pixels_of(run_tool("handwriting", tmp_path / "none", {}, {"text": TEXT}, kind="page", format="card")
                     .outputs[0].path)  # fmt: skip
    page = pixels_of(run_tool("handwriting", tmp_path / paper, {}, {"text": TEXT}, kind="page", format="card",
                              paper=paper).outputs[0].path)  # fmt: skip
    assert bare[5, 5, 3] == 0 and bare[..., 3].max() > 200
    assert (page[..., 3] == 255).all() and page[..., :3].min() < 60


def test_long_texts_take_several_pages_and_nothing_leaves_the_sheet(tmp_path: Path) -> None:
    result = run_tool("handwriting", tmp_path, {}, {"text": TEXT * 8}, kind="page", format="card", size=40)
    assert len(result.outputs) == result.data["pages"] > 1
    for output in result.outputs:
        ink = pixels_of(output.path)[..., 3] > 0
        assert not ink[:20].any() and not ink[-20:].any() and not ink[:, :20].any() and not ink[:, -20:].any()


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as raised:
        run_tool("handwriting", tmp_path / "a", {}, {"text": "名\u1410"})
    assert raised.value.errors is not None and "\u1410" in raised.value.errors[0]["message"]
    with pytest.raises(InvalidInput):
        run_tool("handwriting", tmp_path / "b", {}, {"text": "长" * 9000}, kind="page", format="card", size=90)
    tool = find("handwriting")
    with pytest.raises(InvalidInput):
        tool.check({"text": [Measure(Kind.text, "text/plain", 99, characters=25)]}, tool.params())
