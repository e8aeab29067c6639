"""Posters, stickers, banners and covers: every word is there and can be read, in every template and size."""

import json
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from activities.inference.painter import CheckpointPainter
from activities.media.colors import contrast, luminance
from activities.media.palettes import READABLE, palette_of, palettes
from activities.media.posters import Materials
from activities.media.posters_text import set_stack
from activities.media.templates import PRESETS, templates
from activities.tools.base import Kind, Measure, Measures, ToolResult
from activities.tools.material_creation import FIRST, MOST_CHARACTERS, OWN_SIZE, Params
from activities.tools.parsing import Configuration, parse, price
from models.errors import InvalidInput
from tests.activities.tools.context import engines, find, run_tool
from tests.sampling import one_in

TOOL = "material-creation"
ALL = templates("material")
KINDS = tuple(FIRST)
TEXT = "夏日冰饮节\n第二杯半价起\n现磨咖啡手工冰淇淋\n全城门店同步开启"
SHORT, ENGLISH = "开业大吉", "Weekend Market\nEvery Saturday, 9:00-18:00\nFresh bread, local honey, live music."
LONG = "第三届城市阅读与独立出版艺术节\n六月十八日至六月二十日于东区旧仓库开幕\n" + "每天都有讲座与市集，欢迎来。" * 6
STRESS = "W" * 30 + "\n" + "国" * 60 + "\n" + "Mixed 中英 混排! " * 8


def read(result: ToolResult) -> str:
    pixels = np.asarray(Image.open(result.outputs[0].path).convert("RGB").resize((720, 720)))
    return "".join(region.text for region in engines().get("ocr").find(pixels))


