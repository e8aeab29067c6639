"""Words, corner marks and repeated marks go; signs of AI content stay; nothing else changes."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

from activities.media.images import Picture
from activities.media.labels import signed
from activities.media.marks import Mark, estimate, lift, period, tiles
from activities.tools.base import ToolResult
from models.errors import InvalidInput
from tests.activities.tools.context import engines, find, run_tool

SIZE = (720, 480)
PHOTOS = [
    cv2.resize(each, SIZE, interpolation=cv2.INTER_AREA)
    for each in (
        load_sample_image("china.jpg"),
        load_sample_image("flower.jpg"),
        data.coffee(),
        data.chelsea(),
        data.rocket(),
        data.astronaut(),
    )
]


def laid(photo: np.ndarray, shape: np.ndarray, opacity: float, color: tuple[int, int, int]) -> np.ndarray:
    """A mark of one color over a photograph; ``shape``: uint8, 255 where it is."""
    share = shape[:, :, None] / 255 * opacity
    return np.rint(share * np.array(color) + (1 - share) * photo).astype(np.uint8)


def words(text: str, at: tuple[int, int], size: float, thick: int = 2) -> np.ndarray:
    shape = np.zeros(SIZE[::-1], np.uint8)
    return cv2.putText(shape, text, at, cv2.FONT_HERSHEY_DUPLEX, size, 255, thick, cv2.LINE_AA)


def tiled() -> np.ndarray:
    shape = np.zeros(SIZE[::-1], np.uint8)
    for top in range(0, 560, 80):
        for left in range(0, 800, 144):
            cv2.putText(shape, "SAMPLE", (left + 8, top + 44), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2, cv2.LINE_AA)
    return shape


def psnr(one: np.ndarray, other: np.ndarray, where: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / ((one.astype(float) - other)[where] ** 2).mean()))


def clean(folder: Path, *pictures: np.ndarray, **more: Any) -> tuple[list[np.ndarray], list[np.ndarray], ToolResult]:
    """The pictures, where they were changed, and the tool's answer."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"in-{number}.png" for number in range(len(pictures))]
    for path, picture in zip(paths, pictures, strict=True):
        Image.fromarray(picture).save(path)
    result = run_tool("remove-watermark", folder / "out", {"image": paths}, rights_confirmed=True, **more)
    images, masks = (
        [np.asarray(Image.open(output.path)) for output in result.outputs if output.name == name]
        for name in ("image", "mask")
    )
    return images, [mask > 127 for mask in masks], result


def read(picture: np.ndarray) -> str:
    return " ".join(line.text for line in engines().get("ocr").find(picture))


@pytest.mark.parametrize(("photo", "opacity", "color"), [(4, 0.9, (250, 250, 250)), (3, 0.7, (20, 20, 20))])
def test_words_go_and_the_rest_is_untouched(tmp_path: Path, photo: int, opacity: float, color: Any) -> None:
    before, shape = PHOTOS[photo], words("PHOTO 2026", (180, 260), 1.3, 3)
    marked = laid(before, shape, opacity, color)
    assert "2026" in read(marked)
    (after,), (changed,), result = clean(tmp_path, marked)
    assert result.data["found"] >= 1 and "2026" not in read(after)
    assert (after[~changed] == marked[~changed]).all()
    assert psnr(after, before, shape > 0) > 19 > psnr(marked, before, shape > 0) + 5


def test_only_what_stands_in_a_corner_goes_when_asked(tmp_path: Path) -> None:
    shape = words("@maker_2026", (540, 466), 0.7, 1)
    marked = laid(laid(PHOTOS[2], shape, 0.8, (255, 255, 255)), words("CAFE", (300, 60), 1.4, 3), 1.0, (255, 255, 0))
    (after,), (changed,), _ = clean(tmp_path, marked, detect="corner")
    assert "maker" not in read(after) and "CAFE" in read(after)
    assert not changed[:, :400].any() and not changed[:380].any()


