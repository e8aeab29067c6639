"""video-watermark: marks planted on films are found and filled, nothing else changes, and labels stay."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from activities.media.footage import survey
from activities.media.images import write_image
from activities.media.marked_text import overlap
from activities.media.overlays import Box, find_static
from activities.media.stamps import faded, of_words
from activities.tools.base import ToolResult
from models.errors import InvalidInput
from tests.activities.media.clips import BUNNY, ffmpeg, pictures, rabbit, sample
from tests.activities.media.planted import film
from tests.activities.tools.context import engines, find, run_tool


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("films") / "film.mp4", 3, count=9).path


def logo() -> np.ndarray:
    image = Image.new("RGBA", (200, 120))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((2, 2, 198, 118), 20, fill=(20, 90, 200, 255))
    draw.ellipse((20, 20, 100, 100), fill=(250, 220, 40, 255))
    return np.asarray(image.resize((58, 35)))


def words(text: str, width: int = 60) -> np.ndarray:
    return of_words(engines().get("fonts"), text, "sans-bold", (255, 255, 255), width, 40)


def planted(plain: Path, path: Path, mark: np.ndarray, left: int, top: int, opacity: float) -> Box:
    """A film with a mark on it, and the mark's box."""
    drawn = path.with_suffix(".png")
    write_image(drawn, faded(mark, opacity), "png")
    ffmpeg(
        "-i", plain, "-i", drawn, "-filter_complex", f"overlay={left}:{top}", "-crf", "23", "-preset", "veryfast", path
    )
    return left, top, mark.shape[1], mark.shape[0]


def noise(one: np.ndarray, other: np.ndarray) -> float:
    """PSNR in decibels."""
    return float(10 * np.log10(255**2 / ((one.astype(float) - other) ** 2).mean()))


def cleaned(tmp_path: Path, video: Path, **parameters: Any) -> ToolResult:
    return run_tool("video-watermark", tmp_path / "out", {"video": video}, rights_confirmed=True, **parameters)


MARKS = {
    "words in a corner": ("频道 CHANNEL 7", 250, 160, 0.7),
    "a logo": (None, 14, 10, 0.9),
    "a translucent logo": (None, 248, 134, 0.5),
}


@pytest.mark.parametrize("name", MARKS)
def test_finds_and_fills(name: str, plain: Path, tmp_path: Path) -> None:
    text, left, top, opacity = MARKS[name]
    video = tmp_path / "marked.mp4"
    box = planted(plain, video, logo() if text is None else words(text), left, top, opacity)
    result = cleaned(tmp_path, video)
    found = [tuple(each) for each in result.data["regions"]]
    assert result.data["found"] == 1 and overlap(box, found[0]) >= 0.7

    before, marked, after = pictures(plain), pictures(video), pictures(result.outputs[0].path)
    assert len(after) == len(before)
    inside = np.s_[:, top : top + box[3], left : left + box[2]]
    assert noise(after[inside], before[inside]) > noise(marked[inside], before[inside]) + (1.5 if opacity < 0.6 else 4)
    outside = np.ones(before.shape[1:3], bool)
    outside[max(0, top - 14) : top + box[3] + 14, max(0, left - 14) : left + box[2] + 14] = False
    assert noise(after[:, outside], marked[:, outside]) > 36


def test_a_video_without_a_mark_comes_back_as_it_was(plain: Path, tmp_path: Path) -> None:
    for number, video in enumerate((plain, BUNNY)):
        result = cleaned(tmp_path / str(number), video)
        assert result.outputs[0].path.read_bytes() == video.read_bytes()
        assert (result.data["found"], result.credits) == (0, 1)


def test_finds_the_mark_that_a_real_film_has() -> None:
    (mark,) = find_static(survey(sample("mp4")), 2)
    assert overlap(mark.box, (148, 98, 26, 22)) > 0.6


@pytest.mark.long
def test_words_that_stay_are_found_on_a_scene_that_stands_still(tmp_path: Path) -> None:
    scene, video = rabbit(tmp_path / "scene.mp4", 1.5, size="640:360"), tmp_path / "marked.mp4"
    box = planted(scene, video, words("example.com 频道", 220), 400, 20, 0.9)
    assert cleaned(tmp_path / "static", video).data["found"] == 0
    result = cleaned(tmp_path / "text", video, detect="text")
    assert result.data["found"] == 1 and overlap(box, tuple(result.data["regions"][0])) >= 0.6
    before, after = pictures(scene), pictures(result.outputs[0].path)
    inside = np.s_[:, box[1] : box[1] + box[3], box[0] : box[0] + box[2]]
    assert noise(after[inside], before[inside]) > noise(pictures(video)[inside], before[inside]) + 3


def test_a_region_is_filled_in_its_time_only(tmp_path: Path) -> None:
    video = rabbit(tmp_path / "clip.mp4", 1)
    result = cleaned(tmp_path, video, regions=[[100, 60, 40, 30]], detect="none", start=0.4, end=0.8)
    change = np.abs(pictures(video).astype(int) - pictures(result.outputs[0].path))[:, 60:90, 100:140].mean((1, 2, 3))
    assert [value > 8 for value in change] == [10 <= at <= 20 for at in range(25)]


def test_the_sign_of_generated_content_stays(tmp_path: Path) -> None:
    scene, video = rabbit(tmp_path / "scene.mp4", 1, size="640:360"), tmp_path / "marked.mp4"
    left, top, width, height = planted(scene, video, words("AI生成", 160), 460, 310, 1.0)
    result = cleaned(tmp_path, video, regions=[[left - 5, top - 5, width + 10, height + 10]], detect="text")
    assert result.data["found"] == 0
    assert result.outputs[0].path.read_bytes() == video.read_bytes()


def test_rights_must_be_confirmed(plain: Path, tmp_path: Path) -> None:
    tool = find("video-watermark")
    with pytest.raises(InvalidInput) as raised:
        tool.check({}, tool.params())
    assert raised.value.errors is not None and raised.value.errors[0]["path"] == "parameters.rights_confirmed"
    with pytest.raises(InvalidInput):
        run_tool("video-watermark", tmp_path / "out", {"video": plain})
