"""Stickers: what is shown fits, is cut out, moves in a loop and is small enough for messengers."""

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import skimage
from PIL import Image

from activities.inference.painter import CheckpointPainter
from activities.media.moving import FRAMES, MOST_BYTES, MOTIONS, frames
from activities.media.stickers import LOOKS, phrases, said
from activities.tools.base import Kind, Measure, ToolResult
from activities.tools.emoji_generator import SIDES, Params
from models.errors import InvalidInput
from tests.activities.tools.context import engines, find, run_tool

TOOL = "emoji-generator"
PHOTOS = Path(skimage.__file__).parent / "data"


def make(folder: Path, text: str, photo: str | None = None, **parameters: Any) -> ToolResult:
    files: dict[str, Any] = {"image": PHOTOS / photo} if photo else {}
    return run_tool(TOOL, folder, files, {"text": text}, **parameters)


def rgba(result: ToolResult, number: int = 0) -> np.ndarray:
    return np.asarray(Image.open(result.outputs[number].path).convert("RGBA"))


def read(pixels: np.ndarray) -> str:
    """What a machine reads on it, on grey."""
    share = pixels[:, :, 3:].astype(float) / 255
    flat = np.rint(pixels[:, :, :3] * share + 128 * (1 - share)).astype(np.uint8)
    return "".join(region.text for region in engines().get("ocr").find(flat))


def test_a_photo_becomes_a_sticker_with_a_white_rim_and_its_words(tmp_path: Path) -> None:
    result = make(tmp_path, "收到", "astronaut.png")
    made = rgba(result)
    assert (
        made.shape == (512, 512, 4) and result.outputs[0].mime_type == "image/png" and not result.outputs[0].generated
    )
    opaque = made[:, :, 3] > 250
    assert 0.2 < opaque.mean() < 0.75, "cut out of its background"
    assert not made[[0, -1], :, 3].any() and not made[:, [0, -1], 3].any(), "nothing touches the edge"
    seen = np.flatnonzero(opaque[200])
    assert (made[200, [seen[1], seen[-2]], :3] > 235).all(), "white around the subject"
    assert "收到" in read(made)


@pytest.mark.parametrize("text", ["我真的会谢", "Good night", "长一点的话也要放得下而且还能看得清楚才行啊", "好耶🎉"])
def test_words_fit_and_can_be_read(tmp_path: Path, text: str) -> None:
    made = rgba(make(tmp_path, "猫", caption=text))
    assert not made[:, [0, -1], 3].any() and not made[-1, :, 3].any()
    letters = [each for each in read(made).replace(" ", "").casefold() if each.isalnum()]
    wanted = [each for each in text.replace(" ", "").casefold() if each.isalnum()]
    assert sum(each in letters for each in wanted) >= 0.8 * len(wanted), (letters, wanted)


@pytest.mark.parametrize(
    ("text", "emoji"), [("加油打工人", "💪"), ("晚安啦", "🌙"), ("Good Night!", "🌙"), ("绿萝", None)]
)
def test_phrases_mean_what_people_mean(text: str, emoji: str | None) -> None:
    assert said(text) == emoji
    if emoji:
        assert engines().get("emoji-art").svg(emoji) is not None


def test_every_phrase_has_its_drawing() -> None:
    missing = [emoji for emoji, _ in phrases() if engines().get("emoji-art").svg(emoji) is None]
    assert not missing


@pytest.mark.parametrize("form", ["gif", "webp"])
def test_a_moving_sticker_is_a_small_endless_loop_on_nothing(tmp_path: Path, form: str) -> None:
    result = make(tmp_path, "喵", "chelsea.png", animate="bounce", format=form)
    path = result.outputs[0].path
    assert result.outputs[0].mime_type == f"image/{form}" and path.stat().st_size <= MOST_BYTES
    with Image.open(path) as image:
        assert (image.n_frames, image.info["loop"], image.size) == (FRAMES, 0, (240, 240))  # type: ignore[attr-defined]
        pictures = []
        for number in range(FRAMES):
            image.seek(number)
            pictures.append(np.asarray(image.convert("RGBA")))
    assert all(each[0, 0, 3] == 0 and each[:, :, 3].max() == 255 for each in pictures)
    steps = [np.abs(a.astype(int) - b).mean() for a, b in zip(pictures, pictures[1:] + pictures[:1], strict=True)]
    assert min(steps) > 0.05 and max(steps) < 12 * min(steps) + 30, "it moves, and its end leads to its beginning"


