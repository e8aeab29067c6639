"""Fonts: every family draws every ordinary character, and says which ones it cannot."""

from typing import Any

import pytest

from activities.inference.engines.fonts import FAMILIES
from tests.activities.tools.context import engines

ORDINARY = (
    "春风得意马蹄疾龘喆堃鼗嘏愛國語ABCxyz0123456789"
    ",.!?;:()[]{}\"'&@#%$€£¥+-=*/<>|~^_`\\éüñß"
    "，。！？、；：“”‘’（）《》【】—…·「」『』〈〉～￥％★☆♥♡✓✔✕×÷→←↑↓①②③℃°®©™•●○■□▲▼◆※√∞≥≤≠≈½²№♪❤✨😀🍲"
)


@pytest.fixture(scope="module")
def fonts() -> Any:
    return engines().get("fonts")


@pytest.mark.parametrize("name", FAMILIES)
def test_no_family_leaves_an_ordinary_character_out(fonts: Any, name: str) -> None:
    assert fonts.missing(name, ORDINARY) == ""


@pytest.mark.parametrize("name", FAMILIES)
def test_every_face_draws_what_it_says_it_has(fonts: Any, name: str) -> None:
    for character in ORDINARY:
        face = fonts.face(name, character)
        left, top, right, bottom = face.ink(character)
        assert right > left and bottom > top, character
        assert face.advance(character) > 0
    unknown = fonts.face(name, "国").at(80).getmask("\U000e1234").getbbox()
    assert fonts.face(name, "国").at(80).getmask("国").getbbox() != unknown


def test_a_family_draws_with_its_own_face_first(fonts: Any) -> None:
    assert fonts.face("ma-shan-zheng", "风").name == "ma-shan-zheng"
    assert fonts.face("ma-shan-zheng", "喆").name == "noto-serif-sc-700"
    assert fonts.face("caveat", "风").name == "long-cang"
    assert fonts.get("sans-black", 40).getlength("国国") == 80


def test_what_no_font_has_is_named_once(fonts: Any) -> None:
    assert fonts.missing("sans", "한국 한 ก\n中") == "한국ก"
    with pytest.raises(KeyError):
        fonts.get("comic", 12)


def test_the_same_letters_on_every_machine(fonts: Any) -> None:
    from PIL.ImageFont import Layout

    assert fonts.get("sans", 20).layout_engine == Layout.BASIC
