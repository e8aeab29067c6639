"""Holes are filled with what would be there: lines go on, nothing forbidden is borrowed, nothing else changes."""

import cv2
import numpy as np
import pytest
from skimage import data
from sklearn.datasets import load_sample_image

from activities.media import filling
from activities.media.filling import fill
from activities.media.plausibility import distance
from activities.media.vanishing import families


def hole_in(shape: tuple[int, ...], top: int, left: int, height: int, width: int) -> np.ndarray:
    hole = np.zeros(shape[:2], bool)
    hole[top : top + height, left : left + width] = True
    return hole


def nothing(hole: np.ndarray) -> np.ndarray:
    return np.zeros_like(hole)


def psnr(one: np.ndarray, other: np.ndarray, where: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / ((one.astype(float) - other)[where] ** 2).mean()))


def test_what_is_not_the_hole_stays_and_the_same_seed_gives_the_same() -> None:
    photo = load_sample_image("china.jpg")
    hole = hole_in(photo.shape, 150, 300, 120, 60)
    filled, again = (fill(photo, hole, nothing(hole), threads=2, seed=3) for _ in range(2))
    assert (filled[~hole] == photo[~hole]).all()
    assert (filled == again).all()
    assert (filled[hole] != photo[hole]).any()


def test_a_slanting_edge_goes_on_through_the_hole() -> None:
    down, across = np.mgrid[:240, :320]
    chance = np.random.default_rng(0).normal(0, 4, (240, 320, 1))
    stripes = (np.where((down + across // 2) // 24 % 2, 190, 70)[:, :, None] + chance).clip(0, 255)
    picture = np.repeat(stripes, 3, 2).astype(np.uint8)
    hole = hole_in(picture.shape, 80, 120, 70, 60)
    filled = fill(picture, hole, nothing(hole), threads=2)
    assert psnr(filled, picture, hole) > 19  # broken by half a stripe it would be some 9
    assert psnr(filled, picture, hole) > psnr(cv2.inpaint(picture, hole.astype(np.uint8), 5, 1), picture, hole) + 3


def test_the_lines_of_a_facade_meet_where_they_should() -> None:
    picture = np.full((400, 600, 3), 200, np.uint8)
    for row in range(-400, 900, 30):
        cv2.line(picture, (-300, 200), (600, row), (60, 60, 60), 2, cv2.LINE_AA)
    found = families(picture, np.zeros((400, 600), bool), 2, 0)
    x, y = found[0].point[:2] / found[0].point[2] * 600 + [300, 200]
    assert (x, y) == pytest.approx((-300, 200), abs=12)


def test_nothing_is_borrowed_from_what_is_avoided() -> None:
    photo = cv2.resize(data.coffee(), (360, 240))
    photo[:, 250:] = (255, 0, 255)
    photo[60:180, 200:250] = (250, 0, 250)
    hole = hole_in(photo.shape, 80, 150, 80, 50)
    avoided = np.zeros(hole.shape, bool)
    avoided[:, 200:] = True
    filled = fill(photo, hole, avoided, threads=2)[hole].astype(int)
    magenta = (filled[:, 0] > 200) & (filled[:, 2] > 200) & (filled[:, 1] < 60)
    assert not magenta.any()


def test_where_all_around_is_avoided_something_is_there_nevertheless() -> None:
    photo = cv2.resize(data.chelsea(), (200, 160))
    hole = hole_in(photo.shape, 60, 80, 40, 40)
    filled = fill(photo, hole, ~hole, threads=1)
    assert psnr(filled, photo, hole) > 12
    assert filled[hole].std() > 1


def test_a_hole_of_many_pixels_is_filled_in_less_detail_and_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "FINE_HOLE", 9_000)
    monkeypatch.setattr(filling, "TRIED", 30_000)
    photo = load_sample_image("flower.jpg")
    hole = hole_in(photo.shape, 130, 100, 210, 170)
    filled = fill(photo, hole, nothing(hole), threads=2)
    assert filled.shape == photo.shape
    assert (filled[~hole] == photo[~hole]).all()
    seam = np.abs(filled[130:340, 99].astype(int) - filled[130:340, 100]).mean()
    assert seam < 8


@pytest.mark.parametrize("side", [3, 12, 39])
def test_tiny_pictures_are_filled_too(side: int) -> None:
    photo = cv2.resize(data.chelsea(), (side, side))
    hole = hole_in(photo.shape, 1, 1, max(1, side // 3), max(1, side // 3))
    filled = fill(photo, hole, nothing(hole), threads=1)
    assert (filled[~hole] == photo[~hole]).all()
    assert psnr(filled, photo, hole) > 8


def test_a_hole_without_surroundings_is_refused() -> None:
    photo = data.chelsea()
    with pytest.raises(ValueError, match="around"):
        fill(photo, np.ones(photo.shape[:2], bool), np.zeros(photo.shape[:2], bool), threads=1)


@pytest.mark.long
def test_a_network_is_one_more_way_and_is_chosen_where_it_is_likelier() -> None:
    photo = cv2.resize(data.coffee(), (300, 200))
    hole = hole_in(photo.shape, 60, 80, 90, 100)

    class Blind:
        label = "grey"

        def fill(self, rgb: np.ndarray, hole: np.ndarray) -> np.ndarray:
            return np.where(hole[:, :, None], np.uint8(128), rgb)

    class Knowing:
        label = "the floor goes on"

        def fill(self, rgb: np.ndarray, hole: np.ndarray) -> np.ndarray:
            return floor

    grey = fill(photo, hole, nothing(hole), threads=2, network=Blind())
    assert not (grey[hole] == 128).all()
    floor = np.tile(photo[100:180, 20:100], (3, 3, 1))
    hole = hole_in(floor.shape, 60, 60, 110, 120)
    spoilt = floor.copy()
    spoilt[hole] = 0
    assert (fill(spoilt, hole, nothing(hole), threads=2, network=Knowing())[hole] == floor[hole]).all()
    assert (fill(spoilt, hole, nothing(hole), threads=2, network=Blind())[hole] != floor[hole]).any()


def test_a_likely_fill_is_told_from_torn_and_foreign_ones() -> None:
    photo = load_sample_image("china.jpg")
    hole = hole_in(photo.shape, 150, 260, 120, 90)
    torn, foreign = photo.copy(), photo.copy()
    torn[hole] = np.roll(photo, (37, 0), (0, 1))[hole]
    foreign[hole] = cv2.resize(data.chelsea(), (640, 427))[hole]
    right = distance(photo, hole, nothing(hole), 0)
    assert all(right < distance(wrong, hole, nothing(hole), 0) for wrong in (torn, foreign))
