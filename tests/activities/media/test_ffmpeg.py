"""The door to FFmpeg: limits, names of errors, and that no process outlives who asked for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import ffmpeg as graph
import psutil
import pytest

from activities.media import ffmpeg
from activities.media.footage import survey
from models.errors import CorruptFile, DomainError, ToolBroken

from .clips import BUNNY, pictures, rabbit

ENDLESS = """
import sys
from pathlib import Path
import ffmpeg as graph
from activities.media import ffmpeg
endless = graph.input("testsrc=s=1280x720", f="lavfi", re=None)
ffmpeg.run(graph.output(endless, "pipe:1", f="null"), 1, lambda seconds: print("runs", flush=True))
"""


def endless() -> ffmpeg.Stream:
    return graph.output(graph.input("testsrc=s=64x64", f="lavfi", re=None), "pipe:1", f="null")


def children() -> list[psutil.Process]:
    """FFmpeg's; the stack's and the platform's are children, too, once a test before has started them."""
    return [child for child in psutil.Process().children() if "-nostdin" in child.cmdline()]


def test_tells_how_far_it_is_by_the_time_of_the_output(tmp_path: Path) -> None:
    told: list[float] = []
    made = ffmpeg.output(ffmpeg.source(BUNNY).video, tmp_path / "out.mp4", 2, vcodec="libx264", preset="veryfast")
    ffmpeg.run(made, 2, told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(5.28, abs=0.1)
    assert len(pictures(tmp_path / "out.mp4")) == 132


def test_frames_go_out_and_in_unchanged(tmp_path: Path) -> None:
    clip = rabbit(tmp_path / "clip.mp4", 0.4)
    frames = list(ffmpeg.read_frames(ffmpeg.source(clip).video, 320, 180, 1))
    path = tmp_path / "copy.mkv"
    written = ffmpeg.write_frames(ffmpeg.output(ffmpeg.raw(320, 180, "25"), path, 1, vcodec="ffv1"), iter(frames), 1)
    assert written == len(frames) == 10
    assert (pictures(path) == frames).all()


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD/>",
        b"nothing that moves",
    ],
)
def test_playlists_and_strangers_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(DomainError) as raised:
        ffmpeg.run(ffmpeg.output(ffmpeg.source(path).video, tmp_path / "out.mp4", 1), 1)
    assert str(tmp_path) not in raised.value.detail("en")
    with pytest.raises(DomainError) as named:
        survey(path)
    assert named.value.code in {"corrupt_file", "unsupported_type"}
    assert str(tmp_path) not in named.value.detail("en")


def test_a_cut_file_is_named_damaged(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(BUNNY.read_bytes()[:300_000])
    with pytest.raises(CorruptFile, match="damaged"):
        ffmpeg.run(ffmpeg.output(ffmpeg.source(path).video, tmp_path / "out.mp4", 1), 1)


def test_a_command_that_is_wrong_is_our_fault_and_not_the_files(tmp_path: Path) -> None:
    wrong = ffmpeg.source(BUNNY).video.filter("crop", 9000, 9000)
    with pytest.raises(ToolBroken):
        ffmpeg.run(ffmpeg.output(wrong, tmp_path / "out.mp4", 1), 1)


def test_who_leaves_early_takes_it_along() -> None:
    def leave(seconds: float) -> None:
        raise KeyError("enough")

    with pytest.raises(KeyError):
        ffmpeg.run(endless(), 1, leave)
    assert not children()
    frames = ffmpeg.read_frames(graph.input("testsrc=s=64x64", f="lavfi"), 64, 64, 1)
    next(frames)
    assert children()
    frames.close()  # type: ignore[attr-defined]
    assert not children()


@pytest.mark.parametrize("whole_group", [True, False], ids=["its group is killed", "its parent alone is killed"])
def test_it_dies_with_the_slot(whole_group: bool) -> None:
    slot = subprocess.Popen(
        [sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, start_new_session=True, cwd=Path(__file__).parents[3]
    )
    assert slot.stdout is not None
    assert slot.stdout.readline() == b"runs\n"
    (worker,) = psutil.Process(slot.pid).children()
    began = time.monotonic()
    os.killpg(slot.pid, signal.SIGKILL) if whole_group else slot.kill()
    slot.wait()
    worker.wait(2)
    assert time.monotonic() - began < 2
    assert not psutil.pid_exists(worker.pid)


def test_it_runs_under_limits() -> None:
    frames = ffmpeg.read_frames(graph.input("testsrc=s=64x64", f="lavfi"), 64, 64, 1)
    next(frames)
    (worker,) = children()
    assert worker.rlimit(psutil.RLIMIT_AS)[1] == ffmpeg.MEMORY
    assert worker.rlimit(psutil.RLIMIT_NOFILE)[1] == ffmpeg.OPEN_FILES
    command = worker.cmdline()
    frames.close()  # type: ignore[attr-defined]
    assert "-nostdin" in command
    asked = ffmpeg.output(ffmpeg.source(BUNNY).video, Path("/tmp/out.mp4"), 1).get_args()
    assert asked[asked.index("-protocol_whitelist") + 1] == "file,pipe"
    assert asked[asked.index("-format_whitelist") + 1] == ffmpeg.FORMATS
