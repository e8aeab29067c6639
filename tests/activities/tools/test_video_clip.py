"""video-clip: as long as wanted, made of the livelier moments, whole at its seams, in the shape asked for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from activities.media.footage import survey
from activities.tools.base import ToolResult
from tests.activities.media.clips import BUNNY, ffmpeg, loudness, pictures, rabbit, sample, seen
from tests.activities.tools.context import run_tool


def clipped(tmp_path: Path, video: Path, **parameters: Any) -> ToolResult:
    return run_tool("video-clip", tmp_path / "out", {"video": video}, **parameters)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of a still photograph in silence, two of the rabbit with sound, three of the still again."""
    folder = tmp_path_factory.mktemp("clips")
    alive = rabbit(folder / "alive.mp4", 2)
    still = "[0]trim=0:0.04,loop=74:1,setpts=N/25/TB,split[a][c];aevalsrc=0:d=3:s=48000[s];[s]asplit[b][d];"
    rest = "[0:a]aresample=48000,apad,atrim=0:2[e];[0:v]fps=25[v];[a][b][v][e][c][d]concat=n=3:v=1:a=1"
    ffmpeg("-i", alive, "-filter_complex", still + rest, "-c:v", "libx264", "-g", "25", folder / "mixed.mp4")
    return folder / "mixed.mp4"


@pytest.mark.parametrize("target", [4, 11.5])
def test_is_as_long_as_wanted_and_sound_as_long_as_pictures(target: float, tmp_path: Path) -> None:
    result = clipped(tmp_path, sample("mp4"), target=target)
    made = result.outputs[0].path
    assert survey(made).duration == pytest.approx(target, abs=0.15)
    times = np.diff(seen(made).times)
    assert times.max() < 0.09 and times.min() > 0.02
    begin, samples = loudness(made)
    assert begin + len(samples) / 8000 == pytest.approx(target, abs=0.15)
    moments = result.data["moments"]
    assert sum(each["end"] - each["start"] for each in moments) == pytest.approx(target, abs=0.1)
    assert [each["start"] for each in moments] == sorted(each["start"] for each in moments)


def test_prefers_what_moves_and_sounds(mixed: Path, tmp_path: Path) -> None:
    result = clipped(tmp_path, mixed, target=2)
    moments = result.data["moments"]
    alive = sum(max(0, min(each["end"], 5) - max(each["start"], 3)) for each in moments)
    assert alive >= 1.5


def test_each_moment_shows_and_sounds_what_it_says(tmp_path: Path) -> None:
    result = clipped(tmp_path, sample("mp4"), target=6, count=3)
    made, source = pictures(result.outputs[0].path), pictures(sample("mp4"))
    (_, heard), (begin, all_sound) = loudness(result.outputs[0].path), loudness(sample("mp4"))
    at = 0.0
    for moment in result.data["moments"]:
        length = moment["end"] - moment["start"]
        number, own = int((at + length / 2) * 24), round((moment["start"] + length / 2) * 24)
        errors = [np.abs(made[number].astype(int) - source[each]).mean() for each in range(own - 12, own + 13)]
        assert abs(int(np.argmin(errors)) - 12) <= 1
        piece = heard[int((at + 0.2) * 8000) : int((at + 1.0) * 8000)]
        place = int((moment["start"] + 0.2 - begin) * 8000)
        around = all_sound[place - 800 : place + len(piece) + 800]
        if piece.std() < 0.01:
            at += length
            continue
        energy = np.convolve(around**2, np.ones(len(piece)), "valid")
        shift = int(np.argmax(np.correlate(around, piece, "valid") / np.sqrt(energy + 1e-6))) - 800
        assert abs(shift) / 8000 <= 0.025
        at += length


@pytest.mark.parametrize(("aspect", "size"), [("9:16", (406, 720)), ("1:1", (720, 720)), ("16:9", (1280, 720))])
def test_shapes(aspect: str, size: tuple[int, int], tmp_path: Path) -> None:
    result = clipped(tmp_path, BUNNY, target=1, aspect=aspect)
    made = survey(result.outputs[0].path)
    assert abs(made.width - size[0]) <= 2 and abs(made.height - size[1]) <= 2


def test_a_narrow_shape_keeps_what_moves(tmp_path: Path) -> None:
    video = tmp_path / "mover.mp4"
    lively = "color=gray:s=320x180:r=25:d=3[g];testsrc2=s=60x60:r=25:d=3[t];[g][t]overlay=250:60"
    ffmpeg("-f", "lavfi", "-i", lively, "-c:v", "libx264", video)
    result = clipped(tmp_path, video, target=1, aspect="9:16")
    assert pictures(result.outputs[0].path)[5].std() > 40


def test_a_longer_target_returns_the_video(tmp_path: Path) -> None:
    video = rabbit(tmp_path / "clip.mp4", 1)
    result = clipped(tmp_path / "a", video, target=30)
    assert result.outputs[0].path.read_bytes() == video.read_bytes()
    assert result.credits == 1
    square = clipped(tmp_path / "b", video, target=30, aspect="1:1")
    assert pictures(square.outputs[0].path).shape == (25, 180, 180, 3)


def test_a_silent_video_works(tmp_path: Path) -> None:
    video = tmp_path / "silent.mp4"
    ffmpeg("-i", sample("mp4"), "-t", "8", "-an", "-c:v", "copy", video)
    result = clipped(tmp_path, video, target=3)
    assert survey(result.outputs[0].path).duration == pytest.approx(3, abs=0.15)