def test_a_mark_that_repeats_is_taken_off_and_what_it_covered_comes_back(tmp_path: Path) -> None:
    before, shape = PHOTOS[0], tiled()
    marked = laid(before, shape, 0.35, (255, 255, 255))
    (after,), _, result = clean(tmp_path, marked, detect="tiled")
    (told,) = result.data["pictures"][0]["found"]
    assert told["opacity"] == pytest.approx(0.35, abs=0.06)
    assert told["color"] == pytest.approx([255, 255, 255], abs=25)
    filled = cv2.inpaint(marked, cv2.dilate(shape, np.ones((3, 3))), 3, cv2.INPAINT_TELEA)
    assert psnr(after, before, shape > 0) > psnr(filled, before, shape > 0) + 6


def test_one_mark_over_many_pictures_is_measured_and_lifted(tmp_path: Path) -> None:
    shape = words("PhotoShop", (90, 270), 2.6, 5)
    marked = [laid(photo, shape, 0.5, (255, 255, 255)) for photo in PHOTOS]
    after, changed, result = clean(tmp_path, *marked)
    assert len(after) == 6 and result.data["pictures"][3]["found"][0]["what"] == "mark"
    gains = [psnr(a, b, shape > 0) - psnr(m, b, shape > 0) for a, b, m in zip(after, PHOTOS, marked, strict=True)]
    assert np.median(gains) > 6, gains
    assert all((a[~c] == m[~c]).all() for a, c, m in zip(after, changed, marked, strict=True))


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.long)])
def test_signs_of_ai_content_stay_whoever_asks(tmp_path: Path, language: str) -> None:
    signed_one = signed(Picture(PHOTOS[1]), language).pixels  # as the product itself draws it
    sign = (signed_one != PHOTOS[1]).any(2)
    marked = laid(signed_one, words("SHOP 88", (60, 80), 1.3, 3), 1.0, (255, 255, 255))
    (after,), (changed,), result = clean(tmp_path, marked, regions=[[360, 400, 360, 80]])
    assert result.data["pictures"][0]["kept_labels"], read(marked)
    assert (after[sign] == marked[sign]).all()
    assert "88" not in read(after) and changed.any()


@pytest.mark.parametrize("detect", ["text", "tiled", "corner", "none"])
def test_a_picture_without_marks_stays_and_costs_little(tmp_path: Path, detect: str) -> None:
    (after,), (changed,), result = clean(tmp_path, PHOTOS[3], detect=detect)
    assert (after == PHOTOS[3]).all() and not changed.any()
    assert (result.data["found"], result.credits) == (0, 1)


def test_regions_and_a_mask_are_filled(tmp_path: Path) -> None:
    marked = PHOTOS[1].copy()
    marked[100:140, 50:150] = (255, 0, 0)
    (after,), (changed,), _ = clean(tmp_path, marked, detect="none", regions=[[50, 100, 100, 40]], expand=0)
    assert changed.sum() == 4000 and changed[100:140, 50:150].all()
    assert not ((after[..., 0] > 240) & (after[..., 1] < 20)).any()


def test_rights_are_asked_for_before_anything_is_paid() -> None:
    tool = find("remove-watermark")
    with pytest.raises(InvalidInput) as caught:
        tool.check({}, tool.params())
    assert caught.value.errors is not None and caught.value.errors[0]["path"] == "parameters.rights_confirmed"


def test_photographs_without_a_mark_give_none() -> None:
    assert estimate(PHOTOS) is None
    for photo in PHOTOS:
        repeats = period(photo)
        assert repeats is None or estimate(tiles(photo, *repeats)) is None


def test_lifting_brings_back_what_lay_below_a_known_mark() -> None:
    shape = tiled()
    share = shape.astype(np.float32) / 255 * 0.4
    back, opaque = lift(laid(PHOTOS[2], shape, 0.4, (255, 255, 255)), Mark(share, np.full(3, 255, np.float32)))
    assert np.abs(back.astype(int) - PHOTOS[2]).max() <= 2 and not opaque.any()