def measures(text: str) -> Measures:
    return {"text": [Measure(Kind.text, "text/plain", len(text.encode()), characters=len(text))]}


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Blue sky over a green field."""
    path = tmp_path_factory.mktemp("photos") / "field.png"
    pixels = np.zeros((600, 800, 3), np.uint8)
    pixels[:350], pixels[350:] = (90, 160, 235), (60, 150, 60)
    Image.fromarray(pixels).save(path)
    return path


def test_the_parameters_name_all_templates_palettes_and_sizes() -> None:
    fields = Params.model_fields
    assert set(get_args(fields["template"].annotation)) == {"auto", *ALL} and len(ALL) >= 12
    assert set(get_args(fields["palette"].annotation)) == {"auto", *palettes()}
    assert set(get_args(get_args(fields["sizes"].annotation)[0])) == {"auto", *PRESETS}
    assert {template.kind for template in ALL.values()} == set(KINDS)
    for kind, name in FIRST.items():
        assert ALL[name].kind == kind


@pytest.mark.parametrize("name", palettes())
def test_palettes_can_be_read(name: str) -> None:
    lights = {role: luminance(color) for role, color in palettes()[name].items()}
    for role in ("ink", "soft", "accent"):
        for ground in ("ground", "second", "panel"):
            assert contrast(lights[role], lights[ground]) >= READABLE, (role, ground)
    assert contrast(lights["accent"], lights["on_accent"]) >= READABLE


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("color", [(250, 250, 20), (0, 0, 0), (255, 255, 255), (10, 200, 30), (128, 128, 128)])
def test_a_palette_of_any_picture_can_be_read(color: tuple[int, int, int], dark: bool) -> None:
    pixels = np.full((40, 60, 3), color, np.uint8)
    lights = {role: luminance(each) for role, each in palette_of(pixels, dark=dark).items()}
    for role in ("ink", "soft", "accent"):
        for ground in ("ground", "second", "panel"):
            assert contrast(lights[role], lights[ground]) >= READABLE
    assert contrast(lights["accent"], lights["on_accent"]) >= READABLE
    assert (lights["ground"] < lights["ink"]) == dark


@pytest.mark.parametrize("template", ALL)
def test_what_is_written_can_be_read(tmp_path: Path, template: str) -> None:
    kind = ALL[template].kind
    result = run_tool(TOOL, tmp_path, {}, {"text": TEXT}, kind=kind, template=template, sizes=["1:1"])
    seen, wanted = read(result), [each for each in TEXT if each != "\n"]
    assert sum(each in seen for each in wanted) >= 0.85 * len(wanted), seen
    assert result.outputs[0].metadata["contrast"] >= READABLE
    assert set(result.outputs[0].metadata["letters"]) == {"title", "subtitle", "body"}


@pytest.mark.parametrize(("template", "size"), one_in(4, product(ALL, PRESETS)))
def test_no_text_leaves_its_picture_in_any_size(template: str, size: str) -> None:
    width, height = PRESETS[size]
    small = ALL[template].kind == "sticker" and size == "wechat-cover"
    for text in (SHORT,) if small else (SHORT, LONG, STRESS):
        title, subtitle, body = ([*text.split("\n", 2), "", ""])[:3]
        texts = {"title": title, "subtitle": subtitle, "body": body}
        materials = Materials(texts, palettes()["mono"], engines().get("fonts"))
        shown = []
        for stack in ALL[template].layout(width, height).stacks:
            for placed in set_stack(stack, width, height, min(width, height) / 1000, materials):
                if placed.block is not None:
                    left, top, right, bottom = placed.block.ink
                    assert placed.block.size >= 14
                    assert placed.box[0] + left >= 0 and placed.box[0] + right <= width
                    assert placed.box[1] + top >= 0 and placed.box[1] + bottom <= height
                    shown.append(placed.item.slot)
        assert sorted(shown) == sorted(slot for slot, each in texts.items() if each)


@pytest.mark.parametrize("template", ALL)
def test_an_image_gives_its_picture_and_its_colors(tmp_path: Path, template: str, photo: Path) -> None:
    kind = ALL[template].kind
    result = run_tool(TOOL, tmp_path, {"image": photo}, {"text": ENGLISH}, kind=kind, template=template)
    pixels = np.asarray(Image.open(result.outputs[0].path).convert("RGB")).astype(int)
    green = (pixels[:, :, 1] > pixels[:, :, 0] + 12) & (pixels[:, :, 1] > pixels[:, :, 2] + 12)
    assert green.sum() > 1500, "the field of the photograph"
    assert result.outputs[0].metadata["contrast"] >= READABLE and result.data["background"] == "image"


def test_a_picture_for_every_size(tmp_path: Path) -> None:
    result = run_tool(TOOL, tmp_path, {}, {"text": TEXT}, kind="cover", sizes=list(PRESETS)[:4])
    assert [Image.open(output.path).size for output in result.outputs] == list(PRESETS.values())[:4]
    assert [output.metadata["size"] for output in result.outputs] == list(PRESETS)[:4]
    json.dumps([result.data, *(output.metadata for output in result.outputs)])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_own_size_and_format(tmp_path: Path, kind: str) -> None:
    output = run_tool(TOOL, tmp_path, {}, {"text": SHORT}, kind=kind).outputs[0]
    assert Image.open(output.path).size == PRESETS[OWN_SIZE[kind]]
    assert output.mime_type == ("image/png" if kind == "sticker" else "image/jpeg")


def test_a_sticker_is_cut_out_with_a_white_rim(tmp_path: Path) -> None:
    path = run_tool(TOOL, tmp_path, {}, {"text": SHORT}, kind="sticker", template="word").outputs[0].path
    pixels = np.asarray(Image.open(path))
    assert pixels.shape[2] == 4 and pixels[0, 0, 3] == 0 and (pixels[:, :, 3] == 255).mean() > 0.05
    solid = (pixels[:, :, 3] == 255) & (pixels[:, :, :3].min(2) > 250)
    assert solid.sum() > 10_000, "the rim"
    flat = run_tool(TOOL, tmp_path / "flat", {}, {"text": SHORT}, kind="sticker", format="jpeg").outputs[0].path
    assert np.asarray(Image.open(flat))[0, 0].min() > 250


def test_a_template_of_another_kind_is_refused_before_it_is_paid() -> None:
    tool = find(TOOL)
    with pytest.raises(InvalidInput) as raised:
        tool.check(measures(SHORT), Params(kind="sticker", template="sale"))
    assert (raised.value.errors or [])[0]["path"] == "parameters.template"
    with pytest.raises(InvalidInput):
        tool.check(measures("长" * (MOST_CHARACTERS + 1)), Params())
    tool.check(measures(SHORT), Params(kind="sticker", template="word"))


def test_more_sizes_cost_a_little_more() -> None:
    tool = find(TOOL)
    costs = [
        tool.price(measures(SHORT), Params(kind="sticker", sizes=["1:1"] * count)).credits for count in (1, 2, 3, 6)
    ]
    assert costs == [2, 2, 3, 4]


def test_emoji_alone_make_a_sticker(tmp_path: Path) -> None:
    path = run_tool(TOOL, tmp_path, {}, {"text": "🔥🎉"}, kind="sticker", template="word").outputs[0].path
    pixels = np.asarray(Image.open(path)).astype(int)
    colorful = (pixels[:, :, :3].max(2) - pixels[:, :, :3].min(2) > 120) & (pixels[:, :, 3] == 255)
    assert colorful.sum() > 20_000


def test_a_text_that_cannot_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as raised:
        run_tool(
            TOOL, tmp_path, {}, {"text": "\n".join("列出每一行" for _ in range(70))}, kind="sticker", template="seal"
        )
    assert (raised.value.errors or [])[0]["path"] == "inputs.text"


def test_a_checkpoint_paints_the_image_where_none_is_given(
    tmp_path: Path, photo: Path, painter: CheckpointPainter
) -> None:
    words, sizes = {"text": TEXT}, ["3:4", "1:1"]
    painted = run_tool(TOOL, tmp_path / "painted", {}, words, painter, sizes=sizes, seed=2)
    assert painted.data["background"] == "checkpoint" and painted.engine.startswith("house; ")
    assert [output.generated for output in painted.outputs] == [True, True]

    others = {
        "image": run_tool(TOOL, tmp_path / "given", {"image": photo}, words, painter),
        "art": run_tool(TOOL, tmp_path / "art", {}, words, painter, background="art"),
    }
    sticker = run_tool(TOOL, tmp_path / "sticker", {}, {"text": SHORT}, painter, kind="sticker")
    assert {name: result.data["background"] for name, result in others.items()} == {"image": "image", "art": "art"}
    assert sticker.data["background"] == "art"
    for result in (*others.values(), sticker):
        assert not any(output.generated for output in result.outputs) and "house" not in result.engine


def test_painting_is_paid_where_there_is_a_checkpoint_alone() -> None:
    def credits(checkpoint: bool, **parameters: object) -> int:
        return price(parse(find(TOOL), {"text": SHORT}, parameters), {}, Configuration(checkpoint=checkpoint)).credits

    assert (credits(False), credits(True), credits(True, kind="sticker")) == (2, 6, 2)