@pytest.mark.parametrize("motion", sorted(MOTIONS))
def test_no_motion_leaves_the_canvas(motion: str) -> None:
    body = np.zeros((200, 200, 4), np.uint8)
    body[8:192, 8:192] = (200, 40, 40, 255)
    for picture in frames(body, None, motion):  # type: ignore[arg-type]
        assert not picture[[0, -1], :, 3].any() and not picture[:, [0, -1], 3].any()
        colors = picture[picture[:, :, 3] > 200][:, :3]
        assert np.abs(colors.astype(int) - (200, 40, 40)).max() <= 2, "edges take no other color"


def test_motions_and_choices_are_the_same() -> None:
    assert set(get_args(Params.model_fields["animate"].annotation)) == {"none", *MOTIONS}
    assert set(get_args(Params.model_fields["font"].annotation)) <= set(engines().get("fonts").names)


def test_a_meme_keeps_the_whole_picture_and_has_words_above_and_below(tmp_path: Path) -> None:
    result = make(tmp_path, "当老板说\n今天不加班", "coffee.png", kind="meme")
    made = rgba(result)
    assert made.shape == (640, 960, 4)
    upper, lower = read(made[:320]), read(made[320:])
    assert "老板" in upper and "加班" in lower
    alone = rgba(make(tmp_path, "周一的我", kind="meme"))
    assert alone.shape == (960, 960, 4) and "周一" in read(alone[480:])


def test_several_differ_and_a_seed_begins_elsewhere(tmp_path: Path) -> None:
    several = make(tmp_path, "生日蛋糕", kind="emoji", count=4)
    made = [rgba(several, number).tobytes() for number in range(4)]
    assert len(set(made)) == 4 and several.data["drawings"] == 4
    assert rgba(make(tmp_path, "生日蛋糕", kind="emoji")).tobytes() == made[0]
    assert rgba(make(tmp_path, "生日蛋糕", kind="emoji", seed=1)).tobytes() != made[0]
    colors = make(tmp_path, "收到", "astronaut.png", count=2)
    assert rgba(colors, 0).tobytes() != rgba(colors, 1).tobytes() and len(LOOKS) == len(set(LOOKS))


def test_a_picture_without_a_subject_becomes_a_rounded_one(tmp_path: Path) -> None:
    path = tmp_path / "plain.png"
    Image.new("RGB", (300, 200), (30, 90, 160)).save(path)
    made = rgba(run_tool(TOOL, tmp_path, {"image": path}, {"text": "空"}, caption=""))
    assert (made[256, 256] == (30, 90, 160, 255)).all() and made[20, 20, 3] == 0


def test_a_checkpoint_paints_where_there_is_one(tmp_path: Path, painter: CheckpointPainter) -> None:
    result = run_tool(TOOL, tmp_path, {}, {"text": "a cat"}, painter=painter)
    assert result.outputs[0].generated and result.engine.startswith(painter.label)


@pytest.mark.parametrize(
    ("parameters", "path"),
    [({"animate": "spin", "format": "png"}, "parameters.format"),
     ({"kind": "meme", "animate": "spin"}, "parameters.animate"),
     ({"kind": "meme", "format": "gif"}, "parameters.animate")],
)  # fmt: skip
def test_what_contradicts_itself_is_named_before_it_is_paid(parameters: dict[str, Any], path: str) -> None:
    tool = find(TOOL)
    measures = {"text": [Measure(Kind.text, "text/plain", 6, characters=2)]}
    with pytest.raises(InvalidInput) as refused:
        tool.check(measures, Params(**parameters))
    assert refused.value.errors is not None and refused.value.errors[0]["path"] == path


def test_words_that_cannot_be_read_or_written_are_named(tmp_path: Path) -> None:
    for caption in ("字" * 80, "한국어"):
        with pytest.raises(InvalidInput) as refused:
            make(tmp_path, "猫", caption=caption)
        assert refused.value.errors is not None and refused.value.errors[0]["path"] == "parameters.caption"


def test_small_is_for_messengers_and_more_costs_more() -> None:
    tool = find(TOOL)
    measures = {
        "text": [Measure(Kind.text, "text/plain", 6, characters=2)],
        "image": [Measure(Kind.image, "image/png", 9)],
    }
    prices = [tool.price(measures, Params(count=count)).credits for count in (1, 2, 8)]
    assert prices == [2, 3, 5] and SIDES == {"small": 240, "large": 512}
