"""People go, who is kept stays, nothing else changes, and what fills their places is not somebody else."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

from activities.inference.inpainting import InpaintingFile, NetworkFiller
from activities.tools.base import ToolResult
from models.errors import InvalidInput
from tests.activities.inference.tiny_inpainting import lama_torchscript
from tests.activities.tools.context import engines, run_tool

LAKE = load_sample_image("china.jpg")
NOBODY = {"cat": data.chelsea(), "lake": LAKE, "cup": data.coffee(), "rocket": data.rocket()}


def cut_out() -> tuple[np.ndarray, np.ndarray]:
    """The astronaut and her mask, 150 pixels high."""
    photo = data.astronaut()
    (person,) = engines().get("people").find(photo)
    share = np.zeros(photo.shape[:2], np.float32)
    left, top = person.corner
    share[top : top + person.share.shape[0], left : left + person.share.shape[1]] = person.share
    return cv2.resize(photo, (150, 150), interpolation=cv2.INTER_AREA), cv2.resize(share, (150, 150))


def planted(*places: int) -> tuple[np.ndarray, np.ndarray]:
    """The lake with her before it at these columns, and where she is."""
    picture, mask = LAKE.astype(np.float32), np.zeros((427, 640), bool)
    person, share = cut_out()
    for left in places:
        place = np.s_[277:427, left : left + 150]
        picture[place] = person * share[:, :, None] + picture[place] * (1 - share[:, :, None])
        mask[place] |= share > 0.5
    return picture.round().astype(np.uint8), mask


def remove(
    folder: Path, picture: np.ndarray, mask: np.ndarray | None = None, **more: Any
) -> tuple[Any, Any, ToolResult]:
    folder.mkdir(exist_ok=True)
    Image.fromarray(picture).save(folder / "in.png")
    files: dict[str, Path | list[Path]] = {"image": folder / "in.png"}
    if mask is not None:
        Image.fromarray(mask).save(folder / "drawn.png")
        files["mask"] = folder / "drawn.png"
    result = run_tool("remove-people", folder / "out", files, **more)
    image, filled = (np.asarray(Image.open(output.path)) for output in result.outputs)
    return image, filled > 127, result


def orange(picture: np.ndarray) -> int:
    """Pixels of the color of her suit, which nothing else has."""
    red, green, blue = (picture[..., each].astype(int) for each in range(3))
    return int(((red > 150) & (red - green > 60) & (green - blue > 10) & (blue < 90)).sum())


def test_two_people_go_and_the_rest_is_untouched(tmp_path: Path) -> None:
    before, where = planted(20, 400)
    after, filled, result = remove(tmp_path, before)
    assert (result.data["found"], result.data["removed"]) == (2, 2)
    assert (after[~filled] == before[~filled]).all()
    assert (where & ~filled).sum() < 0.01 * where.sum()
    assert filled.sum() < 1.6 * where.sum()
    assert orange(before[where]) > 3000
    assert orange(after[where]) < 0.1 * orange(before[where])
    assert engines().get("people").find(after) == []


def test_who_is_kept_stays_and_lends_nothing(tmp_path: Path) -> None:
    before, where = planted(20, 220)
    left, right = where.copy(), where.copy()
    left[:, 200:], right[:, :200] = False, False
    for keep in ([1], [[295, 390]]):
        after, filled, result = remove(tmp_path, before, keep=keep)
        assert [each["kept"] for each in result.data["people"]] == [False, True]
        assert (after[right] == before[right]).all()
        assert not (filled & right).any()
        assert orange(after[left]) < 0.05 * orange(before[left])


def test_small_people_stay_when_asked(tmp_path: Path) -> None:
    before, _ = planted(20)
    after, filled, result = remove(tmp_path, before, min_size=0.5)
    assert result.data["people"][0]["kept"]
    assert (after == before).all() and not filled.any()


@pytest.mark.parametrize(
    "photo", [data.chelsea(), LAKE, data.coffee(), data.rocket()], ids=["cat", "lake", "cup", "rocket"]
)
def test_where_nobody_is_nothing_changes_and_little_is_paid(tmp_path: Path, photo: np.ndarray) -> None:
    after, filled, result = remove(tmp_path, photo)
    assert (after == photo).all() and not filled.any()
    assert (result.data["found"], result.credits) == (0, 1)


def test_a_drawn_mask_says_what_goes(tmp_path: Path) -> None:
    before, where = planted(20, 400)
    drawn = np.zeros((214, 320), np.uint8)  # of the same proportions, drawn in a small view
    drawn[130:, 190:280] = 255
    after, filled, result = remove(tmp_path, before, drawn)
    assert (filled == (cv2.resize(drawn, (640, 427), interpolation=cv2.INTER_LINEAR) > 127)).all()
    right = where.copy()
    right[:, :300] = False
    assert orange(after[right]) < 0.1 * orange(before[right])
    assert (after[:, :300] == before[:, :300]).all()
    assert result.data["removed"] == 0


@pytest.mark.parametrize(("shape", "value"), [((427, 640), 255), ((100, 100), 0)], ids=["everything", "another's"])
def test_a_mask_that_cannot_be_meant_is_refused(tmp_path: Path, shape: tuple[int, int], value: int) -> None:
    mask = np.full(shape, value, np.uint8)
    with pytest.raises(InvalidInput) as caught:
        remove(tmp_path, planted(20)[0], mask)
    assert caught.value.errors is not None and caught.value.errors[0]["path"] == "inputs.mask"


def test_transparency_and_profile_stay(tmp_path: Path) -> None:
    before, _ = planted(20)
    whole = np.dstack([before, np.full(before.shape[:2], 255, np.uint8)])
    whole[:50, :, 3] = 40
    after, _, result = remove(tmp_path, whole)
    assert result.outputs[0].mime_type == "image/png"
    assert (after[:, :, 3] == whole[:, :, 3]).all()


@pytest.mark.long
def test_the_operators_network_fills_where_it_does_so_best(tmp_path: Path) -> None:
    floor = np.tile(cv2.resize(data.coffee(), (300, 200))[100:176, 20:100], (3, 3, 1))
    hole = np.zeros(floor.shape[:2], bool)
    hole[60:170, 60:180] = True
    spoilt = np.where(hole[:, :, None], np.uint8(0), floor)
    (tmp_path / "networks").mkdir()
    results = []
    for name, truth in (("knowing", floor), ("blind", np.full_like(floor, 128))):
        tensor = torch.from_numpy(truth.transpose(2, 0, 1)[None] / np.float32(255))
        file = lama_torchscript(tmp_path / "networks" / f"{name}.pt", F.pad(tensor, (0, 0, 0, 4), "constant"))
        filler = NetworkFiller(InpaintingFile(name=name, path=file, kind="lama"), engines().get)
        results.append(remove(tmp_path / name, spoilt, hole, filler=filler))
    (known, _, told), (blind, _, _) = results
    np.testing.assert_array_equal(known, floor)
    assert (blind[~hole] == floor[~hole]).all() and (blind[hole] != 128).mean() > 0.9
    assert told.engine.endswith("PatchMatch + knowing")
