"""Local tips: a post that holds the brief's facts and no others, and a poster that can be read."""

import re
from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import skimage
from PIL import Image

from activities.media.templates import templates
from activities.tools.base import Inputs, ToolResult
from activities.tools.local_recommend import Params
from activities.writing.brief import read_brief
from activities.writing.composing import size
from activities.writing.engine import Request, Tell, Written
from activities.writing.places import facts, kind_of, places
from activities.writing.styles import styles
from activities.writing.vouching import claims, vouches, write_modestly
from models.errors import InvalidInput
from tests.activities.tools.context import LocalContext, engines, find, perform, run_tool
from tests.sampling import one_in

TOOL = "local-recommend"
COFFEE = Path(skimage.__file__).parent / "data" / "coffee.png"
NOODLES = "老巷子面馆,手工面条,汤头每天现熬,人均25元,位于春熙路"
TEMPLATES = sorted(set(get_args(Params.model_fields["template"].annotation)) - {"auto"})
TONES = get_args(Params.model_fields["tone"].annotation)


def make(folder: Path, text: str = NOODLES, photo: Path | None = None, **parameters: Any) -> ToolResult:
    return run_tool(TOOL, folder, {"image": photo} if photo else {}, {"text": text}, **parameters)


def test_a_post_has_headline_facts_and_tags_of_the_brief(tmp_path: Path) -> None:
    result = make(tmp_path, city="成都")
    text = str(result.data["text"])
    lines = text.splitlines()
    assert lines[0] == "🍜 成都｜美食｜老巷子面馆" and result.data["category"] == "food"
    assert "📍 地址：春熙路" in lines and "💰 价格：25元" in lines
    assert lines[-1].split() == ["#成都", "#成都美食探店", "#美食探店", "#本地美食", "#老巷子面馆"]
    assert result.outputs[0].path.read_text(encoding="utf-8") == f"{text}\n" and result.outputs[0].generated
    assert result.data["engine"] == "grammar"


BRIEFS = (NOODLES, "云上民宿,推窗见山,有地暖,旺季680元一晚", "滨江步道,全程六公里,夜里有灯,免费")


@pytest.mark.parametrize(("tone", "brief"), one_in(4, product(TONES, BRIEFS)))
def test_no_figure_is_made_up_whatever_the_tone(tmp_path: Path, tone: str, brief: str) -> None:
    text = str(make(tmp_path, brief, tone=tone, seed=5).data["text"])
    assert set(re.findall(r"\d+", text)) <= set(re.findall(r"\d+", brief))
    assert all(point in text for point in read_brief(brief).points[:2])
    assert not re.search(r"[{}\[\]]|None|，，|。。", text)
    assert not any(claim in text for claim in claims("zh", place=True)), "nobody was there"


@pytest.mark.parametrize("tone", TONES)
def test_what_vouches_is_left_out_and_the_length_stays(tone: str) -> None:
    for seed in range(5):
        for brief, language in ((NOODLES, "zh"), ("Harbor Books, a quiet bookshop, near Pier 4", "en")):
            text = write_modestly(read_brief(brief), tone, language, 200, seed)
            assert 0.75 <= size(text, language) / 200 <= 1.25, (seed, text)
            assert not any(claim in text.casefold() for claim in claims(language, place=True)), text


def test_words_of_the_brief_are_no_claim() -> None:
    brief = read_brief("前任书店,熟客有折扣")
    assert not vouches("熟客有折扣真好。", brief, "zh", place=True) and vouches(
        "前任书店,我妈也夸。", brief, "zh", place=True
    )


def test_what_the_brief_does_not_tell_is_not_there(tmp_path: Path) -> None:
    text = str(make(tmp_path, "城市书房").data["text"])
    assert not any(sign in text for sign in ("📍", "💰", "🗓️", "👥")) and text.startswith("🎨 看展演出｜城市书房")


KINDS = {
    "滨江咖啡,看得到江": "cafe",
    "青石巷精酿酒馆": "bar",
    "大榕树亲子农场,可以喂羊": "family",
    "云上民宿,推窗见山": "hotel",
    "朝阳理发店": "beauty",
    "Harbor Books, a quiet bookshop": "culture",
    "周六读书会": "event",
    "无名": "event",
}


@pytest.mark.parametrize(("text", "kind"), KINDS.items())
def test_the_kind_of_place_is_told_by_its_words(text: str, kind: str) -> None:
    assert kind_of(read_brief(text)).id == kind


def test_prices_of_places_are_read_whole() -> None:
    found = [read_brief(text) for text in (NOODLES, "云上民宿,推窗见山,旺季680元一晚", "农场,门票60元")]
    assert [facts(each, "zh")[-1] for each in found] == ["💰 价格：25元", "💰 价格：680元一晚", "💰 价格：60元"]
    assert found[0].points == ("手工面条", "汤头每天现熬") and found[1].points == ("推窗见山",)


def test_english_stays_english(tmp_path: Path) -> None:
    text = str(make(tmp_path, "Harbor Books, a quiet bookshop, readings every Friday", city="Qingdao").data["text"])
    assert text.startswith("🎨 Qingdao | Culture | Harbor Books") and not re.search("[\u4e00-\u9fff]", text)


@pytest.mark.parametrize(
    "template", [each if each == "magazine" else pytest.param(each, marks=pytest.mark.long) for each in TEMPLATES]
)
def test_every_poster_shows_name_and_facts(tmp_path: Path, template: str) -> None:
    result = make(tmp_path, city="成都", template=template, photo=COFFEE if template == "magazine" else None)
    pixels = np.asarray(Image.open(result.outputs[1].path).convert("RGB"))
    assert pixels.shape == (1660, 1242, 3)
    seen = "".join(region.text for region in engines().get("ocr").find(pixels))
    assert sum(each in seen for each in "老巷子面馆成都手工面条25元") >= 11, seen
    assert float(result.outputs[1].metadata["contrast"]) >= 4.5


def test_choices_are_those_of_the_data() -> None:
    assert set(get_args(Params.model_fields["category"].annotation)) == {"auto", *places()}
    assert set(TONES) <= set(styles()) and set(TEMPLATES) <= set(templates("material")) and len(TEMPLATES) >= 6


class House:
    """A provider that writes what it is asked for; keeps the question."""

    label = "house"

    def write(self, request: Request, tell: Tell) -> Written:
        self.asked = request.messages[-1].content
        tell("面很好。")
        return Written("面很好。", "house", 10, 5, 20)


def test_a_provider_writes_the_text_and_the_facts_stay_ours(tmp_path: Path) -> None:
    house = House()
    context = LocalContext(tmp_path, ("fonts", "emoji-art"), writer=house)
    result = perform(find(TOOL), context, Inputs(texts={"text": NOODLES}), Params(city="成都"))
    assert NOODLES in house.asked and "成都" in house.asked
    assert "\n\n面很好。\n\n📍 地址：春熙路" in str(result.data["text"])
    assert result.data["usage"] == {"prompt_tokens": 10, "tokens": 5, "milliseconds": 20}


def test_a_brief_of_no_words_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        make(tmp_path, "……")
    assert refused.value.errors is not None and refused.value.errors[0]["path"] == "inputs.text"
