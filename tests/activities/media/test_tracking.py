"""What is found now and then is followed through the pictures between: no picture shows it uncovered."""

import numpy as np
import pytest

from activities.media.tracking import Box, Trail, follow

Color = tuple[int, int, int]
RED, BLUE = (250, 20, 20), (20, 20, 250)


def film(*things: tuple[Color, dict[int, tuple[int, int]]], count: int = 40, cut: int = 99) -> list[np.ndarray]:
    """Squares of 20 pixels, each at the given places in the given pictures, on grey that changes at a cut."""
    frames = [np.full((120, 200, 3), 90 if number < cut else 200, np.uint8) for number in range(count)]
    for color, places in things:
        for number, (x, y) in places.items():
            frames[number][y : y + 20, x : x + 20] = color
    return frames


class Detector:
    """Sees squares of both colors, but in the pictures where it is blind."""

    def __init__(self, *blind: int) -> None:
        self.looks = 0
        self.blind = blind

    def __call__(self, rgb: np.ndarray) -> list[tuple[str, Box]]:
        self.looks += 1
        found: list[tuple[str, Box]] = []
        for kind, color in (("red", RED), ("blue", BLUE)):
            rows, columns = np.nonzero((rgb == color).all(2))
            if len(rows) and self.looks - 1 not in self.blind:
                box = (float(columns.min()), float(rows.min()), float(np.ptp(columns)) + 1, float(np.ptp(rows)) + 1)
                found.append((kind, box))
        return found


def uncovered(frames: list[np.ndarray], trails: list[Trail], color: Color) -> list[int]:
    """Numbers of the pictures in which more than 15 % of the squares of this color shows."""
    bare = []
    for number, frame in enumerate(frames):
        left = (frame == color).all(2)
        whole = left.sum()
        for trail in trails:
            if 0 <= number - trail.first < len(trail.boxes):
                x, y, width, height = (round(each) for each in trail.boxes[number - trail.first])
                left[y : y + height, x : x + width] = False
        if whole and left.sum() > 0.15 * whole:
            bare.append(number)
    return bare


def moving(first: int, last: int, speed: float = 2.0, y: int = 40) -> dict[int, tuple[int, int]]:
    return {number: (round(20 + speed * (number - first)), y) for number in range(first, last)}


def test_a_moving_thing_is_covered_in_every_picture() -> None:
    frames, detector = film((RED, moving(0, 40))), Detector()
    trails = follow(frames, detector, 4)
    assert len(trails) == 1 and len(trails[0].boxes) == 40
    assert uncovered(frames, trails, RED) == []
    assert detector.looks == 11


def test_two_things_keep_their_own_paths() -> None:
    frames = film((RED, moving(0, 40, y=10)), (BLUE, moving(0, 40, y=80)))
    trails = follow(frames, Detector(), 5)
    assert sorted(trail.kind for trail in trails) == ["blue", "red"]
    assert uncovered(frames, trails, RED) == uncovered(frames, trails, BLUE) == []


@pytest.mark.parametrize("first", [1, 2, 3, 5])
def test_what_comes_or_goes_between_two_looks_is_covered_at_once(first: int) -> None:
    frames = film((RED, dict.fromkeys(range(first, first + 18), (50, 50))))
    trails = follow(frames, Detector(), 4)
    assert uncovered(frames, trails, RED) == []


def test_a_look_that_misses_it_does_not_uncover_it() -> None:
    frames = film((RED, moving(0, 40)))
    trails = follow(frames, Detector(3, 4), 4)
    assert len(trails) == 1
    assert uncovered(frames, trails, RED) == []


@pytest.mark.parametrize("cut", [13, 14, 15, 16])
def test_another_scene_is_looked_at_from_its_first_picture(cut: int) -> None:
    frames = film((RED, moving(0, cut)), (RED, dict.fromkeys(range(cut, 40), (150, 90))), cut=cut)
    trails = follow(frames, Detector(), 8)
    assert uncovered(frames, trails, RED) == []
    assert not any(trail.first < cut <= trail.first + len(trail.boxes) - 1 for trail in trails)


def test_a_film_without_anything_has_no_trails() -> None:
    assert follow(film(count=9), Detector(), 4) == []
    assert follow([], Detector(), 4) == []
