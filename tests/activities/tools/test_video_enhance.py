"""video-enhance: larger, cleaner, steadier, at another pace; every picture kept and the sound in time."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from activities.tools.base import Kind, Measure, ToolResult
from models.errors import OutputTooLarge
from tests.activities.media.clips import ffmpeg, lag, pictures, rabbit, seen, sound_packets
from tests.activities.tools.context import find, run_tool


def enhanced(tmp_path: Path, clip: Path, **parameters: Any) -> ToolResult:
    return run_tool("video-enhance", tmp_path / "out", {"video": clip}, **parameters)


def noise(one: np.ndarray, other: np.ndarray) -> float:
    """PSNR in decibels."""
    return float(10 * np.log10(255**2 / ((one.astype(float) - other) ** 2).mean()))


def shake(frames: np.ndarray) -> float:
    """Mean size of what jumps between pictures beyond the even motion, in pixels."""
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in frames]
    moves = np.array([cv2.phaseCorrelate(one, other)[0] for one, other in pairwise(grey)])
    return float(np.linalg.norm(np.diff(moves, axis=0), axis=1).mean())


def test_twice_as_large_with_every_picture_and_the_sound(tmp_path: Path) -> None:
    clip, large = rabbit(tmp_path / "clip.mp4"), rabbit(tmp_path / "large.mp4", size="640:360")
    result = enhanced(tmp_path, clip)
    made = pictures(result.outputs[0].path)
    assert made.shape == (25, 360, 640, 3)
    assert seen(result.outputs[0].path).times == pytest.approx(seen(clip).times, abs=0.001)
    assert sound_packets(result.outputs[0].path) == sound_packets(clip)
    assert noise(made, pictures(large)) > 24


def test_noise_goes_and_the_picture_stays(tmp_path: Path) -> None:
    clean = rabbit(tmp_path / "clean.mp4", 1)
    grainy = tmp_path / "grainy.mp4"
    ffmpeg("-i", clean, "-vf", "noise=alls=24:allf=t", "-crf", "12", grainy)
    result = enhanced(tmp_path, grainy, scale=1, denoise=1, sharpen=0)
    before, after = (noise(pictures(path), pictures(clean)) for path in (grainy, result.outputs[0].path))
    assert after > before + 2


def test_sharpening_sharpens(tmp_path: Path) -> None:
    clip = rabbit(tmp_path / "clip.mp4", 0.4)
    spread = []
    for amount in (0, 1):
        result = enhanced(tmp_path / str(amount), clip, scale=1, denoise=0, sharpen=amount)
        spread.append(cv2.Laplacian(pictures(result.outputs[0].path)[5], cv2.CV_32F).var())
    assert spread[1] > 1.4 * spread[0]


def test_a_shaking_camera_is_steadied_over_the_seams_of_stretches(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("activities.tools.video_enhance.FAST_CHUNK", 0.8)
    shaky = tmp_path / "shaky.mp4"
    across, down = "40+14*sin(n*1.9)+9*sin(n*0.71)", "30+10*sin(n*2.3)"
    still = rabbit(tmp_path / "still.mp4", 2.4, size="640:360")
    ffmpeg("-i", still, "-vf", f"crop=480:270:'{across}':'{down}'", "-g", "20", "-keyint_min", "20", shaky)
    result = enhanced(tmp_path, shaky, scale=1, denoise=0, sharpen=0, stabilize=True)
    before, after = pictures(shaky), pictures(result.outputs[0].path)
    assert len(after) == len(before) == 60
    assert shake(after) < 0.35 * shake(before)
    jumps = [shake(after[at - 4 : at + 4]) for at in (20, 40)]
    assert max(jumps) < 0.5 * shake(before)


@pytest.mark.parametrize("fps", [50, 12.5])
def test_another_pace_keeps_the_length_and_the_sound_in_time(fps: float, tmp_path: Path) -> None:
    clip = rabbit(tmp_path / "clip.mp4", 1.6)
    result = enhanced(tmp_path, clip, scale=1, fps=fps, denoise=0, sharpen=0)
    made = seen(result.outputs[0].path)
    assert len(made.times) == pytest.approx(1.6 * fps, abs=2)
    assert np.diff(made.times) == pytest.approx(1 / fps, abs=0.0015)
    assert abs(lag(clip, result.outputs[0].path)) <= 0.02
    before, after = pictures(clip), pictures(result.outputs[0].path)
    middle = len(made.times) // 2
    own = round(made.times[middle] * 25)
    errors = [noise(after[middle], before[at]) for at in range(own - 2, own + 3)]
    assert int(np.argmax(errors)) == 2


def test_another_pace_of_a_file_with_coarse_ticks(tmp_path: Path) -> None:
    clip = rabbit(tmp_path / "clip.avi", 0.8, "-c:v", "mpeg4", "-c:a", "mp3")
    made = seen(enhanced(tmp_path, clip, scale=1, fps=30).outputs[0].path)
    assert np.diff(made.times) == pytest.approx(1 / 30, abs=0.0015)


def test_the_network_draws_short_clips(tmp_path: Path) -> None:
    clip = rabbit(tmp_path / "clip.mp4", 0.2, size="96:54")
    result = enhanced(tmp_path, clip, engine="quality")
    assert pictures(result.outputs[0].path).shape == (5, 108, 192, 3)
    assert "Compact" in result.engine or "realesr" in result.engine.lower()


def test_what_would_be_too_large_is_refused_before_it_is_paid() -> None:
    tool = find("video-enhance")
    wide = {"video": [Measure(Kind.video, "video/mp4", 1, 3840, 2160, duration=10)]}
    tool.check(wide, tool.params(scale=1))
    for wrong in ({"scale": 4}, {"engine": "quality"}):
        with pytest.raises(OutputTooLarge):
            tool.check(wide, tool.params.model_validate(wrong))
