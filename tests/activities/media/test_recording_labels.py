"""Labels of generated video and sound: read where others wrote them, written without touching a frame."""

import json
import subprocess
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from activities.media import recording_labels
from activities.media.labels import Label
from activities.media.recording_labels import SUFFIXES
from activities.slots.finishing import Finishing
from activities.slots.moderating import Moderator
from activities.slots.protocol import SlotConfig, SlotTask, TaskFile
from activities.tools.base import Output, ToolResult

LABEL = Label(producer="云创; \"Co\" = 'x' \\ {a}", produce_id="job-1")
FACTS = {"Label": "1", "ContentProducer": "another house", "ProduceID": "77"}
SOURCES = {
    "video": ["-f", "lavfi", "-i", "testsrc2=d=0.5:s=96x64:r=10", "-f", "lavfi", "-i", "sine=d=0.5"],
    "audio": ["-f", "lavfi", "-i", "sine=d=0.5"],
}


def ffmpeg(*arguments: object) -> bytes:
    command = [get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def recording(path: Path, mime_type: str, *more: str) -> Path:
    ffmpeg(*SOURCES[mime_type.partition("/")[0]], *more, path)
    return path


def frames(path: Path) -> bytes:
    """Digests of everything that is decoded."""
    return ffmpeg("-i", path, "-map", "0:v?", "-map", "0:a?", "-f", "framemd5", "-")


@pytest.mark.parametrize("mime_type", SUFFIXES)
def test_a_label_is_written_and_read_and_no_frame_changes(tmp_path: Path, mime_type: str) -> None:
    path = recording(tmp_path / f"a{SUFFIXES[mime_type]}", mime_type)
    before = frames(path)
    twin = tmp_path / f"b{SUFFIXES[mime_type]}"
    twin.write_bytes(path.read_bytes())

    for each in (path, twin):
        recording_labels.add(each, Label(producer="first"), mime_type)
        recording_labels.add(each, LABEL, mime_type)

    assert recording_labels.read(path) == LABEL
    assert frames(path) == before
    assert path.read_bytes() == twin.read_bytes()
    told = subprocess.run([get_ffmpeg_exe(), "-hide_banner", "-i", path], capture_output=True, text=True).stderr
    assert "AIGC" in told and "job-1" in told and "first" not in told


@pytest.mark.parametrize("name", ["a.mp4", "a.mp3"])
def test_what_others_labeled_is_read(tmp_path: Path, name: str) -> None:
    tag = ["-metadata", f"AIGC={json.dumps(FACTS)}", *(["-movflags", "use_metadata_tags"] if name == "a.mp4" else [])]
    path = recording(tmp_path / name, "video/mp4" if name == "a.mp4" else "audio/mpeg", *tag)
    assert recording_labels.read(path) == Label("1", "another house", "77")


def test_what_has_none_or_is_broken_has_none(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x18ftypisom" + b"x" * 50)
    assert recording_labels.read(recording(tmp_path / "a.mp4", "video/mp4")) is None
    assert recording_labels.read(broken) is None


def finished(tmp_path: Path, output: Output, given: Path, mime_type: str) -> Output:
    config = SlotConfig(threads=1, device="cpu", engine_cache=1, weights="", producer="云创")
    task = SlotTask(
        tool_id="any",
        stage="join",
        parameters={},
        files=[TaskFile(port="video", path=str(given), name="in", mime_type=mime_type, sha256="0" * 64)],
        texts={},
        scratch=str(tmp_path),
        language="zh",
        engines=[],
        job_id="018f",
    )
    answer = Finishing(config, Moderator(None, 1.0)).answer(ToolResult([output], "copy"), task)
    return Output(output.name, Path(answer.outputs[0].path), output.mime_type, answer.outputs[0].metadata)


def test_a_label_outlives_the_edit_of_a_video_and_a_still_of_it(tmp_path: Path, astronaut_png: Path) -> None:
    given = recording(tmp_path / "in.mp4", "video/mp4")
    recording_labels.add(given, LABEL, "video/mp4")
    cut = Output("video", recording(tmp_path / "cut.mp4", "video/mp4"), "video/mp4")

    assert recording_labels.read(finished(tmp_path, cut, given, "video/mp4").path) == LABEL

    still = finished(tmp_path, Output("image", astronaut_png, "image/png"), given, "video/mp4")
    assert still.metadata["aigc"] == LABEL.facts()


def test_generated_sound_says_so(tmp_path: Path) -> None:
    given = recording(tmp_path / "in.mp4", "video/mp4")
    spoken = Output("audio", recording(tmp_path / "said.mp3", "audio/mpeg"), "audio/mpeg", generated=True)
    assert recording_labels.read(finished(tmp_path, spoken, given, "video/mp4").path) == Label("1", "云创", "018f-1")


@pytest.fixture
def astronaut_png(tmp_path: Path) -> Path:
    from PIL import Image
    from skimage import data

    path = tmp_path / "still.png"
    Image.fromarray(data.astronaut()).save(path)
    return path
