"""video-background-removal: the subject stays, the background goes, edges do not boil, and the sound is kept."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.datasets import load_sample_image

from activities.tools.base import ToolResult
from tests.activities.media.clips import ffmpeg, lag, pictures, rabbit, seen
from tests.activities.tools.context import find, run_tool

FRAMES, SIZE = 8, (256, 144)


def disc(at: int) -> np.ndarray:
    """Where the ball is in a picture: bool, H x W."""
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    where: np.ndarray = (rows - 72) ** 2 + (columns - 90 - 6 * at) ** 2 < 42**2
    return where


@pytest.fixture(scope="module")
def ball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A red ball that rolls over a meadow out of focus."""
    import cv2

    path = tmp_path_factory.mktemp("clips") / "ball.mp4"
    ground = cv2.GaussianBlur(cv2.resize(load_sample_image("flower.jpg")[200:400, :300], SIZE), (0, 0), 6)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25, options={"crf": "16"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for at in range(FRAMES):
            shade = np.clip(1.2 - np.mgrid[: SIZE[1], : SIZE[0]][0] / 160, 0.3, 1)[:, :, None]
            frame = np.where(disc(at)[:, :, None], np.array([225, 40, 30]) * shade, ground * 0.6).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def removed(tmp_path: Path, video: Path, **parameters: Any) -> ToolResult:
    return run_tool("video-background-removal", tmp_path / "out", {"video": video}, **parameters)


def alphas(path: Path, folder: Path) -> np.ndarray:
    """The opacity of every picture, 0..255: N x H x W."""
    decoder = ["-c:v", "libvpx-vp9"] if path.suffix == ".webm" else []
    grey = folder / "alpha.mkv"
    ffmpeg(*decoder, "-i", path, "-vf", "alphaextract,format=gray", "-c:v", "ffv1", "-an", grey)
    return pictures(grey)[..., 0]


@pytest.mark.parametrize("kind", ["webm", "mov"])
def test_the_subject_is_opaque_and_the_rest_is_not(kind: str, ball: Path, tmp_path: Path) -> None:
    result = removed(tmp_path, ball, format=kind)
    alpha = alphas(result.outputs[0].path, tmp_path)
    assert alpha.shape == (FRAMES, SIZE[1], SIZE[0])
    for at in range(FRAMES):
        found, truth = alpha[at] > 127, disc(at)
        assert (found & truth).sum() / (found | truth).sum() > 0.85


def test_a_color_behind(ball: Path, tmp_path: Path) -> None:
    result = removed(tmp_path, ball, background="color", color="#0000ff")
    made = pictures(result.outputs[0].path)
    assert result.outputs[0].mime_type == "video/mp4"
    assert np.abs(made[:, :12, :12].mean((0, 1, 2)) - (0, 0, 255)).max() < 6
    assert made[0, 60, 90, 0] > 150 and made[0, 60, 90, 2] < 90


@pytest.mark.long
def test_edges_do_not_boil_on_a_still_scene(ball: Path, tmp_path: Path) -> None:
    noisy = tmp_path / "noisy.mp4"
    ffmpeg("-i", ball, "-vf", "select='eq(n,0)',loop=9:1,setpts=N/25/TB,noise=alls=18:allf=t", "-crf", "18", noisy)
    alpha = alphas(removed(tmp_path, noisy).outputs[0].path, tmp_path).astype(float)
    assert np.abs(np.diff(alpha[2:], axis=0)).mean() < 1.0


@pytest.mark.long
def test_no_picture_and_no_sound_is_lost_over_stretches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.tools.video_background_removal.CHUNK_SECONDS", 0.3)
    fast = ["-c:v", "libx264", "-preset", "veryfast", "-g", "8"]
    video = rabbit(tmp_path / "clip.mp4", 0.64, *fast, "-c:a", "aac", start=2.5, size="160:90")
    result = removed(tmp_path, video)
    made = result.outputs[0].path
    assert len(list(tmp_path.glob("out-chunk*"))) == 2
    assert seen(made).times == pytest.approx(seen(video).times, abs=0.002)
    assert abs(lag(video, made)) <= 0.025


def test_nobody_there_returns_the_video(tmp_path: Path) -> None:
    video = tmp_path / "empty.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=gray:s=96x64:r=10:d=0.5", video)
    result = removed(tmp_path, video)
    assert (result.data["found"], result.credits) == (0, 1)
    assert result.outputs[0].path.read_bytes() == video.read_bytes()


def test_opacity_wants_a_container_that_has_it() -> None:
    params = find("video-background-removal").params
    for wrong in ({"format": "mp4"}, {"background": "color", "format": "webm"}):
        with pytest.raises(ValidationError):
            params.model_validate(wrong)
