"""video-frame-extract: pictures of different shots, in order, at full size, with a sheet of them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from activities.tools.base import ToolResult
from tests.activities.media.clips import BUNNY, rabbit, sample, seen
from tests.activities.media.planted import film
from tests.activities.tools.context import run_tool


def extracted(tmp_path: Path, clip: Path, **parameters: object) -> tuple[ToolResult, list[np.ndarray]]:
    result = run_tool("video-frame-extract", tmp_path / "out", {"video": clip}, **parameters)
    return result, [np.asarray(Image.open(each.path).convert("RGB")) for each in result.outputs[:-1]]


def test_a_picture_of_every_shot_at_full_size(tmp_path: Path) -> None:
    planted = film(tmp_path / "film.mp4", 7, count=6)
    result, pictures = extracted(tmp_path, planted.path, mode="scene")
    assert result.data["shots"] == 6 and len(pictures) >= 5
    assert {picture.shape for picture in pictures} == {(180, 320, 3)}
    assert result.data["times"] == sorted(result.data["times"])
    sheet = Image.open(result.outputs[-1].path)
    assert result.outputs[-1].name == "contact_sheet" and sheet.width > 1000


def test_a_still_scene_gives_no_repeats(tmp_path: Path) -> None:
    clip = rabbit(tmp_path / "still.mp4", 2, filters="select='eq(n,0)',loop=50:1")
    result, _ = extracted(tmp_path, clip)
    assert result.data["found"] == 1


def test_highlights_of_the_concert_show_its_shots(tmp_path: Path) -> None:
    result, pictures = extracted(tmp_path, sample("mp4"), count=8, min_gap=2, format="png")
    assert len(pictures) == 8
    assert np.diff(result.data["times"]).min() >= 2
    assert all(picture.mean() > 15 for picture in pictures)


def test_uniform_and_keyframes_need_no_look(tmp_path: Path) -> None:
    result, pictures = extracted(tmp_path, BUNNY, mode="uniform", count=4, size=320)
    assert np.diff(result.data["times"]) == pytest.approx(5.28 / 4, abs=0.05)
    assert {picture.shape for picture in pictures} == {(180, 320, 3)}
    clip = rabbit(tmp_path / "keys.mp4", 2, "-c:v", "libx264", "-g", "10", "-keyint_min", "10", "-sc_threshold", "0")
    result, _ = extracted(tmp_path / "keys", clip, mode="keyframe", min_gap=0)
    assert result.data["times"] == pytest.approx([0, 0.4, 0.8, 1.2, 1.6], abs=0.01)
    assert len(seen(clip).times) == 50
