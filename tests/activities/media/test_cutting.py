"""Cut at keyframes, encoded apart and joined: every picture once, at its time, and the sound beside it."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from activities.media import cutting, ffmpeg
from activities.media.cutting import Span, encode, encode_frames, opened, spans
from activities.media.footage import Footage, pictures, survey, upright
from activities.media.joining import join
from models.errors import CorruptFile
from tests.sampling import one_in

from .clips import BUNNY, lag, loudness, rabbit, sample, seen, sound_packets
from .clips import ffmpeg as at_home

LOSSLESS = {"vcodec": "libx264", "preset": "ultrafast", "qp": 0, "pix_fmt": "yuv420p"}
SYNC = 0.02
"""Seconds by which the sound may come early or late."""


@pytest.fixture(autouse=True)
def lossless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "QUALITY", LOSSLESS)


def through(path: Path, folder: Path, seconds: float = 20.0) -> tuple[Footage, list[Span], Path]:
    """Plan, chunks and join, with nothing done to the pictures."""
    footage = survey(path)
    plan = spans(footage, seconds)
    chunks = [folder / f"{number}.nut" for number in range(len(plan))]
    for span, chunk in zip(plan, chunks, strict=True):
        encode(upright(footage, opened(footage, span, 2)), chunk, 2)
    made = folder / "made.mp4"
    assert join(footage, plan, chunks, made, 2) == footage.frames
    return footage, plan, made


def from_zero(times: list[float]) -> np.ndarray:
    return np.array(times) - times[0]


@pytest.mark.parametrize(
    ("suffix",), one_in(4, zip(["mp4", "mkv", "webm", "flv", "f4v", "wmv", "avi", "mpg", "3gp"], strict=True))
)
def test_no_picture_is_lost_doubled_or_late_in_any_container(suffix: str, tmp_path: Path) -> None:
    source = sample(suffix)
    _, plan, made = through(source, tmp_path)
    before, after = seen(source), seen(made)
    assert len(plan) == 3
    assert after.digests == before.digests
    assert np.abs(from_zero(after.times) - from_zero(before.times)).max() < 0.0015
    assert abs(lag(source, made)) <= SYNC


def test_sound_that_fits_is_copied_bit_by_bit(tmp_path: Path) -> None:
    _, _, made = through(sample("mp4"), tmp_path)
    assert sound_packets(made) == sound_packets(sample("mp4"))


def test_cuts_stand_at_keyframes_so_many_seconds_apart(tmp_path: Path) -> None:
    clip = rabbit(tmp_path / "clip.mp4", 3, "-c:v", "libx264", "-preset", "veryfast", "-g", "5", "-an")
    plan = spans(survey(clip), 1.0)
    assert [span["seek"] for span in plan] == [None, 1.0, 2.0]
    assert plan[0]["end"] == plan[1]["first"] and plan[2]["end"] is None
    assert len(spans(survey(BUNNY))) == 1


SHAPES = {
    "open groups of pictures.ts": ["-c:v", "libx264", "-g", "8", "-x264-params", "open-gop=1:bframes=3", "-c:a", "mp2"],
    "uneven pace.mp4": ["-c:v", "libx264", "-g", "8", "-fps_mode", "vfr", "-c:a", "copy"],
    "two tracks.mkv": ["-map", "0:v", "-map", "0:a", "-map", "0:a", "-g", "8", "-c:a:0", "copy", "-c:a:1", "libvorbis"],
    "no sound.mp4": ["-c:v", "libx265", "-g", "8", "-preset", "ultrafast", "-x265-params", "log-level=0", "-an"],
    "opus.webm": ["-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime", "-g", "8", "-c:a", "libopus"],
    "av1.mp4": ["-c:v", "libsvtav1", "-preset", "12", "-g", "8", "-svtav1-params", "lp=1", "-an"],
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_of_video_keeps_its_pictures_and_their_times(name: str, tmp_path: Path) -> None:
    thinned = "select='mod(n,7)*mod(n,3)'" if name.startswith("uneven") else ""
    clip = rabbit(tmp_path / name.replace(" ", "_"), 1.6, *SHAPES[name], filters=thinned)
    footage, plan, made = through(clip, tmp_path, 0.4)
    before, after = seen(clip), seen(made)
    assert len(plan) >= 2
    assert footage.variable == name.startswith("uneven")
    assert after.digests == before.digests
    assert np.abs(from_zero(after.times) - from_zero(before.times)).max() < 0.0015
    assert len(survey(made).sounds) == len(footage.sounds)
    if footage.sounds:
        assert abs(lag(clip, made)) <= SYNC


def test_turned_video_comes_out_upright(tmp_path: Path) -> None:
    flat = rabbit(tmp_path / "flat.mp4")
    clip = tmp_path / "turned.mp4"
    at_home("-display_rotation", "90", "-i", flat, "-c", "copy", clip)
    footage, _, made = through(clip, tmp_path, 0.4)
    assert (footage.width, footage.height) == (180, 320)
    after = survey(made)
    assert (after.width, after.height, after.rotation, after.frames) == (180, 320, 0, 25)


def test_fields_are_woven_and_odd_sides_cut(tmp_path: Path) -> None:
    woven = rabbit(
        tmp_path / "fields.mpg",
        1,
        *["-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-g", "8", "-c:a", "mp2"],
        filters="interlace",
    )
    footage, _, made = through(woven, tmp_path, 0.4)
    assert footage.interlaced and not survey(made).interlaced
    odd = rabbit(tmp_path / "odd.avi", 0.4, *["-c:v", "mpeg4", "-an"], size="175:143")
    footage, _, made = through(odd, tmp_path)
    assert (footage.width, footage.height) == (175, 143)
    assert (survey(made).width, survey(made).height) == (174, 142)


def test_hdr_becomes_what_every_screen_shows(tmp_path: Path) -> None:
    tags = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
    bright = rabbit(
        tmp_path / "hdr.mp4",
        0.4,
        *["-c:v", "libx265", "-preset", "ultrafast", "-an"],
        filters=f"format=yuv420p10le,{tags}",
    )
    footage, _, made = through(bright, tmp_path)
    assert footage.hdr == "smpte2084"
    assert (survey(made).hdr, survey(made).matrix) == (None, "bt709")


def test_a_late_start_keeps_sound_and_pictures_together(tmp_path: Path) -> None:
    clip = rabbit(tmp_path / "clip.mkv")
    late = tmp_path / "late.mkv"
    at_home("-itsoffset", "0.3", "-i", clip, "-i", clip, "-map", "0:v", "-map", "1:a", "-c", "copy", late)
    _, _, made = through(late, tmp_path, 0.4)
    assert seen(made).times[0] - loudness(made)[0] == pytest.approx(seen(late).times[0] - loudness(late)[0], abs=SYNC)
    assert abs(lag(late, made)) <= SYNC


def test_pictures_changed_in_python_take_the_times_of_the_sources(tmp_path: Path) -> None:
    clip = rabbit(tmp_path / "clip.mp4", 1, *SHAPES["uneven pace.mp4"], filters="select='mod(n,7)*mod(n,3)'")
    footage = survey(clip)
    plan = spans(footage, 0.4)
    chunks = []
    for number, span in enumerate(plan):
        chunks.append(tmp_path / f"{number}.nut")
        dark = (255 - frame for frame in pictures(footage, (320, 180), 1, span=span))
        encode_frames(footage, span, dark, (320, 180), chunks[-1], 1)
    join(footage, plan, chunks, tmp_path / "made.mp4", 1)
    assert seen(tmp_path / "made.mp4").times == pytest.approx(seen(clip).times, abs=0.0015)
    assert abs(lag(clip, tmp_path / "made.mp4")) <= SYNC


def test_a_video_cut_off_gives_what_is_left_or_is_named(tmp_path: Path) -> None:
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(sample("mkv").read_bytes()[:600_000])
    footage, _, made = through(cut, tmp_path)
    assert 300 < footage.frames < 1441
    assert seen(made).digests == seen(cut).digests
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(sample("mp4").read_bytes()[:600_000])
    with pytest.raises(CorruptFile):
        survey(cut)


def test_what_no_decoder_reads_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorruptFile):
        through(sample("ogv"), tmp_path)


def test_describes_what_it_sees() -> None:
    footage = survey(BUNNY)
    assert (footage.width, footage.height, footage.rate, footage.frames) == (1280, 720, Fraction(25), 132)
    assert footage.duration == pytest.approx(5.28)
    assert (footage.variable, footage.interlaced, footage.hdr, footage.rotation) == (False, False, None, 0)
    assert [sound.codec for sound in footage.sounds] == ["aac"]
    assert ffmpeg.FORMATS.startswith("mov")
