"""video-batch-watermark: the mark stands where it should, nothing else changes, and the sound is the very same."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from activities.tools.base import ToolResult
from models.errors import InvalidInput
from tests.activities.media.clips import ffmpeg, lag, pictures, rabbit, seen, sound_packets
from tests.activities.tools.context import run_tool

NOISE = 14
"""Mean change of a pixel that encoding makes; the mark changes more."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rabbit(tmp_path_factory.mktemp("clips") / "clip.mp4", 1)


@pytest.fixture(scope="module")
def logo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("logo") / "logo.png"
    Image.new("RGBA", (64, 32), (230, 20, 40, 255)).save(path)
    return path


def marked(tmp_path: Path, clip: Path, logo: Path | None = None, **parameters: object) -> ToolResult:
    files: dict[str, Path | list[Path]] = {"videos": [clip]} | ({"logo": logo} if logo else {})
    return run_tool("video-batch-watermark", tmp_path / "out", files, **parameters)


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Per picture, where the mark is: N x H x W."""
    difference = np.abs(before.astype(np.int16) - after).mean(3)
    kernel = np.ones((1, 5, 5)) / 25
    padded = np.pad(difference, ((0, 0), (2, 2), (2, 2)), "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (1, 5, 5))
    found: np.ndarray = (windows * kernel).sum((3, 4, 5)) > NOISE
    return found


def box(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


@pytest.mark.parametrize("position", ["bottom-right", "top-left", "top-center", "center"])
def test_a_logo_stands_in_its_place_and_nothing_else_changes(
    position: str, clip: Path, logo: Path, tmp_path: Path
) -> None:
    result = marked(tmp_path, clip, logo, position=position, scale=0.2, margin=0.1, opacity=1)
    after = pictures(result.outputs[0].path)
    left = {"left": 18, "center": 128, "right": 320 - 64 - 18}[position.rpartition("-")[2]]
    top = {"top": 18, "center": 74, "bottom": 180 - 32 - 18}[position.partition("-")[0]]
    assert np.abs(np.array(box(changed(pictures(clip), after)[12])) - (left, top, left + 64, top + 32)).max() <= 3
    assert np.abs(after[:, top + 8 : top + 24, left + 8 : left + 56].mean((0, 1, 2)) - (230, 20, 40)).max() < 8


def test_no_picture_and_no_sound_is_lost(clip: Path, tmp_path: Path) -> None:
    result = marked(tmp_path, clip)
    made = result.outputs[0].path
    assert seen(made).times == pytest.approx(seen(clip).times, abs=0.001)
    assert sound_packets(made) == sound_packets(clip)
    assert abs(lag(clip, made)) <= 0.02
    assert result.outputs[0].metadata == {"source": "clip.mp4", "frames": 25}


def test_words_keep_to_their_corner_and_shine_through(clip: Path, tmp_path: Path) -> None:
    found = []
    for opacity in (0.3, 1.0):
        result = marked(tmp_path / str(opacity), clip, text="样片 Sample", opacity=opacity, scale=0.4)
        change = np.abs(pictures(clip).astype(int) - pictures(result.outputs[0].path))
        found.append(change[:, 120:].mean())
        assert change[:, :100].mean() < 6
    assert found[1] > 1.7 * found[0]


def test_seen_only_in_its_time(clip: Path, logo: Path, tmp_path: Path) -> None:
    result = marked(tmp_path, clip, logo, start=0.4, end=0.8, opacity=1)
    seen_at = changed(pictures(clip), pictures(result.outputs[0].path)).any((1, 2))
    assert seen_at.tolist() == [10 <= at <= 20 for at in range(25)]


def test_tiles_cover_the_frame_and_a_moving_mark_moves(clip: Path, logo: Path, tmp_path: Path) -> None:
    before = pictures(clip)
    tiles = marked(tmp_path / "tile", clip, logo, position="tile", scale=0.1, opacity=1)
    mask = changed(before, pictures(tiles.outputs[0].path))[12]
    quarters = [mask[rows, columns].mean() for rows in np.s_[:90, 90:] for columns in np.s_[:160, 160:]]
    assert min(quarters) > 0.05 and max(quarters) < 0.5
    moving = marked(tmp_path / "moving", clip, logo, position="moving", scale=0.1, opacity=1)
    after = changed(before, pictures(moving.outputs[0].path))
    boxes = np.array([box(after[at]) for at in (2, 12, 22)])
    assert (np.abs(np.diff(boxes[:, 0])) > 5).all()


def test_several_videos_of_any_shape_and_one_that_ends_before_the_mark(clip: Path, logo: Path, tmp_path: Path) -> None:
    turned, odd = tmp_path / "turned.mp4", rabbit(tmp_path / "odd.avi", 0.4, "-c:v", "mpeg4", "-an", size="175:143")
    ffmpeg("-display_rotation", "90", "-i", clip, "-c", "copy", turned)
    files: dict[str, Path | list[Path]] = {"videos": [turned, odd, clip, turned], "logo": logo}
    result = run_tool("video-batch-watermark", tmp_path / "out", files, start=0.5, opacity=1)
    shapes = [pictures(output.path).shape for output in result.outputs]
    assert shapes == [(25, 320, 180, 3), (10, 143, 175, 3), (25, 180, 320, 3), (25, 320, 180, 3)]
    assert result.outputs[1].path.read_bytes() == odd.read_bytes()
    assert result.data == {"found": 3, "videos": 4}


def test_nothing_marked_costs_the_least(clip: Path, tmp_path: Path) -> None:
    result = marked(tmp_path, clip, start=30)
    assert (result.credits, result.data["found"]) == (1, 0)
    assert result.outputs[0].path.read_bytes() == clip.read_bytes()


def test_words_are_no_commands(clip: Path, tmp_path: Path) -> None:
    result = marked(tmp_path / "a", clip, text="a':x=1,drawtext=textfile=/etc/passwd[x];%{pts}\\")
    assert len(pictures(result.outputs[0].path)) == 25
    with pytest.raises(InvalidInput):
        marked(tmp_path / "b", clip, text="\U00012000")
