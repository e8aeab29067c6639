"""Races video tools against the best FFmpeg command that we can write by hand: `python -m bench.video`.

Both take turns on the same clip with the same encoder, so that a busy machine is busy for both; the best of each
counts. The tools run as a worker runs them: plan, every chunk, join, one after the other.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
from PIL import Image

from tests.activities.media.clips import BUNNY, ffmpeg
from tests.activities.tools.context import run_tool

from .report import write_section

ROUNDS = 3
SECONDS = 40
ENCODER = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-threads", "2"]


def main() -> None:
    """Run all races and write the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip, logo = _clip(folder), _logo(folder)
        marked = (_watermark(folder, clip, logo), _by_hand_watermark(folder, clip, logo))
        rows = [
            _race("video-batch-watermark, 1080p", SECONDS, *marked),
            _race("video-to-image, every second", SECONDS, _pictures(folder, clip), _by_hand_pictures(folder, clip)),
            _race("video-to-image, ten of an hour", 3600, _sought(folder), _by_hand_sought(folder)),
        ]
    table = "| job | tool, s | by hand, s | ratio | s a minute of video |\n|---|---|---|---|---|\n" + "\n".join(rows)
    write_section("video", f"{table}\n\nBest of {ROUNDS} turns each. The hour is sought, not read.")


def _race(name: str, seconds: float, tool: Callable[[int], None], by_hand: Callable[[int], None]) -> str:
    best = [float("inf"), float("inf")]
    for turn in range(ROUNDS):
        for place, run in enumerate((tool, by_hand)):
            began = time.monotonic()
            run(turn)
            best[place] = min(best[place], time.monotonic() - began)
    row = f"| {name} | {best[0]:.2f} | {best[1]:.2f} | {best[0] / best[1]:.2f} | {best[0] / seconds * 60:.1f} |"
    print(row, flush=True)
    return row


def _clip(folder: Path) -> Path:
    """The rabbit in 1080p again and again, a keyframe every two seconds, as cameras write it."""
    path = folder / "clip.mp4"
    again = ["-stream_loop", "-1", "-i", BUNNY, "-t", str(SECONDS), "-vf", "scale=1920:1080", "-g", "50"]
    ffmpeg(*again, "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-c:a", "aac", path)
    return path


def _logo(folder: Path) -> Path:
    path = folder / "logo.png"
    Image.new("RGBA", (384, 200), (230, 30, 40, 200)).save(path)
    return path


def _hour(folder: Path) -> Path:
    path = folder / "hour.mp4"
    if not path.exists():
        ffmpeg("-stream_loop", "-1", "-i", folder / "clip.mp4", "-t", "3600", "-c", "copy", path)
    return path


def _watermark(folder: Path, clip: Path, logo: Path) -> Callable[[int], None]:
    def run(turn: int) -> None:
        files: dict[str, Path | list[Path]] = {"videos": [clip], "logo": logo}
        run_tool("video-batch-watermark", folder / f"mark{turn}" / "out", files, scale=0.2, opacity=1)

    return run


def _by_hand_watermark(folder: Path, clip: Path, logo: Path) -> Callable[[int], None]:
    def run(turn: int) -> None:
        laid = "[1]scale=384:-1[l];[0][l]overlay=main_w-overlay_w-32:main_h-overlay_h-32"
        _ffmpeg("-i", clip, "-i", logo, "-filter_complex", laid, *ENCODER, "-c:a", "copy", folder / "hand.mp4")

    return run


def _pictures(folder: Path, clip: Path) -> Callable[[int], None]:
    return lambda turn: _run_pictures(folder / f"every{turn}", clip, fps=1)


def _by_hand_pictures(folder: Path, clip: Path) -> Callable[[int], None]:
    (folder / "hand").mkdir()
    return lambda turn: _ffmpeg("-i", clip, "-vf", "fps=1", "-q:v", "2", folder / "hand" / "%03d.jpg")


def _sought(folder: Path) -> Callable[[int], None]:
    hour = _hour(folder)
    return lambda turn: _run_pictures(folder / f"sought{turn}", hour, count=10)


def _by_hand_sought(folder: Path) -> Callable[[int], None]:
    def run(turn: int) -> None:
        for number in range(10):
            at, path = str(180 + 360 * number), folder / "hand" / f"{number}.jpg"
            _ffmpeg("-ss", at, "-i", _hour(folder), "-frames:v", "1", "-q:v", "2", path)

    return run


def _run_pictures(folder: Path, clip: Path, **parameters: float) -> None:
    run_tool("video-to-image", folder / "out", {"video": clip}, **parameters)


def _ffmpeg(*arguments: str | Path) -> None:
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True)


if __name__ == "__main__":
    main()
