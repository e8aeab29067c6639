"""The garment changes, its folds stay, and the wearer is left alone."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from activities.inference.painter import CheckpointPainter
from activities.tools.base import ToolResult
from activities.tools.parsing import Configuration, FileFacts, parse, price

from .context import find, run_tool

TOOL = "fashion-creative"


@pytest.fixture(scope="module")
def astronaut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A face above an orange suit."""
    path = tmp_path_factory.mktemp("photos") / "astronaut.png"
    Image.fromarray(data.astronaut()).save(path)
    return path


def variants(result: ToolResult) -> list[np.ndarray]:
    return [np.asarray(Image.open(output.path)) for output in result.outputs if output.name == "images"]


def test_the_suit_changes_and_the_face_and_the_ground_do_not(tmp_path: Path, astronaut: Path) -> None:
    before = data.astronaut().astype(int)
    result = run_tool(TOOL, tmp_path, {"image": astronaut}, format="png", pattern="solid", palette="vivid", count=2)
    blue = variants(result)[1].astype(int)
    sleeve = np.s_[330:420, 60:110]
    assert before[sleeve][..., 0].mean() > before[sleeve][..., 2].mean() + 60
    assert blue[sleeve][..., 2].mean() > blue[sleeve][..., 0].mean() + 60
    face, ground = np.s_[70:150, 190:250], np.s_[:60, 300:400]
    assert np.abs(blue[face] - before[face]).mean() < 3
    assert (blue[ground] == before[ground]).all()


def test_folds_stay(tmp_path: Path, astronaut: Path) -> None:
    result = run_tool(TOOL, tmp_path, {"image": astronaut}, format="png", pattern="solid", count=1)
    sleeve = np.s_[320:430, 40:120]
    before, after = (
        cv2.cvtColor(np.ascontiguousarray(each[sleeve]), cv2.COLOR_RGB2GRAY).astype(float).ravel()
        for each in (data.astronaut(), variants(result)[0])
    )
    assert np.corrcoef(before, after)[0, 1] > 0.7


def test_every_variant_differs_and_is_described(tmp_path: Path, astronaut: Path) -> None:
    result = run_tool(TOOL, tmp_path, {"image": astronaut}, count=8, pattern="dots")
    made = variants(result)
    assert len(made) == 8
    assert all(np.abs(one.astype(int) - other).mean() > 1 for at, one in enumerate(made) for other in made[at + 1 :])
    words = next(output.path for output in result.outputs if output.name == "text").read_text(encoding="utf-8")
    assert len(words.splitlines()) == 8 and "波点" in words
    assert result.data["made_by"] == "recolor"


def test_no_garment_gives_the_picture_back_for_the_least(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "gray").save(tmp_path / "in.png")
    result = run_tool(TOOL, tmp_path / "out", {"image": tmp_path / "in.png"}, format="png")
    assert (result.data["found"], result.credits) == (0, 1)
    assert (variants(result)[0] == 128).all()


def test_a_checkpoint_paints_the_garment_alone(tmp_path: Path, astronaut: Path, painter: CheckpointPainter) -> None:
    wishes = {"format": "png", "count": 2, "seed": 3}
    painted = run_tool(TOOL, tmp_path / "painted", {"image": astronaut}, None, painter, **wishes)
    recolored = run_tool(TOOL, tmp_path / "recolored", {"image": astronaut}, **wishes)

    assert (painted.data["made_by"], recolored.data["made_by"]) == ("house", "recolor")
    assert "note" in recolored.data and "note" not in painted.data
    assert [output.generated for output in painted.outputs] == [True, True, False]
    assert not any(output.generated for output in recolored.outputs)
    sleeve, face, ground = np.s_[330:420, 60:110], np.s_[70:150, 190:250], np.s_[:60, 300:400]
    for one, other in zip(variants(painted), variants(recolored), strict=True):
        assert np.abs(one[sleeve].astype(int) - other[sleeve]).mean() > 10
        assert np.abs(one[face].astype(int) - other[face]).mean() < 3
        assert (one[ground] == data.astronaut()[ground]).all()
    assert np.abs(variants(painted)[0].astype(int) - variants(painted)[1])[sleeve].mean() > 3


def test_a_checkpoint_is_paid_by_the_variant_and_only_where_it_paints() -> None:
    facts = {"p": FileFacts("p", "image", "image/png", 1, "ready", {"width": 512, "height": 512})}

    def credits(checkpoint: bool, **parameters: object) -> int:
        call = parse(find(TOOL), {"image": "p"}, {"count": 3, **parameters})
        return price(call, facts, Configuration(checkpoint=checkpoint)).credits

    assert (credits(False), credits(True), credits(True, engine="fast")) == (2, 8, 2)
