"""Typesetting: nothing leaves its box, no line begins with a comma, words stay whole, and no letter is cut off."""

import unicodedata
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.media.typesetting import Block, Box, Style, fit, lay
from activities.media.typesetting_ink import Ink, coverage, overlay, paint
from activities.media.typesetting_pieces import CLOSING, OPENING, cleaned
from models.errors import InvalidInput
from tests.activities.tools.context import engines

SAMPLES = (
    "春风得意马蹄疾，一日看尽长安花。",
    "他说：“今天天气不错。”然后走了（很快）……真的——走了！",
    "全场满199减50，iPhone 17 Pro仅需￥5999元！限时3天｜50% off",
    "「生活不是等待暴风雨过去，而是学会在雨中翩翩起舞。」\n——维维安·格林",
    "Hello world, this is a rather long English sentence about typesetting.",
)
NAMES = ("sans", "serif-black", "ma-shan-zheng", "long-cang", "zcool-kuaile", "dancing-script", "bebas-neue")
WRITTEN = st.text(
    alphabet=st.sampled_from(
        "春风得意马蹄疾一日看尽长安花，。！？、；：（）《》“”「」…—·ABCgjpqyf 0123456789%￥-\n😀❤️"
    ),
    min_size=1,
    max_size=80,
).filter(lambda text: bool(cleaned(text)))


@pytest.fixture(scope="module")
def fonts() -> Any:
    return engines().get("fonts")


def inked(block: Block, width: int, height: int, room: int = 60) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is really drawn, measured from the box's corner."""
    drawn = coverage(block, width + 2 * room, height + 2 * room, room, room) > 60
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    return columns[0] - room, rows[0] - room, columns[-1] + 1 - room, rows[-1] + 1 - room


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    text=WRITTEN,
    font=st.sampled_from(NAMES),
    align=st.sampled_from(("left", "center", "right")),
    vertical=st.sampled_from(("top", "middle", "bottom")),
    even=st.booleans(),
    width=st.integers(120, 700),
    height=st.integers(60, 500),
)
def test_no_ink_leaves_the_box(
    fonts: Any, text: str, font: str, align: Any, vertical: Any, even: bool, width: int, height: int
) -> None:
    style = Style(font=font, align=align, vertical=vertical, even=even)
    try:
        block = fit(fonts, text, style, Box(width, height, 120, 12))
    except InvalidInput:
        return
    if not "".join(block.lines).strip():
        return
    left, top, right, bottom = inked(block, width, height)
    assert left >= -1 and top >= -1 and right <= width + 1 and bottom <= height + 1
    for line in block.lines:
        assert not line or line[0] not in CLOSING or line[0] in "“‘" or text.lstrip()[0] == line[0] or "\n" in text
        assert not line or line[-1] not in OPENING or text.rstrip()[-1] == line[-1] or "\n" in text


@pytest.mark.parametrize("text", SAMPLES)
@pytest.mark.parametrize("width", [180, 300, 520])
@pytest.mark.parametrize("font", NAMES)
def test_all_of_the_text_is_there_and_lines_end_where_they_may(fonts: Any, text: str, width: int, font: str) -> None:
    block = fit(fonts, text, Style(font=font, even=True), Box(width, 900, 90, 14))
    kept = "".join("".join(block.lines).split())
    assert kept == "".join(unicodedata.normalize("NFC", text).split())
    for line in block.lines:
        assert line[0] not in "，。！？、；：”’）》」』…" and line[-1] not in "“（《「『"
    words = {word.strip(",.") for word in text.split() if word.isascii()}
    for word in words:
        assert any(word in line for line in block.lines), word


def test_the_size_is_the_largest_that_fits(fonts: Any) -> None:
    style, box = Style(font="sans-bold"), Box(400, 300, 200, 10)
    block = fit(fonts, SAMPLES[4], style, box)
    assert lay(fonts, SAMPLES[4], style, box, block.size) is not None
    assert lay(fonts, SAMPLES[4], style, box, block.size + 1) is None


def test_a_text_too_long_is_refused_with_its_field(fonts: Any) -> None:
    with pytest.raises(InvalidInput) as raised:
        fit(fonts, "很长" * 400, Style(), Box(300, 100, 40, 16), field="parameters.title")
    assert raised.value.problems("en") == [
        {
            "path": "parameters.title",
            "message": "800 characters do not fit here, not even at 16 pixels; shorten the text",
        }
    ]


def test_characters_without_a_font_are_named(fonts: Any) -> None:
    with pytest.raises(InvalidInput) as raised:
        fit(fonts, "안녕 hello", Style(), Box(300, 100, 40, 16))
    assert "안녕" in str(raised.value.errors)


