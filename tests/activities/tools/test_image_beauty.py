"""Faces are retouched and nothing else is: what makes a face that person's stays."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

from activities.media import beauty
from activities.tools.base import ToolResult
from tests.activities.tools.context import engines, run_tool

PHOTO = data.astronaut()
NOTHING = {"smooth": 0, "whiten": 0, "eyes": 0, "slim": 0}


def beautify(folder: Path, picture: np.ndarray, **strengths: Any) -> tuple[np.ndarray, ToolResult]:
    folder.mkdir(exist_ok=True)
    Image.fromarray(picture).save(folder / "in.png")
    result = run_tool("image-beauty", folder / "out", {"image": folder / "in.png"}, **{**NOTHING, **strengths})
    return np.asarray(Image.open(result.outputs[0].path)), result


def mesh(picture: np.ndarray) -> np.ndarray:
    (face,) = engines().get("faces").detect(picture)
    found = engines().get("face-mesh").find(picture, face.box, face.turn)
    assert found is not None
    return np.asarray(found)


def cheek(picture: np.ndarray) -> np.ndarray:
    """A patch of skin beside the nose."""
    x, y = mesh(PHOTO)[50].round().astype(int)
    return picture[y - 8 : y + 9, x - 10 : x + 11].astype(float)


def test_the_mesh_lies_on_the_face_however_it_is_turned() -> None:
    upright = mesh(PHOTO)
    turned = mesh(np.ascontiguousarray(np.rot90(PHOTO)))
    back = np.stack([PHOTO.shape[1] - 1 - turned[:, 1], turned[:, 0]], 1)
    width = np.linalg.norm(upright[454] - upright[234])
    assert np.linalg.norm(back - upright, axis=1).mean() < 0.05 * width


def test_all_at_zero_changes_nothing(tmp_path: Path) -> None:
    after, result = beautify(tmp_path, PHOTO)
    assert result.data["found"] == 1
    assert (after == PHOTO).all()


def test_smooth_evens_blotches_and_keeps_light_and_eyes(tmp_path: Path) -> None:
    blotched = PHOTO.astype(float)
    marks = cv2.GaussianBlur(np.random.default_rng(3).normal(0, 1, PHOTO.shape[:2]), (0, 0), 2.0)
    x, y = mesh(PHOTO)[50].round().astype(int)
    blotched[y - 14 : y + 15, x - 16 : x + 17] += 12 * (marks / marks.std())[y - 14 : y + 15, x - 16 : x + 17, None]
    before = blotched.clip(0, 255).astype(np.uint8)
    after, _ = beautify(tmp_path, before, smooth=1.0)
    pattern = cheek(marks)
    left = [((cheek(each) - cheek(PHOTO)).mean(2) * pattern).sum() for each in (before, after)]
    assert abs(left[1]) < 0.6 * left[0]
    assert np.abs(cheek(after).mean((0, 1)) - cheek(before).mean((0, 1))).max() < 4
    for eye in (159, 386):
        column, row = mesh(PHOTO)[eye].round().astype(int)
        assert (after[row : row + 4, column - 4 : column + 4] == before[row : row + 4, column - 4 : column + 4]).all()


def test_whiten_lights_the_skin_and_not_the_hair(tmp_path: Path) -> None:
    after, _ = beautify(tmp_path, PHOTO, whiten=1.0)
    assert 5 < cheek(after).mean() - cheek(PHOTO).mean() < 30
    assert (after[5:30, 200:260] == PHOTO[5:30, 200:260]).all()


@pytest.mark.parametrize(
    ("strength", "pairs", "wider"),
    [("eyes", ((159, 145), (386, 374)), True), ("slim", ((172, 397), (136, 365)), False)],
)
def test_eyes_widen_and_jaws_narrow(
    tmp_path: Path, strength: str, pairs: tuple[tuple[int, int], ...], wider: bool
) -> None:
    after, _ = beautify(tmp_path, PHOTO, **{strength: 1.0})
    points = [mesh(PHOTO), mesh(after)]
    for one, other in pairs:
        before, now = (float(np.linalg.norm(each[one] - each[other])) for each in points)
        assert (now > 1.02 * before) if wider else (now < 0.985 * before), (one, other)


def test_away_from_the_face_every_pixel_stays(tmp_path: Path) -> None:
    after, _ = beautify(tmp_path, PHOTO, smooth=1, whiten=1, eyes=1, slim=1)
    points = mesh(PHOTO)
    width = np.linalg.norm(points[454] - points[234])
    low, high = points.min(0) - 0.4 * width, points.max(0) + 0.4 * width
    outside = np.ones(PHOTO.shape[:2], bool)
    outside[int(low[1]) : int(high[1]), max(0, int(low[0])) : int(high[0])] = False
    assert (after[outside] == PHOTO[outside]).all()
    assert (after != PHOTO).any()


def test_every_face_is_retouched(tmp_path: Path) -> None:
    pair = np.hstack([PHOTO, PHOTO[:, ::-1]])
    after, result = beautify(tmp_path, np.ascontiguousarray(pair), whiten=1.0)
    assert result.data["found"] == 2
    changed = (after != pair).any(2)
    assert changed[:, :512].sum() > 2000 and changed[:, 512:].sum() > 2000


def test_no_face_gives_the_picture_back_for_the_least(tmp_path: Path) -> None:
    flower = load_sample_image("flower.jpg")
    after, result = beautify(tmp_path, flower, smooth=1.0)
    assert (after == flower).all()
    assert (result.data["found"], result.credits) == (0, 1)


def test_a_face_too_large_for_memory_is_retouched_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = cv2.resize(PHOTO[:280, 80:360], (1000, 1000), interpolation=cv2.INTER_CUBIC)
    strengths = {"smooth": 0.8, "whiten": 0.8, "eyes": 0.5, "slim": 0.5}
    at_once, _ = beautify(tmp_path / "at-once", large, **strengths)
    monkeypatch.setattr(beauty, "SKIN_PIXELS", 200_000)
    monkeypatch.setattr(beauty, "BAND", 100)
    in_parts, _ = beautify(tmp_path / "in-parts", large, **strengths)
    change, apart = (np.abs(each.astype(int) - at_once).mean() for each in (large, in_parts))
    assert apart < 0.35 * change
    seams = np.abs(np.diff(in_parts.astype(int) - at_once, axis=0)).mean((1, 2))
    assert seams[99::100].max() < 2 * np.median(seams) + 0.5
