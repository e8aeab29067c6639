"""video-to-image: the right pictures at the right times, upright and in the right colors, sought where they are far."""

import io
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from activities.tools.base import Kind, Measure
from models.errors import InvalidInput
from tests.activities.media.clips import BUNNY, ffmpeg, pictures, rabbit, sample, seen
from tests.activities.tools.context import find, run_tool


def unpacked(path: Path) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(path) as archive:
        return {
            name: np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB")) for name in archive.namelist()
        }


def taken(tmp_path: Path, clip: Path, **parameters: object) -> dict[str, np.ndarray]:
    result = run_tool("video-to-image", tmp_path / "out", {"video": clip}, **parameters)
    return unpacked(result.outputs[0].path)


def error(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def test_spreads_pictures_evenly_and_names_their_times(tmp_path: Path) -> None:
    found = taken(tmp_path, BUNNY)
    assert len(found) == 10
    assert next(iter(found)) == "00001_00h00m00s240.jpg" and list(found)[-1] == "00010_00h00m05s000.jpg"
    assert {picture.shape for picture in found.values()} == {(720, 1280, 3)}


def test_each_picture_is_the_one_shown_at_its_time(tmp_path: Path) -> None:
    clip = rabbit(tmp_path / "clip.mp4", 2, "-c:v", "libx264", "-g", "10", "-x264-params", "open-gop=1:bframes=3")
    every, times = pictures(clip), seen(clip).times
    asked = [0, 0.05, 0.43, 1.0, 1.999, 50]
    found = taken(tmp_path, clip, times=asked, format="png")
    shown = sorted({max(at for at, when in enumerate(times) if when - times[0] <= each + 1e-6) for each in asked})
    assert len(found) == len(shown)
    for picture, at in zip(found.values(), shown, strict=True):
        own = error(picture, every[at])
        assert own < 6 and own <= min(error(picture, every[max(0, at - 1)]), error(picture, every[min(49, at + 1)]))


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm", "flv", "mpg", "avi", "wmv", "3gp"])
def test_seeks_to_the_right_picture_in_any_container(suffix: str, tmp_path: Path) -> None:
    every = pictures(sample(suffix))
    begin = seen(sample(suffix)).times
    found = taken(tmp_path, sample(suffix), times=[0, 9.99, 31.4, 59.0], format="png")
    for picture, wanted in zip(found.values(), [0, 9.99, 31.4, 59.0], strict=True):
        at = int(np.searchsorted(np.array(begin) - begin[0], wanted + 1e-6, side="right")) - 1
        assert error(picture, every[at]) == min(error(picture, each) for each in every[max(0, at - 3) : at + 4])


def test_every_picture_when_the_rate_is_the_videos_own(tmp_path: Path) -> None:
    clip = rabbit(tmp_path / "clip.mp4", 1)
    found = taken(tmp_path, clip, fps=25, format="png")
    assert len(found) == 25
    assert max(error(*pair) for pair in zip(found.values(), pictures(clip), strict=True)) < 6


def test_start_end_and_size(tmp_path: Path) -> None:
    found = taken(tmp_path, BUNNY, fps=4, start=1, end=2, size=320, format="webp")
    assert [name[6:18] for name in found] == ["00h00m01s000", "00h00m01s240", "00h00m01s480", "00h00m01s720"]
    assert {picture.shape for picture in found.values()} == {(180, 320, 3)}


@pytest.mark.parametrize("kind", ["jpeg", "webp", "png"])
def test_colors_are_those_of_the_video(kind: str, tmp_path: Path) -> None:
    clip = tmp_path / "red.mp4"
    colors = "format=rgb24,scale=out_color_matrix=bt709,format=yuv420p,setparams=colorspace=bt709"
    ffmpeg("-f", "lavfi", "-i", "color=0xd02040:s=320x180:d=0.4", "-vf", colors, "-c:v", "libx264", clip)
    (picture,) = taken(tmp_path, clip, count=1, format=kind).values()
    assert np.abs(picture.reshape(-1, 3).mean(0) - (0xD0, 0x20, 0x40)).max() < 4


def test_turned_and_stretched_video_comes_as_it_is_shown(tmp_path: Path) -> None:
    clip, turned = rabbit(tmp_path / "clip.mp4", filters="setsar=2"), tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", clip, "-c", "copy", turned)
    (picture,) = taken(tmp_path, turned, count=1).values()
    assert picture.shape == (640, 180, 3)


@pytest.mark.long
def test_ten_pictures_of_an_hour_are_sought_and_not_read_for(tmp_path: Path) -> None:
    """The header of an hour's MP4 is longer, and FFmpeg reads it once a picture; decoding it all takes sixty times."""
    small, minute, hour = rabbit(tmp_path / "small.mp4", 4), tmp_path / "minute.mp4", tmp_path / "hour.mp4"
    for seconds, path in (("60", minute), ("3600", hour)):
        ffmpeg("-stream_loop", "-1", "-i", small, "-t", seconds, "-c", "copy", path)
    best = {minute: float("inf"), hour: float("inf")}
    for turn in range(2):
        for clip in best:
            began = time.monotonic()
            assert len(taken(tmp_path / f"{clip.stem}{turn}", clip)) == 10
            best[clip] = min(best[clip], time.monotonic() - began)
    assert best[hour] < 2.5 * best[minute] + 0.3


def test_the_price_follows_the_number_and_what_cannot_be_is_refused() -> None:
    tool = find("video-to-image")
    measures = {"video": [Measure(Kind.video, "video/mp4", 1, 1280, 720, duration=60.0)]}
    price = [tool.price(measures, tool.params.model_validate(each)).credits for each in ({}, {"fps": 10})]
    assert price == [1, 7]
    for wrong in ({"start": 60}, {"start": 5, "end": 5}, {"fps": 120, "end": 360_000} | {"fps": 120}):
        measures = {"video": [Measure(Kind.video, "video/mp4", 1, duration=60.0 if "start" in wrong else 3600.0)]}
        with pytest.raises(InvalidInput):
            tool.check(measures, tool.params.model_validate(wrong))