def test_a_word_wider_than_the_line_is_broken_without_losing_letters(fonts: Any) -> None:
    word = "Pneumonoultramicroscopicsilicovolcanoconiosis"
    block = fit(fonts, word, Style(), Box(160, 400, 40, 24))
    assert len(block.lines) > 2 and "".join(block.lines) == word


def test_titles_break_between_phrases_into_even_lines(fonts: Any) -> None:
    style = Style(even=True, align="center")
    block = fit(fonts, "人生没有白走的路，每一步都算数", style, Box(600, 300, 90, 20, lines=2))
    assert block.lines == ("人生没有白走的路，", "每一步都算数")


@pytest.mark.parametrize("font", NAMES)
def test_the_middle_is_that_of_the_ink(fonts: Any, font: str) -> None:
    style = Style(font=font, align="center", vertical="middle")
    block = fit(fonts, "国家Kg", style, Box(500, 400, 120, 20))
    left, top, right, bottom = inked(block, 500, 400)
    assert abs(top - (400 - bottom)) <= 2 and abs(left - (500 - right)) <= 24


def test_marks_at_the_rims_lose_their_blank_half(fonts: Any) -> None:
    """A centered line that ends with a full stop stands in the middle by its ink."""
    for text in ("花好月圆。", "（花好月圆", "「花好月圆」"):
        block = fit(fonts, text, Style(align="center"), Box(700, 200, 80, 20))
        left, _, right, _ = inked(block, 700, 200)
        assert abs(left - (700 - right)) <= 16, text


def test_chinese_dashes_join(fonts: Any) -> None:
    block = lay(fonts, "——", Style(font="sans-bold"), Box(400, 100, 80, 80), 80)
    assert block is not None
    middle = coverage(block, 400, 100).max(0)
    inside = np.flatnonzero(middle > 100)
    assert (middle[inside[0] : inside[-1] + 1] > 60).all()


def test_outlines_and_shadows_are_drawn_around_the_letters_and_stay_inside(fonts: Any) -> None:
    style = Style(font="sans-black", outline=0.06, align="center", vertical="middle")
    block = fit(fonts, "大促", style, Box(300, 200, 200, 20))
    drawn = overlay(block, 300, 200, Ink((255, 0, 0), outline=0.06, outline_color=(0, 0, 255)))
    letters = coverage(block, 300, 200)
    assert (drawn[letters == 255][:, :3] == (255, 0, 0)).all()
    around = (drawn[:, :, 3] > 250) & (letters == 0)
    assert around.sum() > 500 and (drawn[around][:, 2] > 200).mean() > 0.9
    assert not drawn[0, :, 3].any() and not drawn[-1, :, 3].any()
    ground = np.full((260, 360, 3), 255, np.uint8)
    paint(ground, block, 30, 30, Ink((255, 0, 0), shadow=0.8))
    outside = ground[30:230, 30:330][letters == 0]
    assert (outside.max(1) < 250).sum() > 500


def test_the_same_text_is_the_same_picture(fonts: Any) -> None:
    pictures = []
    for _ in range(2):
        ground = np.zeros((300, 500, 3), np.uint8)
        block = fit(fonts, SAMPLES[2], Style(font="zcool-kuaile"), Box(480, 280, 90, 12))
        paint(ground, block, 10, 10, Ink((250, 200, 100), fade=(255, 80, 0), shadow=0.4, opacity=0.8))
        pictures.append(ground.tobytes())
    assert pictures[0] == pictures[1]


def test_color_emoji_stand_in_the_line(fonts: Any) -> None:
    class Red:
        def svg(self, emoji: str) -> str | None:
            square = '<rect width="1" height="1" fill="red"/>'
            return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">{square}</svg>'

    block = fit(fonts, "火锅🍲好吃", Style(), Box(600, 200, 80, 20), emoji=Red())
    drawn = overlay(block, 600, 200, Ink((0, 0, 0)))
    red = (drawn[:, :, 0] > 200) & (drawn[:, :, 3] > 200)
    assert 4000 < red.sum() < 9000 and block.lines == ("火锅🍲好吃",)


@pytest.mark.parametrize("letters", range(8, 20))
def test_a_torn_word_keeps_its_mark(fonts: Any, letters: int) -> None:
    """Where a word is wider than the line, its comma still stands behind a letter."""
    block = fit(fonts, "W" * letters + "，好", Style(font="sans-bold"), Box(160, 900, 40, 40))
    assert len(block.lines) > 1 and not any(line.startswith("，") for line in block.lines)


def test_lines_end_between_words_rather_than_equally_long(fonts: Any) -> None:
    block = lay(fonts, "今天天气真好我们去公园散步吧", Style(even=True), Box(330, 200, 40, 40), 40)
    assert block is not None and block.lines[0] in ("今天天气真好", "今天天气真好我们")
