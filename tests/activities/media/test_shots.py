"""Shot boundaries in films of real pictures with cuts that we planted, and what is picked from them."""

from itertools import pairwise
from pathlib import Path

import numpy as np

from activities.media.cutting import spans
from activities.media.footage import survey
from activities.media.picking import highlights, scenes
from activities.media.shots import Reading, restored, scan, shots

from .clips import BUNNY
from .planted import Film, film

SEEDS = (1, 2, 3)
DISSOLVE_FRAMES = 8


def reading_of(path: Path, folder: Path, seconds: float = 20.0) -> Reading:
    footage = survey(path)
    folder.mkdir(exist_ok=True)
    pieces = [
        scan(footage, span, folder / f"{number}.npz", 2, lambda share: None)
        for number, span in enumerate(spans(footage, seconds))
    ]
    return restored(pieces)


def score(planted: Film, found: list[int]) -> float:
    """F1: a cut counts if it is met to the picture, but for one; a dissolve if it is met within it."""
    wanted = [(at, 1) for at in planted.cuts] + [(at, DISSOLVE_FRAMES) for at in planted.dissolves]
    left, hits = list(found), 0
    for at, tolerance in wanted:
        near = [other for other in left if abs(other - at) <= tolerance]
        hits += bool(near)
        left = [other for other in left if other not in near[:1]]
    return 2 * hits / (len(wanted) + len(found))


def test_finds_planted_cuts(tmp_path: Path) -> None:
    scores = []
    for seed in SEEDS:
        planted = film(tmp_path / "film.mp4", seed, crf=36, flashes=True)
        scores.append(score(planted, [first for first, _ in shots(reading_of(planted.path, tmp_path / "t"))[1:]]))
    assert np.mean(scores) >= 0.95, scores


def test_finds_dissolves_too(tmp_path: Path) -> None:
    planted = film(tmp_path / "film.mp4", 4, dissolves=True)
    assert len(planted.dissolves) == 6
    assert score(planted, [first for first, _ in shots(reading_of(planted.path, tmp_path / "t"))[1:]]) >= 0.95


def test_pieces_together_see_what_the_whole_sees(tmp_path: Path) -> None:
    planted = film(tmp_path / "film.mp4", 5)
    whole, pieces = reading_of(planted.path, tmp_path / "one"), reading_of(planted.path, tmp_path / "many", 1.0)
    assert len(list((tmp_path / "many").iterdir())) > 3
    assert shots(whole) == shots(pieces)
    assert (whole.times == pieces.times).all() and (whole.hash == pieces.hash).all()


def test_one_shot_is_one_shot(tmp_path: Path) -> None:
    assert shots(reading_of(BUNNY, tmp_path)) == [(0, 132)]


def test_scenes_give_one_picture_a_shot_away_from_its_ends(tmp_path: Path) -> None:
    planted = film(tmp_path / "film.mp4", 2)
    reading = reading_of(planted.path, tmp_path / "t")
    found = scenes(reading, 100, 0)
    borders = [0, *planted.cuts, len(reading.times)]
    inside = [sum(first < at < end - 1 for at in found) for first, end in pairwise(borders)]
    assert all(count <= 1 for count in inside) and sum(inside) >= len(planted.cuts) - 2


def test_highlights_are_sharp_and_apart(tmp_path: Path) -> None:
    planted = film(tmp_path / "film.mp4", 3, flashes=True)
    reading = reading_of(planted.path, tmp_path / "t")
    found = highlights(reading, 6, 0.5)
    assert len(found) == 6 and found == sorted(found)
    assert np.diff(reading.times[found]).min() >= 0.5
    assert np.median(reading.sharp[found]) > np.median(reading.sharp)
    flashes = {at for at in range(len(reading.times)) if reading.bright[at] > np.median(reading.bright) + 90}
    assert not flashes & set(found)
