"""video-deduplication: finds copies that were re-encoded, trimmed, cropped, mirrored or boxed, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.activities.media.clips import BUNNY, ffmpeg, rabbit, sample
from tests.activities.tools.context import run_tool


@pytest.fixture(scope="module")
def concert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "concert.mp4"
    ffmpeg("-t", "20", "-i", sample("mp4"), "-an", path)
    return path


def changed(concert: Path, path: Path, *options: str) -> Path:
    ffmpeg("-i", concert, "-preset", "veryfast", *options, path)
    return path


def reported(tmp_path: Path, videos: list[Path], **parameters: object) -> dict[str, Any]:
    result = run_tool("video-deduplication", tmp_path / "out", {"videos": videos}, **parameters)
    report: dict[str, Any] = json.loads(result.outputs[0].path.read_text())
    return report


CHANGES = {
    "copied": ["-vf", "scale=120:-2", "-crf", "36", "-r", "15"],
    "copied, brighter": ["-vf", "eq=brightness=0.08:contrast=1.2", "-crf", "30"],
    "copied, in black bars": ["-vf", "pad=256:200:40:28"],
    "copied, with a logo": ["-vf", "drawbox=x=130:y=30:w=40:h=20:color=red:t=fill"],
    "trimmed": ["-ss", "5.37", "-t", "9"],
    "cropped": ["-vf", "crop=iw*0.83:ih*0.83:iw*0.05:ih*0.1"],
    "cropped, and trimmed": ["-ss", "7.71", "-t", "8", "-vf", "crop=iw*0.75:ih*0.75"],
    "mirrored": ["-vf", "hflip"],
}


@pytest.mark.parametrize("change", CHANGES)
def test_finds_a_copy_that_was(change: str, concert: Path, tmp_path: Path) -> None:
    copy = changed(concert, tmp_path / "copy.mp4", *CHANGES[change])
    report = reported(tmp_path, [copy, concert, BUNNY])
    (group,) = report["groups"]
    assert group["keep"]["name"] in {"concert.mp4", "copy.mp4"} and len(group["duplicates"]) == 1
    (match,) = group["matches"]
    assert match["reason"] == change.partition(",")[0]
    begin = float(CHANGES[change][1]) if "-ss" in CHANGES[change] else 0.0
    assert match["second_seconds"][0] - match["first_seconds"][0] == pytest.approx(begin, abs=0.25)


def test_different_videos_and_different_parts_of_one_are_no_copies(concert: Path, tmp_path: Path) -> None:
    clips = [changed(concert, tmp_path / "middle.mp4", "-ss", "6", "-t", "4"), BUNNY]
    clips += [rabbit(tmp_path / f"{start}.mp4", 2, start=start) for start in (0.0, 3.0)]
    clips.append(changed(concert, tmp_path / "early.mp4", "-t", "5"))
    clips.append(changed(concert, tmp_path / "late.mp4", "-ss", "11", "-t", "5"))
    report = reported(tmp_path, clips)
    pairs = {(match["first"], match["second"]) for group in report["groups"] for match in group["matches"]}
    assert pairs == {(1, 2), (1, 3)}


def test_the_longest_and_sharpest_is_kept(concert: Path, tmp_path: Path) -> None:
    part = changed(concert, tmp_path / "part.mp4", "-ss", "2", "-t", "10")
    small = changed(concert, tmp_path / "small.mp4", "-vf", "scale=88:72")
    twin = tmp_path / "twin.mp4"
    twin.write_bytes(concert.read_bytes())
    report = reported(tmp_path, [part, small, concert, twin])
    (group,) = report["groups"]
    assert group["keep"]["index"] == 2
    assert {each["index"] for each in group["duplicates"]} == {0, 1, 3}
    reasons = {(match["first"], match["second"]): match["reason"] for match in group["matches"]}
    assert reasons[2, 3] == "identical" and reasons[0, 2] == "trimmed" and reasons[1, 2] == "copied"


def test_one_shot_in_a_long_film_is_shared_and_no_repeat_unless_asked(concert: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed.mp4"
    scaled = (
        "[0]scale=176:144,setsar=1,fps=24[a];[1]trim=start=10.5:end=14.5,setpts=PTS-STARTPTS,setsar=1[b];[a][b]concat"
    )
    ffmpeg("-i", BUNNY, "-i", concert, "-filter_complex", scaled, "-an", mixed)
    report = reported(tmp_path, [concert, mixed])
    assert not report["groups"] and len(report["shared"]) == 1
    assert report["shared"][0]["first_seconds"] == pytest.approx([10.5, 14.5], abs=0.5)
    assert reported(tmp_path / "low", [concert, mixed], overlap=0.2)["groups"]


def test_a_video_of_one_picture_repeats_nothing(concert: Path, tmp_path: Path) -> None:
    one = tmp_path / "one.mp4"
    ffmpeg("-i", BUNNY, "-frames:v", "1", "-an", one)
    assert not reported(tmp_path, [one, concert])["groups"]


def test_flat_pictures_repeat_nothing(tmp_path: Path) -> None:
    clips = []
    for color in ("black", "white"):
        clips.append(tmp_path / f"{color}.mp4")
        ffmpeg("-f", "lavfi", "-i", f"color={color}:s=64x64:d=3", clips[-1])
    report = reported(tmp_path, clips)
    assert not report["groups"] and not report["shared"]
